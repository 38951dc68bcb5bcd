"""Rows of a backup: read as they were written, and summed whatever their order."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.operations.backup.format.errors import DamagedBackup
from infra.operations.backup.format.rows import Cell, ContentSum, Row, decode_rows, encode_row
from tests.backups import rows

CELLS = st.none() | st.builds(Cell, st.binary(max_size=40), st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**40))
ROWS = st.builds(Row, st.tuples(st.binary(max_size=9), st.binary(max_size=9)), st.tuples(CELLS, CELLS, CELLS))


@given(st.lists(ROWS, max_size=8), st.integers(1, 50))
def test_rows_are_read_as_they_were_written_wherever_they_are_cut(written: list[Row], size: int) -> None:
    content = b"".join(map(encode_row, written))
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    assert list(decode_rows(blocks, 2, 3)) == written


def test_a_part_that_ends_within_a_row_is_found() -> None:
    with pytest.raises(DamagedBackup):
        list(decode_rows([encode_row(rows(2)[1])[:-1]], 1, 2))


def test_a_row_of_another_width_is_found() -> None:
    with pytest.raises(DamagedBackup):
        list(decode_rows([encode_row(rows(2)[1])], 1, 1))


def test_the_checksum_does_not_depend_on_the_order() -> None:
    shuffled = rows(50)
    random.Random(1).shuffle(shuffled)  # noqa: S311 - nothing secret
    assert summed(shuffled) == summed(rows(50))


@pytest.mark.parametrize(
    "changed",
    [
        Row((b"key-3",), (Cell(b"xxx", 1003), Cell(b"", 1003))),
        Row((b"key-3",), (Cell(b"xxy", 1003), None)),
        Row((b"key-3",), (Cell(b"xxx", 1004), None)),
        Row((b"key-4",), (Cell(b"xxx", 1003), None)),
        Row((b"key-3",), (None, Cell(b"xxx", 1003))),
    ],
)
def test_any_change_of_a_value_or_a_write_time_changes_the_checksum(changed: Row) -> None:
    others = [row for row in rows(9) if row.key != (b"key-3",)]
    assert summed([*others, changed]) != summed(rows(9))


def test_two_rows_that_are_the_same_do_not_cancel_each_other() -> None:
    assert summed([rows(1)[0]] * 2) != summed([])


def test_what_lapses_by_itself_is_counted_apart() -> None:
    lasting = Row((b"a",), (Cell(b"x", 1), Cell(b"y", 2, expires_at_s=99)))
    lapsing = Row((b"b",), (Cell(b"x", 1, expires_at_s=99), None))
    content = ContentSum()
    for row in (lasting, lapsing):
        content.add(row)
    assert (content.content().rows, content.content().expiring_rows) == (1, 1)
    assert content.content().checksum == summed([Row((b"a",), (Cell(b"x", 1), None))])


def summed(some: list[Row]) -> str:
    content = ContentSum()
    for row in some:
        content.add(row)
    return content.content().checksum
