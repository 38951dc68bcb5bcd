"""How far a restore has come, kept in Cassandra itself, so that another run on any machine goes on from there."""

from infra.cassandra.errors import MissingSchema
from infra.cassandra.session import CassandraSession

# Not prepared: the driver would log a missing table as an error.
LOOK = "SELECT backup, step FROM {keyspace}.restore_progress"
CREATE = (
    "CREATE TABLE IF NOT EXISTS {keyspace}.restore_progress (backup text, step text, PRIMARY KEY (backup, step))"
    " WITH comment = 'What an unfinished restore has done'"
)
EMPTY = "TRUNCATE {keyspace}.restore_progress"
DROP = "DROP TABLE IF EXISTS {keyspace}.restore_progress"
MARK = "INSERT INTO {keyspace}.restore_progress (backup, step) VALUES (?, ?)"

BEGUN, EMPTIED, COMPARED = "begun", "emptied", "compared"


class RestoreProgress:
    """The steps of one restore that are done; every one is safe to do twice."""

    def __init__(self, session: CassandraSession, backup_id: str) -> None:
        self._session = session
        self._backup_id = backup_id

    async def done(self) -> set[str]:
        """Return the steps that a restore of this backup has done; none where none was begun."""
        try:
            rows = await self._session.execute_unprepared(LOOK)
        except MissingSchema:
            return set()
        return {row.step for row in rows if row.backup == self._backup_id}

    async def begin(self) -> None:
        """Forget every other restore: this one begins."""
        await self._session.execute_unprepared(CREATE)
        await self._session.execute_unprepared(EMPTY)
        await self.mark(BEGUN)

    async def mark(self, step: str) -> None:
        await self._session.execute(MARK, (self._backup_id, step))

    async def forget(self) -> None:
        """Take the marks away: the next restore begins anew."""
        await self._session.execute_unprepared(DROP)
