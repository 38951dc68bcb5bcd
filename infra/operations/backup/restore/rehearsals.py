"""Where a backup may be tried out: beside the platform, never in what it uses."""

from infra.cassandra.errors import MissingSchema
from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError
from infra.settings.settings import Settings
from schemas.records.backups import Manifest

# Not prepared: the driver would log a missing table as an error.
LOOK = "SELECT index_name FROM {keyspace}.rehearsals"
CREATE = (
    "CREATE TABLE IF NOT EXISTS {keyspace}.rehearsals (index_name text PRIMARY KEY)"
    " WITH comment = 'This keyspace, and these indices, are there to try backups out'"
)
MARK = "INSERT INTO {keyspace}.rehearsals (index_name) VALUES (?)"
DROP = "DROP TABLE IF EXISTS {keyspace}.rehearsals"
REMEDY = (
    "--stores-only is for a rehearsal beside the platform. Name a keyspace and an index of its own, as in `"
    "VEDETTE_CASSANDRA__KEYSPACE=rehearsal VEDETTE_ELASTICSEARCH__INDEX=rehearsal vedette backup restore --stores-only`"
)


def require_elsewhere(settings: Settings, manifest: Manifest) -> None:
    """Raise ``ConfigurationError`` where keyspace or index is the one that the backup was made of."""
    keyspace, index = settings.cassandra.keyspace, settings.elasticsearch.index
    ours = [f"keyspace {keyspace}"] if keyspace == manifest.keyspace else []
    ours += [f"index {index}"] if index == manifest.index else []
    if ours:
        raise ConfigurationError(f"{' and '.join(ours)} is what the platform uses; nothing was changed. {REMEDY}")


class Rehearsals:
    """The mark of a keyspace in which backups are tried out, and of the indices beside it."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def require_own(self, index: str, found: list[str]) -> None:
        """Raise ``ConfigurationError`` where what was found there comes of no rehearsal with this index."""
        if found and index not in await self._indices():
            raise ConfigurationError(
                f"{', '.join(found)} hold what no rehearsal put there; nothing was deleted, --replace or not. {REMEDY}"
            )

    async def mark(self, index: str) -> None:
        """Let later rehearsals with this index replace what is here."""
        await self._session.execute_unprepared(CREATE)
        await self._session.execute(MARK, (index,))

    async def unmark(self) -> None:
        """What is here is the platform's from now on."""
        await self._session.execute_unprepared(DROP)

    async def _indices(self) -> set[str]:
        try:
            return {row.index_name for row in await self._session.execute_unprepared(LOOK)}
        except MissingSchema:
            return set()
