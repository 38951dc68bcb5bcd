"""Do the stores hold what a backup holds? Every row of both is summed anew."""

from collections.abc import AsyncIterator

from rich.progress import Progress

from infra.backup.documents import count_documents, read_documents
from infra.backup.raw_session import RawSession
from infra.backup.rows import ContentSum, Row
from infra.backup.tables import TOKEN_RANGES, read_rows
from infra.elasticsearch_session import ElasticsearchSession
from schemas.backups import Content, Manifest, TableCopy


async def differences(
    manifest: Manifest, raw: RawSession, elasticsearch: ElasticsearchSession, index: str, progress: Progress
) -> list[str]:
    """Return, in words, which tables hold other rows than the backup, and whether the index does."""
    task = progress.add_task("check", total=TOKEN_RANGES * len(manifest.tables) + 1)
    found = []
    for copy in manifest.tables:
        rows = read_rows(raw, (copy.name, copy.columns), lambda steps: progress.advance(task, steps))
        found += _difference(copy, await _sum(rows))
    await count_documents(elasticsearch, index)
    found += _difference(manifest.documents, await _sum(read_documents(elasticsearch, index)))
    progress.advance(task)
    return found


async def _sum(rows: AsyncIterator[Row]) -> Content:
    content = ContentSum()
    async for row in rows:
        content.add(row)
    return content.content()


def _difference(copy: TableCopy, found: Content) -> list[str]:
    if found.is_same(copy.content):
        return []
    return [
        f"{copy.name}: {found.rows:,} rows with the sum {found.checksum[:16]}…, "
        f"in the backup {copy.content.rows:,} with {copy.content.checksum[:16]}…"
    ]
