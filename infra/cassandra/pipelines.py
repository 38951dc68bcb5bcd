"""Pipelines and which of them counts, in Cassandra."""

from datetime import UTC, datetime
from typing import Any

from infra.cassandra.session import CassandraSession
from infra.errors import AlreadyExists, NotFound
from infra.settings.servers import CassandraSettings
from schemas.records.pipelines import (
    DEFAULT_PIPELINE,
    STANDARD,
    STANDARD_PIPELINES,
    PipelineSpec,
    Promotion,
    split_id,
)
from schemas.results import VersionedName

CREATE_PIPELINE = "INSERT INTO {keyspace}.pipelines (name, version, pipeline) VALUES (?, ?, ?) IF NOT EXISTS"
FIND_PIPELINE = "SELECT pipeline, removed_at FROM {keyspace}.pipelines WHERE name = ? AND version = ?"
FIND_LAST_VERSION = "SELECT version FROM {keyspace}.pipelines WHERE name = ? LIMIT 1"
LIST_PIPELINES = "SELECT pipeline, removed_at FROM {keyspace}.pipelines"
REMOVE_PIPELINE = "UPDATE {keyspace}.pipelines SET removed_at = ? WHERE name = ? AND version = ? IF EXISTS"
ADD_PROMOTION = "INSERT INTO {keyspace}.promotions (list, number, promotion) VALUES ('all', ?, ?) IF NOT EXISTS"
FIND_PROMOTION = "SELECT promotion FROM {keyspace}.promotions WHERE list = 'all' LIMIT 1"
LIST_PROMOTIONS = "SELECT promotion FROM {keyspace}.promotions WHERE list = 'all'"


class PipelineStore:
    """Immutable pipelines, and the promotions that made each of them count.

    The standard pipelines are there from the start; until something is promoted the default one counts. Methods raise
    ``TransientError`` while Cassandra does not answer.
    """

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> "PipelineStore":
        """Connect to the cluster and the keyspace, which ``vedette migrate`` has set up."""
        return cls(await CassandraSession.connect(settings))

    async def create(self, pipeline: PipelineSpec) -> None:
        """Keep a new pipeline; raises ``AlreadyExists`` where its name and version stand for another."""
        if pipeline.name == STANDARD:
            raise AlreadyExists(f"the name {STANDARD} is kept for the pipelines that come with Vedette: choose another")
        values = (pipeline.name, pipeline.version, pipeline.model_dump_json())
        if await self._change(CREATE_PIPELINE, values):
            return
        # The same again is an attempt that was repeated because its answer got lost.
        if await self.find(pipeline.id) != pipeline:
            raise AlreadyExists(
                f"pipeline {pipeline.id} exists already, or existed, and never changes: create the next version"
            )

    async def find(self, pipeline_id: VersionedName) -> PipelineSpec | None:
        if (standard := STANDARD_PIPELINES.get(pipeline_id)) is not None:
            return standard
        rows = await self._session.execute(FIND_PIPELINE, split_id(pipeline_id))
        return PipelineSpec.model_validate_json(rows[0].pipeline) if rows and rows[0].removed_at is None else None

    async def find_last_version(self, name: str) -> int:
        """Return the highest version of this name that there ever was, 0 for none: a version is never used again."""
        rows = await self._session.execute(FIND_LAST_VERSION, (name,))
        standard = (pipeline.version for pipeline in STANDARD_PIPELINES.values() if pipeline.name == name)
        return max(*(int(row.version) for row in rows), *standard, 0, 0)

    async def remove(self, pipeline_id: VersionedName) -> None:
        """Let a pipeline be found no longer; its name and version stay taken. Raises ``NotFound``."""
        await self._mark_removed(pipeline_id, datetime.now(UTC))

    async def restore(self, pipeline_id: VersionedName) -> None:
        """Take a removal back; raises ``NotFound``."""
        await self._mark_removed(pipeline_id, None)

    async def list_pipelines(self) -> tuple[PipelineSpec, ...]:
        """Return every pipeline, by name, the newest version first."""
        stored = [
            PipelineSpec.model_validate_json(row.pipeline)
            async for row in self._session.stream(LIST_PIPELINES)
            if row.removed_at is None
        ]
        return tuple(sorted([*STANDARD_PIPELINES.values(), *stored], key=_by_name_newest_first))

    async def find_promoted(self) -> VersionedName:
        """Return the name and version of the pipeline that counts."""
        promotion = await self.find_last_promotion()
        return promotion.pipeline if promotion else DEFAULT_PIPELINE.id

    async def find_last_promotion(self) -> Promotion | None:
        rows = await self._session.execute(FIND_PROMOTION)
        return Promotion.model_validate_json(rows[0].promotion) if rows else None

    async def add_promotion(self, promotion: Promotion) -> None:
        """Make ``promotion`` the last one; raises ``AlreadyExists`` where another took its number first."""
        if not await self._change(ADD_PROMOTION, (promotion.number, promotion.model_dump_json())):
            last = await self.find_last_promotion()
            # As above: this very promotion, made by an attempt whose answer got lost.
            if last != promotion:
                raise AlreadyExists("another pipeline was promoted at the same moment: look again, then decide")

    async def list_promotions(self) -> tuple[Promotion, ...]:
        """Return every promotion, the oldest first."""
        newest_first = [
            Promotion.model_validate_json(row.promotion) async for row in self._session.stream(LIST_PROMOTIONS)
        ]
        return tuple(reversed(newest_first))

    async def ping(self) -> None:
        """Return if Cassandra answers; raises ``TransientError`` if not."""
        await self._session.execute(FIND_PROMOTION)

    async def close(self) -> None:
        await self._session.close()

    async def _mark_removed(self, pipeline_id: VersionedName, removed_at: datetime | None) -> None:
        if not await self._change(REMOVE_PIPELINE, (removed_at, *split_id(pipeline_id))):
            raise NotFound(f"there is no pipeline {pipeline_id}")

    async def _change(self, statement: str, values: tuple[Any, ...]) -> bool:
        """Run a conditional write; False where its condition did not hold."""
        rows = await self._session.execute(statement, values, idempotent=False)
        return bool(rows[0].applied)


def _by_name_newest_first(pipeline: PipelineSpec) -> tuple[str, int]:
    return pipeline.name, -pipeline.version
