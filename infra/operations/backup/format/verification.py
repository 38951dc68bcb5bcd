"""Reading a whole backup again, without touching a store: is every byte what was written, and every row there?"""

from collections.abc import Callable

from rich.progress import Progress

from infra.operations.backup.format.catalogue import Catalogue
from infra.operations.backup.format.errors import DamagedBackup
from infra.operations.backup.format.parts import read_part
from infra.operations.backup.format.rows import ContentSum
from schemas.records.backups import Manifest, Part, TableCopy


def verify_backup(catalogue: Catalogue, manifest: Manifest, progress: Progress) -> list[str]:
    """Return what is wrong with a backup, in words; nothing where it is whole.

    Every part is fetched, checked by its SHA-256, decrypted, decompressed and summed row by row.
    """
    task = progress.add_task("verify", total=manifest.size_bytes)
    return [
        problem
        for copy in manifest.copies
        for problem in _verify(catalogue, manifest.id, copy, lambda size: progress.advance(task, size))
    ]


def require_whole(catalogue: Catalogue, manifest: Manifest, progress: Progress) -> None:
    """Raise ``DamagedBackup`` with all that is wrong, if anything is."""
    if problems := verify_backup(catalogue, manifest, progress):
        raise DamagedBackup(f"backup {manifest.id} is damaged, choose another:\n" + "\n".join(problems))


def _verify(catalogue: Catalogue, backup_id: str, copy: TableCopy, advance: Callable[[int], None]) -> list[str]:
    content = ContentSum()
    problems = []
    for part in copy.parts:
        try:
            _add_part(catalogue, backup_id, copy, part, content)
        except DamagedBackup as problem:
            problems.append(str(problem))
        advance(part.size_bytes)
    if not problems and content.content() != copy.content:
        problems.append(f"{copy.name}: the rows are not those that the manifest tells of")
    return problems


def _add_part(catalogue: Catalogue, backup_id: str, copy: TableCopy, part: Part, content: ContentSum) -> None:
    with catalogue.part(backup_id, part) as path:
        for row in read_part(path, catalogue.key, f"{backup_id}/{part.name}", copy):
            content.add(row)
