"""Sealed files: whatever is done to one is found, and another key is told from damage."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import ConfigurationError
from infra.operations.backup.format.errors import DamagedBackup
from infra.operations.backup.format.sealing import (
    CHUNK_BYTES,
    KEY_ID_BYTES,
    MAGIC,
    SALT_BYTES,
    TAG_BYTES,
    Sealer,
    unseal,
)
from tests.backups import KEY

HEADER = len(MAGIC) + KEY_ID_BYTES + SALT_BYTES
PIECE = CHUNK_BYTES + TAG_BYTES


def sealed(content: bytes, name: str = "b/part") -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, KEY, name)
    sealer.write(content)
    sealer.finish()
    return file.getvalue()


def opened(file: bytes, name: str = "b/part", key: bytes = KEY) -> bytes:
    return b"".join(unseal(io.BytesIO(file), key, name))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_what_is_sealed_is_opened_again(size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    assert opened(sealed(content)) == content


def test_nothing_of_the_content_can_be_read_and_the_same_is_never_sealed_alike() -> None:
    first, second = sealed(b"secret" * 100), sealed(b"secret" * 100)
    assert b"secret" not in first
    assert first[HEADER:] != second[HEADER:]


@given(st.integers(min_value=0, max_value=HEADER + 400 + TAG_BYTES - 1), st.integers(min_value=1, max_value=255))
def test_a_byte_that_was_altered_anywhere_is_found(place: int, change: int) -> None:
    file = bytearray(sealed(b"a" * 400))
    file[place] ^= change
    with pytest.raises((DamagedBackup, ConfigurationError)):
        opened(bytes(file))


@pytest.mark.parametrize("left", [HEADER - 1, HEADER, HEADER + 10, HEADER + PIECE, HEADER + 2 * PIECE])
def test_a_file_that_was_cut_short_is_found_even_between_two_pieces(left: int) -> None:
    with pytest.raises(DamagedBackup):
        opened(sealed(b"a" * (2 * CHUNK_BYTES + 5))[:left])


def test_pieces_in_another_order_are_found() -> None:
    file = sealed(b"a" * CHUNK_BYTES + b"b" * CHUNK_BYTES + b"c")
    first, second = file[HEADER : HEADER + PIECE], file[HEADER + PIECE : HEADER + 2 * PIECE]
    with pytest.raises(DamagedBackup, match="piece 1"):
        opened(file[:HEADER] + second + first + file[HEADER + 2 * PIECE :])


def test_what_was_added_at_the_end_is_found() -> None:
    with pytest.raises(DamagedBackup):
        opened(sealed(b"a" * 10) + b"more")


def test_a_file_does_not_pass_for_one_of_another_name() -> None:
    with pytest.raises(DamagedBackup):
        opened(sealed(b"a", "old/images-00000.vbk"), "new/images-00000.vbk")


def test_another_key_is_told_by_the_name_of_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="VEDETTE_BACKUP__KEY"):
        opened(sealed(b"a"), key=bytes(32))
