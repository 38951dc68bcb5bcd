"""Rows and documents out of a backup's parts, back into the stores."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from infra.elasticsearch.session import ElasticsearchSession
from infra.operations.backup.contents.documents import write_documents
from infra.operations.backup.contents.kept_tables import Reach, reach_of
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.contents.tables import TableWriter
from infra.operations.backup.format.catalogue import Catalogue
from infra.operations.backup.format.parts import read_part
from infra.operations.backup.format.rows import ContentSum, Row
from infra.operations.backup.restore.access_rules import AccessRules
from schemas.records.backups import DOCUMENTS, Content, Manifest, Part, TableCopy

ROWS_A_WRITE = 500

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Filling:
    """Fills the stores from one backup; every part may be written twice."""

    catalogue: Catalogue
    manifest: Manifest
    raw: RawSession
    elasticsearch: ElasticsearchSession
    index: str

    async def fill(self, part: Part, copy: TableCopy) -> None:
        """Write one part as it is."""
        if copy.name == DOCUMENTS:
            for rows in _batches(self._rows(part, copy)):
                await write_documents(self.elasticsearch, self.index, rows)
            return
        writer = TableWriter(self.raw, copy, self.manifest)
        for rows in _batches(self._rows(part, copy)):
            await writer.write(rows)

    async def fill_by_rules(self, copy: TableCopy, rules: AccessRules) -> TableCopy:
        """Write a whole table as the rules leave it, and return what it has to hold now."""
        written = copy.model_copy(update={"columns": rules.columns(copy.name, copy.columns)})
        writer, content = TableWriter(self.raw, written, self.manifest), ContentSum()
        for part in copy.parts:
            for rows in _batches(self._rows(part, copy)):
                left = [row for one in rows if (row := rules.row(copy.name, written.columns, one)) is not None]
                await writer.write(left)
                for row in left:
                    content.add(row)
        return written.model_copy(update={"content": content.content()})

    def reach(self, copy: TableCopy) -> Reach:
        """Return up to where the backup holds each partition of a table that is only added to; blocks."""
        return reach_of(copy.columns, (row for part in copy.parts for row in self._rows(part, copy)))

    def _rows(self, part: Part, copy: TableCopy) -> Iterator[Row]:
        backup_id = self.manifest.id
        with self.catalogue.part(backup_id, part) as path:
            yield from read_part(path, self.catalogue.key, f"{backup_id}/{part.name}", copy)


def emptied(copy: TableCopy) -> TableCopy:
    """Return what a table has to hold of which nothing is written back."""
    return copy.model_copy(update={"content": Content()})


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, ROWS_A_WRITE)):
        yield batch
