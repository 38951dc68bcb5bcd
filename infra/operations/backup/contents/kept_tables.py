"""Tables that are only ever added to: a restore adds what is missing, and takes nothing out.

What came after a backup stays, such as the acts that the audit trail holds. Whether they hold what the backup does is
told by the rows that stand where the backup has any, up to the last that it has.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from infra.operations.backup.format.rows import Row
from schemas.records.backups import Column

ADDED_TO = frozenset({"audit", "audit_slices"})
CARRIED_OVER = frozenset({"erasures", "erased_images"})
"""Erasures are carried over as they are, and what the backup holds of them is added: the newer of both stays."""
KEPT = ADDED_TO | CARRIED_OVER


@dataclass
class Reach:
    """Up to where a backup holds each partition of one of these tables, whose rows are ordered by one number."""

    columns: tuple[Column, ...]
    last: dict[tuple[bytes, ...], bytes] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        partition, place = self._split(row)
        # Numbers that are never negative are in the order of their bytes.
        self.last[partition] = max(place, self.last.get(partition, place))

    def holds(self, row: Row) -> bool:
        partition, place = self._split(row)
        return partition in self.last and place <= self.last[partition]

    def _split(self, row: Row) -> tuple[tuple[bytes, ...], bytes]:
        width = sum(column.kind == "partition_key" for column in self.columns)
        return row.key[:width], row.key[width]


async def within(reach: Reach, rows: AsyncIterator[Row]) -> AsyncIterator[Row]:
    """Yield those rows that stand where the backup has any."""
    async for row in rows:
        if reach.holds(row):
            yield row


def reach_of(columns: tuple[Column, ...], rows: Iterable[Row]) -> Reach:
    reach = Reach(columns)
    for row in rows:
        reach.add(row)
    return reach
