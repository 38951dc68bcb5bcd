"""Do the stores hold what a backup holds? Every row of both is summed anew."""

from collections.abc import AsyncIterator, Sequence

from rich.progress import Progress

from infra.elasticsearch.session import ElasticsearchSession
from infra.operations.backup.contents.documents import count_documents, read_documents
from infra.operations.backup.contents.kept_tables import Reach, within
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.contents.tables import TOKEN_RANGES, read_rows
from infra.operations.backup.format.rows import ContentSum, Row
from schemas.records.backups import DOCUMENTS, Content, TableCopy


async def differences(
    copies: Sequence[TableCopy], raw: RawSession, elasticsearch: ElasticsearchSession, index: str, progress: Progress
) -> list[str]:
    """Return, in words, which of these tables hold other rows than they should, and whether the index does."""
    tables = [copy for copy in copies if copy.name != DOCUMENTS]
    task = progress.add_task("check", total=TOKEN_RANGES * len(tables) + 1)
    found = []
    for copy in tables:
        rows = read_rows(raw, (copy.name, copy.columns), lambda steps: progress.advance(task, steps))
        found += _difference(copy, await _sum(rows))
    await count_documents(elasticsearch, index)
    for copy in copies:
        if copy.name == DOCUMENTS:
            found += _difference(copy, await _sum(read_documents(elasticsearch, index)))
    progress.advance(task)
    return found


async def difference_within(copy: TableCopy, reach: Reach, raw: RawSession) -> list[str]:
    """Return, in words, whether a table that is only added to holds what the backup does, whatever came after it."""
    rows = read_rows(raw, (copy.name, copy.columns), lambda _: None)
    return _difference(copy, await _sum(within(reach, rows)))


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
