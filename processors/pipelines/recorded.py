"""Pipelines together with what the record says of their models, so that whoever loads one can compare."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from schemas.records.model_records import ModelRecord
from schemas.records.pipelines import BUILT_IN_MODELS, PipelineSpec
from schemas.results import VersionedName


class PipelinesKept(Protocol):
    """Where pipelines are kept."""

    async def find(self, pipeline_id: VersionedName) -> PipelineSpec | None: ...
    async def find_promoted(self) -> VersionedName: ...


class ModelRecords(Protocol):
    """Where it is kept what was added."""

    async def find(self, model: VersionedName) -> ModelRecord | None: ...


class RecordedPipeline(PipelineSpec):
    """A pipeline, and the record of each of its models that has one."""

    records: Mapping[VersionedName, ModelRecord]


class RecordedPipelines:
    """Finds pipelines with the records of their models. Raises ``TransientError`` while a store does not answer."""

    def __init__(self, pipelines: PipelinesKept, records: ModelRecords) -> None:
        self._pipelines = pipelines
        self._records = records

    async def find(self, pipeline_id: VersionedName) -> RecordedPipeline | None:
        pipeline = await self._pipelines.find(pipeline_id)
        return None if pipeline is None else await with_records(pipeline, self._records)

    async def find_promoted(self) -> VersionedName:
        return await self._pipelines.find_promoted()


async def with_records(pipeline: PipelineSpec, records: ModelRecords) -> RecordedPipeline:
    """Return the pipeline with what is recorded of its models now."""
    models = sorted(set(pipeline.models.values()) - BUILT_IN_MODELS)
    found = await asyncio.gather(*map(records.find, models))
    known = {record.model: record for record in found if record is not None}
    return RecordedPipeline(name=pipeline.name, version=pipeline.version, models=pipeline.models, records=known)
