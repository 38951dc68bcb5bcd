"""What a backup holds: its manifest, which is written last and by which everything else in it is checked."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.images import Frozen

FORMAT = 1
DOCUMENTS = "documents"
"""The name of the copy of the index; all others are tables of Cassandra."""


class Column(Frozen):
    """One column of a table as Cassandra describes it."""

    name: str
    type: str
    kind: Literal["partition_key", "clustering", "regular"]


class Part(Frozen):
    """One file of a backup: some rows of one table, compressed and encrypted."""

    name: str
    sha256: str = Field(description="Of the file as it lies in the backup.")
    size_bytes: int = Field(ge=0)
    content_bytes: int = Field(ge=0, description="Before compression and encryption.")
    rows: int = Field(ge=0)


class Content(Frozen):
    """What a set of rows is, in whatever order they come."""

    rows: int = Field(default=0, ge=0, description="Rows that hold something for good.")
    expiring_rows: int = Field(default=0, ge=0, description="Rows of which nothing stays; not in the checksum.")
    checksum: str = Field(
        default="0" * 64,
        description="Sum of the SHA-256 of every row, its values and their write times, modulo 2^256; hexadecimal.",
    )

    def is_same(self, other: "Content") -> bool:
        """Whether both hold the same rows, apart from those that lapse by themselves."""
        return (self.rows, self.checksum) == (other.rows, other.checksum)


class TableCopy(Frozen):
    """One table, or the documents of the index."""

    name: str
    columns: tuple[Column, ...] = Field(description="Key first, in its order; of documents: id and source.")
    content: Content
    parts: tuple[Part, ...]


class Committed(Frozen):
    """Up to where a consumer group had acknowledged one partition: the next offset that it wanted."""

    group: str
    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)


class Manifest(Frozen):
    """One whole backup. A backup without its manifest is none."""

    format: Literal[1] = 1
    id: str
    begun_at: AwareDatetime = Field(description="Groups' offsets were read then; everything else later.")
    finished_at: AwareDatetime
    vedette_version: str
    keyspace: str
    index: str
    schema_cql: str = Field(description="Keyspace and tables as Cassandra describes them, for people.")
    migrations: dict[str, str] = Field(description="Files of tables that had been applied, and their checksums.")
    tables: tuple[TableCopy, ...]
    documents: TableCopy
    offsets: tuple[Committed, ...]
    topic_ids: dict[str, str] = Field(description="A topic that is made anew has another id.")

    @property
    def copies(self) -> tuple[TableCopy, ...]:
        return (*self.tables, self.documents)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(part for copy in self.copies for part in copy.parts)

    @property
    def size_bytes(self) -> int:
        return sum(part.size_bytes for part in self.parts)

    @property
    def content_bytes(self) -> int:
        return sum(part.content_bytes for part in self.parts)

    @property
    def rows(self) -> int:
        return sum(copy.content.rows + copy.content.expiring_rows for copy in self.copies)


class Listed(Frozen):
    """A backup as it is found in its place: complete if it has a manifest."""

    id: str
    begun_at: datetime
    is_complete: bool


class Retention(Frozen):
    """How many backups are kept; one that any of the three keeps is kept."""

    keep_last: int = Field(default=3, ge=1, description="The newest.")
    keep_daily: int = Field(default=7, ge=0, description="The newest of a day, of so many days that have any.")
    keep_weekly: int = Field(default=4, ge=0, description="The newest of a week, of so many weeks that have any.")
