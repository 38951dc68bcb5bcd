"""What surrounds the time that is measured: a workspace for a run, and the proof that both stores hold all of it."""

from datetime import UTC, datetime
from pathlib import Path

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.results import ResultIndex
from infra.settings.settings import Settings
from processors.bench.measures.result_flow import BenchFailed
from schemas.access.accounts import Workspace
from schemas.queries import ImageStatus


async def create_workspace(settings: Settings, name: str, folder: Path) -> None:
    """Create a workspace that may have images fetched from ``folder``."""
    accounts = await AccountStore.connect(settings.cassandra)
    try:
        prefixes = (f"{folder.as_uri()}/",)
        await accounts.create_workspace(
            Workspace(id=name, name=name, allowed_prefixes=prefixes, created_at=datetime.now(UTC))
        )
    finally:
        await accounts.close()


async def check_stores(settings: Settings, workspace: str, expected: int) -> None:
    """Raise ``BenchFailed`` unless both stores hold exactly the expected results of this workspace."""
    counts = {"Cassandra": await _stored(settings, workspace), "Elasticsearch": await _indexed(settings, workspace)}
    for store, count in counts.items():
        if count != expected:
            raise BenchFailed(f"{store} holds {count} results of {expected} published")


async def _stored(settings: Settings, workspace: str) -> int:
    store = await ResultStore.connect(settings.cassandra)
    try:
        count, cursor = 0, None
        while True:
            page = await store.list_images(workspace, 200, cursor)
            count += sum(record.status is ImageStatus.RECOGNISED for record in page.items)
            cursor = page.next_cursor
            if cursor is None:
                return count
    finally:
        await store.close()


async def _indexed(settings: Settings, workspace: str) -> int:
    index = ResultIndex.connect(settings.elasticsearch)
    try:
        await index.refresh()
        return await index.count(workspace)
    finally:
        await index.close()
