"""Records of models, in Cassandra."""

from infra.cassandra.session import CassandraSession
from infra.settings.servers import CassandraSettings
from schemas.records.model_records import ModelRecord
from schemas.results import VersionedName

SAVE = "INSERT INTO {keyspace}.model_records (model, record) VALUES (?, ?)"
ADD = "INSERT INTO {keyspace}.model_records (model, record) VALUES (?, ?) IF NOT EXISTS"
FIND = "SELECT record FROM {keyspace}.model_records WHERE model = ?"
REMOVE = "DELETE FROM {keyspace}.model_records WHERE model = ?"


class ModelRecordStore:
    """What was added to the repository. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> "ModelRecordStore":
        return cls(await CassandraSession.connect(settings))

    async def save(self, record: ModelRecord) -> None:
        """Keep what was added now, in place of what bore that name before."""
        await self._session.execute(SAVE, (record.model, record.model_dump_json()))

    async def add(self, record: ModelRecord) -> bool:
        """Keep a record unless the model has one; False where it has."""
        rows = await self._session.execute(ADD, (record.model, record.model_dump_json()), idempotent=False)
        return bool(rows[0].applied)

    async def find(self, model: VersionedName) -> ModelRecord | None:
        rows = await self._session.execute(FIND, (model,))
        return ModelRecord.model_validate_json(rows[0].record) if rows else None

    async def remove(self, model: VersionedName) -> None:
        """Forget a model that was removed; harmless where there is no record."""
        await self._session.execute(REMOVE, (model,))

    async def close(self) -> None:
        await self._session.close()
