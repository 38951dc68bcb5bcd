"""Find pictures in files and folders; whatever cannot be read is a refusal, never the end of the run."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from infra.manifests.references import Found, ReferenceTemplate, Refusal
from schemas.texts.pictures import is_picture


def file_mode(path: str) -> int | Refusal:
    """Return the mode of what lies at ``path``, links followed; a refusal where nothing can be read there."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - Path refuses some names that the system call can tell about
    except FileNotFoundError:
        return Refusal(path, "there is no such file or folder")
    except (OSError, ValueError) as error:
        return Refusal(path, f"cannot be read: {_explain(error)}")


def find_file(path: str, template: ReferenceTemplate) -> Found:
    """Return the reference to one picture; a file that is a link keeps its own name."""
    mode = file_mode(path)
    if isinstance(mode, Refusal):
        return mode
    if not stat.S_ISREG(mode):
        return Refusal(path, "not a regular file")
    folder, name = os.path.split(path)
    return template.fill({"uri": Path(os.path.realpath(folder), name).as_uri()}, path)


def walk(folder: str, template: ReferenceTemplate, *, recursive: bool) -> Iterator[Found]:
    """Yield a folder's pictures and then its folders', each by name; links to folders are not followed."""
    waiting = [os.path.realpath(folder)]
    while waiting:
        path = waiting.pop()
        entries = _entries(path)
        if isinstance(entries, Refusal):
            yield entries
            continue
        yield from (
            find_file(entry.path, template) for entry in entries if is_picture(entry.name) and not _is_folder(entry)
        )
        if recursive:
            waiting += [entry.path for entry in reversed(entries) if _is_own_folder(entry)]


def _entries(folder: str) -> "list[os.DirEntry[str]] | Refusal":
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (OSError, ValueError) as error:
        return Refusal(folder, f"cannot be read: {_explain(error)}")


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Whether a folder lies there, links followed; a link that leads nowhere is told when it is looked at itself."""
    mode = file_mode(entry.path)
    return not isinstance(mode, Refusal) and stat.S_ISDIR(mode)


def _is_own_folder(entry: "os.DirEntry[str]") -> bool:
    if entry.name.startswith("."):
        return False
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        # Its kind cannot be told: when it is walked, what is wrong with it is told.
        return True


def _explain(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
