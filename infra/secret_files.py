"""Files of secrets that this installation makes for itself: their owner's alone, and made once."""

import contextlib
import os
import secrets
from pathlib import Path

from infra.errors import ConfigurationError


def make_once(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read; of two that try at once, one wins and both use that."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = write_beside(path, content)
    try:
        # A link, unlike a rename, never replaces what another process has just begun to use.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()


def write_beside(path: Path, content: bytes) -> Path:
    """Write ``content`` into a new file of a name of its own in the same folder, durably; returns it."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError(f"{path.parent} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    return temporary
