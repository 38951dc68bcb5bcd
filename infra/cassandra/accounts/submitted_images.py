"""How many images accounts and keys have sent on a day, in Cassandra, so that every API process counts the same."""

from datetime import date
from uuid import UUID

from infra.cassandra.session import CassandraSession

SAVE = "INSERT INTO {keyspace}.submitted_images (subject, day, process, images) VALUES (?, ?, ?, ?)"
READ = "SELECT process, images FROM {keyspace}.submitted_images WHERE subject = ? AND day = ?"


class SubmittedImagesStore:
    """Counts by subject and day. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def save(self, subject: str, day: date, process: UUID, images: int) -> None:
        """Say that ``process`` has taken in ``images`` in all; saving a count again leaves one count."""
        await self._session.execute(SAVE, (subject, day, process, images))

    async def read(self, subject: str, day: date) -> dict[UUID, int]:
        """Return how many each process has taken in."""
        rows = await self._session.execute(READ, (subject, day))
        return {row.process: row.images for row in rows}
