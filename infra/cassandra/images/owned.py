"""Everything that Cassandra holds of one workspace's images, for its deletion: read and forgotten as a whole."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from infra.cassandra.images.cells import read_record
from infra.cassandra.images.writes import images_of
from infra.cassandra.session import CassandraSession, Write
from schemas.images import ImageIdentity
from schemas.queries import ImageStatus

SCAN = (
    "SELECT image_key, owner, image_id, announced, accepted, recognised, rejected, discarded, deleted"
    " FROM {keyspace}.images"
)
SLICES = "SELECT slice FROM {keyspace}.list_slices WHERE list = ?"
FORGET_SLICE = "DELETE FROM {keyspace}.list_slices WHERE list = ? AND slice = ?"
FORGET_ENTRIES = "DELETE FROM {keyspace}.images_by_owner WHERE owner = ? AND slice = ?"
AT_ONCE = 100
# Writers remember for which slices they have made a record. Of a workspace that is created anew they would make none.
MAY_BE_REMEMBERED = timedelta(hours=1)


class OwnedImages:
    """Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def all(self, owner: str) -> AsyncIterator[list[ImageIdentity]]:
        """Yield the workspace's images that are not deleted, some at a time: also those that no list and no index has.

        This reads the table of all workspaces' images: there is no other way to find an image whose reference was
        announced, and then never published.
        """
        some: list[ImageIdentity] = []
        async for row in self._session.stream(SCAN):
            if row.owner == owner and read_record(row).status is not ImageStatus.DELETED:
                some.append(ImageIdentity(owner=row.owner, image_id=row.image_id))
            if len(some) == AT_ONCE:
                yield some
                some = []
        if some:
            yield some

    async def forget_lists(self, owner: str) -> None:
        """Leave nothing of the workspace's lists, but in which ten minutes of the last hour there were any images."""
        name = images_of(owner).name
        slices = [row.slice.replace(tzinfo=UTC) async for row in self._session.stream(SLICES, (name,))]
        remembered = datetime.now(UTC) - MAY_BE_REMEMBERED
        await self._session.write([[Write(FORGET_ENTRIES, (owner, begins))] for begins in slices])
        await self._session.write([[Write(FORGET_SLICE, (name, begins))] for begins in slices if begins < remembered])
