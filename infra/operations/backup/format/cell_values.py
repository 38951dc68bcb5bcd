"""The bytes in which Cassandra keeps a value: those of the few types that a restore looks into."""

import struct
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from infra.operations.backup.format.errors import DamagedBackup

LENGTH = struct.Struct(">i")
MILLISECONDS = struct.Struct(">q")
FALSE = b"\x00"
TRUE = b"\x01"


def texts_of(value: bytes | None) -> tuple[str, ...] | None:
    """Return the members of a set or list of texts; None where there is none. Raises ``DamagedBackup``."""
    if value is None:
        return None
    try:
        (count,) = LENGTH.unpack_from(value, 0)
        at, found = LENGTH.size, []
        for _ in range(count):
            (size,) = LENGTH.unpack_from(value, at)
            at += LENGTH.size + size
            found.append(value[at - size : at].decode())
    except (struct.error, UnicodeDecodeError):
        raise DamagedBackup("a set or list of texts in the backup is none") from None
    return tuple(found)


def bytes_of_texts(members: Iterable[str]) -> bytes:
    """Return a list of texts, or a set of them where they come in Cassandra's order, that of their bytes."""
    encoded = [member.encode() for member in members]
    return LENGTH.pack(len(encoded)) + b"".join(LENGTH.pack(len(one)) + one for one in encoded)


def bytes_of_set(members: Iterable[str]) -> bytes:
    return bytes_of_texts(sorted(set(members), key=str.encode))


def bytes_of_moment(moment: datetime) -> bytes:
    return MILLISECONDS.pack(int(moment.timestamp() * 1000))


def text_of_id(value: bytes) -> str:
    """Return a uuid as events name it."""
    return str(UUID(bytes=value))
