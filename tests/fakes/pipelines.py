"""Pipelines that are there from the start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from infra.errors import Rejected
from processors.recognition.batch import RunnablePipeline
from schemas.dead_letters import Reason


class FakePipelines:
    """A promoted pipeline, and ``others`` that references may name."""

    def __init__(self, promoted: Any, *others: Any) -> None:
        self.promoted: RunnablePipeline = promoted
        self._others = {other.name: other for other in others}
        self.in_use: list[str] = []

    @asynccontextmanager
    async def use(self, name: str | None) -> AsyncIterator[RunnablePipeline]:
        pipeline = self.promoted if name in (None, self.promoted.name) else self._others.get(name)
        if pipeline is None:
            raise Rejected(Reason.UNKNOWN_PIPELINE, f"pipeline: {name}: there is no such pipeline")
        self.in_use.append(pipeline.name)
        yield pipeline
        self.in_use.remove(pipeline.name)
