"""Lists by time, from whatever place somebody asks for."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cassandra.time_lists import TimeList, TimeLists
from infra.cursors import encode_cursor
from infra.errors import InvalidCursor
from schemas.queries import Page

LIST = TimeList("images", "SELECT …", ("shop",), "(version, image_key)", slice_ms=3_600_000)
LAST_MOMENT_US = 253_402_300_799_999_999


class NoEntries:
    """A session that finds nothing."""

    async def stream(self, statement: str, values: Sequence[Any], page_size: int = 0) -> AsyncIterator[Any]:
        for entry in ():
            yield entry


async def load(entries: Sequence[Any]) -> list[Any]:
    return list(entries)


@given(version=st.integers(-(2**63), 2**63 - 1) | st.integers(LAST_MOMENT_US - 9, LAST_MOMENT_US + 9))
async def test_a_place_is_read_from_or_refused(version: int) -> None:
    lists = TimeLists(NoEntries())  # type: ignore[arg-type] - all that is asked of it
    asked = lists.page(LIST, ["images"], 10, encode_cursor(["images"], [version, "x"]), load)
    if 0 <= version <= LAST_MOMENT_US:
        assert await asked == Page(items=())
    else:
        with pytest.raises(InvalidCursor):
            await asked
