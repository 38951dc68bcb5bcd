"""The images of a workspace by their age, the oldest first."""

from collections.abc import AsyncIterator
from datetime import datetime

from infra.cassandra.images.writes import images_of
from infra.cassandra.session import CassandraSession

SLICES = "SELECT slice FROM {keyspace}.list_slices WHERE list = ? AND slice <= ? ORDER BY slice ASC"
OLDER = (
    "SELECT image_key FROM {keyspace}.images_by_owner WHERE owner = ? AND slice = ? AND version < ?"
    " ORDER BY version ASC, image_key ASC"
)
AT_ONCE = 100
MICROSECONDS = 1_000_000


class ImageAges:
    """Reads workspaces' lists from their old ends. Raises ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def older(self, owner: str, before: datetime) -> AsyncIterator[list[str]]:
        """Yield keys of images that have a reference of before, some at a time; they may have a newer one as well."""
        version, images = int(before.timestamp() * MICROSECONDS), images_of(owner)
        some: dict[str, None] = {}
        async for row in self._session.stream(SLICES, (images.name, images.slice_of(version))):
            async for entry in self._session.stream(OLDER, (owner, row.slice, version)):
                some[entry.image_key] = None
                if len(some) == AT_ONCE:
                    yield list(some)
                    some = {}
        if some:
            yield list(some)
