"""What both stores hold, row for row, and the loss of both."""

from pathlib import Path
from uuid import uuid4

from rich.progress import Progress

from infra.cassandra.session import CassandraSession
from infra.elasticsearch.session import ElasticsearchSession
from infra.objects.local_folder import LocalFolder
from infra.operations.backup.creation import create_backup
from infra.operations.backup.format.catalogue import Catalogue
from infra.retries import retry_transient
from infra.settings.settings import Settings


async def contents(settings: Settings) -> dict[str, tuple[int, str]]:
    """Return rows and checksum of every table and of the index; what it reads for that is left in the home folder."""
    place = Path(settings.home) / f"contents-{uuid4().hex}"
    catalogue = Catalogue(LocalFolder(place, "VEDETTE_BACKUP__PLACE"), settings.backup.key_bytes())
    manifest = await create_backup(settings, catalogue, Progress(disable=True))
    return {copy.name: (copy.content.rows, copy.content.checksum) for copy in manifest.copies}


async def wipe(settings: Settings) -> None:
    """Lose both stores, as with their disks."""
    cassandra = await CassandraSession.connect_without_keyspace(settings.cassandra)
    drop = f"DROP KEYSPACE IF EXISTS {settings.cassandra.keyspace}"
    await retry_transient(lambda: cassandra.execute_unprepared(drop), doing="drop a keyspace")
    await cassandra.close()
    elasticsearch = ElasticsearchSession.open(settings.elasticsearch)
    for index in await elasticsearch.request("GET", f"/{settings.elasticsearch.index}-*"):
        await elasticsearch.request("DELETE", f"/{index}")
    await elasticsearch.close()
