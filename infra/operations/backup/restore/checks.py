"""What must be so before a restore touches anything."""

from collections.abc import Iterable

from infra.cassandra.migrations import read_migrations
from infra.errors import ConfigurationError
from infra.operations.backup.contents.group_offsets import GroupPositions
from schemas.records.backups import Manifest, TableCopy


def require_known(manifest: Manifest) -> None:
    """Raise ``ConfigurationError`` for a backup of tables that this version does not have."""
    known = {migration.name: migration.checksum for migration in read_migrations()}
    if strange := sorted(name for name, checksum in manifest.migrations.items() if known.get(name) != checksum):
        raise ConfigurationError(
            f"backup {manifest.id} has tables of another version of Vedette than this one ({', '.join(strange)}): "
            f"restore it with version {manifest.vedette_version}"
        )


def require_columns(copies: Iterable[TableCopy], tables: dict[str, tuple[object, ...]]) -> None:
    """Raise ``ConfigurationError`` where a table is not as it was."""
    changed = [copy.name for copy in copies if not set(copy.columns) <= set(tables.get(copy.name, ()))]
    if changed:
        raise ConfigurationError(
            f"tables are not as they were when the backup was made: {', '.join(changed)}. Restore with the version of "
            "Vedette that made it, then run the new one's `vedette migrate`"
        )


def require_stopped(groups: GroupPositions | None) -> None:
    """Raise ``ConfigurationError`` while a worker runs."""
    if groups is not None and (active := groups.active()):
        raise ConfigurationError(
            f"workers run ({', '.join(active)}): stop every worker and the API first, with `vedette down`, "
            "`docker compose stop recognise store index audit activity api`, or however they were started; one that "
            "was killed is remembered for up to ten seconds. Nothing was changed"
        )
