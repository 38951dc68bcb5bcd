"""Backups of made-up rows, written by the real parts into a real place."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from infra.objects.local_folder import LocalFolder
from infra.operations.backup.contents.documents import COLUMNS
from infra.operations.backup.format.catalogue import Catalogue, new_backup_id
from infra.operations.backup.format.parts import PartWriter
from infra.operations.backup.format.rows import Cell, ContentSum, Row
from schemas.records.backups import DOCUMENTS, Column, Manifest, TableCopy

KEY = bytes(range(32))
BEGUN = datetime(2026, 11, 25, 3, tzinfo=UTC)
TABLE = (
    Column(name="image_key", type="text", kind="partition_key"),
    Column(name="accepted", type="text", kind="regular"),
    Column(name="rejected", type="text", kind="regular"),
)


def rows(count: int) -> list[Row]:
    return [Row((b"key-%d" % number,), (Cell(b"x" * number, 1000 + number), None)) for number in range(count)]


def catalogue(folder: Path, key: bytes = KEY) -> Catalogue:
    return Catalogue(LocalFolder(folder, "VEDETTE_BACKUP__PLACE"), key)


def write_backup(
    place: Catalogue, folder: Path, parts: Iterable[list[Row]], begun_at: datetime = BEGUN, *, finish: bool = True
) -> Manifest:
    """Write a backup of one table with these parts; without its manifest where it is not to be finished."""
    backup_id = new_backup_id(begun_at)
    content, written = ContentSum(), []
    for number, part_rows in enumerate(parts):
        path = folder / f"images-{number:05d}.vbk"
        writer = PartWriter(path, place.key, f"{backup_id}/{path.name}")
        for row in part_rows:
            writer.write(row)
            content.add(row)
        written.append(writer.finish())
        place.add_part(backup_id, written[-1], path)
    manifest = Manifest(
        id=backup_id,
        begun_at=begun_at,
        finished_at=begun_at,
        vedette_version="0.1.0",
        keyspace="vedette",
        index="vedette-results",
        schema_cql="CREATE TABLE images (…)",
        migrations={},
        tables=(TableCopy(name="images", columns=TABLE, content=content.content(), parts=tuple(written)),),
        documents=TableCopy(name=DOCUMENTS, columns=COLUMNS, content=ContentSum().content(), parts=()),
        offsets=(),
        topic_ids={},
    )
    if finish:
        place.add_manifest(manifest)
    return manifest
