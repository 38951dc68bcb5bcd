"""Whether files of secrets are their owner's alone, and whether others can change what is trusted."""

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from infra.operations.doctor.findings import Finding, Severity, Telling, Unseen

OTHERS_READ, OTHERS_WRITE = stat.S_IROTH, stat.S_IWOTH
GROUP_READ, GROUP_WRITE = stat.S_IRGRP, stat.S_IWGRP


class Kind(StrEnum):
    """What a file or folder is to the platform."""

    SECRET = "a secret"  # noqa: S105 - a word of a sentence
    TRUSTED = "what the platform trusts"
    PICTURES = "people's pictures"


@dataclass(frozen=True)
class FileState:
    """One file or folder; ``owner_is_ours`` says that it belongs to this user or to root."""

    path: Path
    kind: Kind
    mode: int
    owner_is_ours: bool
    is_folder: bool = False


@dataclass(frozen=True)
class UnreadFile:
    """One that settings name and that cannot be looked at."""

    path: Path
    why: str


def file_findings(files: Iterable[FileState | UnreadFile]) -> Iterator[Telling]:
    """Tell which files others can read or change."""
    for file in files:
        if isinstance(file, UnreadFile):
            yield Unseen(
                check="files.permissions",
                subject=str(file.path),
                why=file.why,
                remedy="Run the command as the user that runs the platform.",
            )
            continue
        yield from permissions(file)
        yield from owner(file)


def permissions(file: FileState) -> Iterator[Finding]:
    """Tell where the mode lets others read a secret, or change anything."""
    read_by_others = file.kind is not Kind.TRUSTED and file.mode & OTHERS_READ
    read_by_group = file.kind is Kind.SECRET and file.mode & GROUP_READ
    changed_by_others, changed_by_group = file.mode & OTHERS_WRITE, file.mode & GROUP_WRITE
    if not (read_by_others or read_by_group or changed_by_others or changed_by_group):
        return
    who = "Everybody on this machine" if read_by_others or changed_by_others else "The group of its owner"
    may = "change" if changed_by_others or changed_by_group else "read"
    is_grave = changed_by_others or (read_by_others and file.kind is Kind.SECRET)
    yield Finding(
        check="files.permissions",
        severity=Severity.ERROR if is_grave else Severity.WARNING,
        subject=str(file.path),
        problem=f"{who} can {may} it (mode {stat.S_IMODE(file.mode):04o}). It holds {file.kind.value}.",
        risk="Programs and people of other accounts get at what protects the platform."
        if file.kind is not Kind.PICTURES
        else "Pictures can be seen or changed by other accounts of this machine.",
        remedy=f"Run `chmod {_wanted(file)} '{file.path}'`.",
    )


def owner(file: FileState) -> Iterator[Finding]:
    """Tell where another account of this machine owns the file, and so may do with it as it likes."""
    if not file.owner_is_ours:
        yield Finding(
            check="files.owner",
            severity=Severity.WARNING,
            subject=str(file.path),
            problem=f"It belongs to another user. It holds {file.kind.value}.",
            risk="That user can read and change it at any time.",
            remedy=f"Run `chown $(id -un) '{file.path}'` as an administrator of the machine.",
        )


def _wanted(file: FileState) -> str:
    if file.kind is Kind.SECRET or file.kind is Kind.PICTURES:
        return "go-rwx"
    return "go-w"
