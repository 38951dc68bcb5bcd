"""What retention did last in each workspace, in Cassandra."""

from infra.cassandra.session import CassandraSession
from schemas.access.keeping import RetentionRun

SAVE = "INSERT INTO {keyspace}.retention_runs (workspace, run) VALUES (?, ?)"
FORGET = "DELETE FROM {keyspace}.retention_runs WHERE workspace = ?"
LIST = "SELECT workspace, run FROM {keyspace}.retention_runs"


class RetentionRunStore:
    """The last run of each workspace. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def save(self, workspace: str, run: RetentionRun) -> None:
        """Keep a run, in place of the workspace's one before."""
        await self._session.execute(SAVE, (workspace, run.model_dump_json()))

    async def forget(self, workspace: str) -> None:
        """Leave nothing of a workspace."""
        await self._session.execute(FORGET, (workspace,))

    async def list_runs(self) -> dict[str, RetentionRun]:
        """Return the last run of every workspace that had any."""
        rows = [row async for row in self._session.stream(LIST)]
        return {row.workspace: RetentionRun.model_validate_json(row.run) for row in rows}
