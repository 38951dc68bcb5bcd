"""Small groups of writes share a request, and requests wait while a connection is full."""

from collections.abc import Callable
from itertools import chain
from typing import Any, cast

import pytest
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionBusy, ConnectionException

from infra.cassandra.session import (
    MOST_BYTES_A_REQUEST,
    MOST_GROUPS_A_REQUEST,
    MOST_REPEATS,
    CassandraSession,
    Write,
    pack,
)
from infra.errors import TransientError
from infra.settings.servers import CassandraSettings


def group(*sizes: int) -> list[Write]:
    return [Write("INSERT", ("k", b"x" * size, number)) for number, size in enumerate(sizes)]


def test_small_groups_share_a_request_up_to_a_number() -> None:
    groups = [group(10) for _ in range(25)]

    assert [len(request) for request in pack(groups)] == [MOST_GROUPS_A_REQUEST, MOST_GROUPS_A_REQUEST, 5]


def test_a_request_stays_below_what_cassandra_warns_of() -> None:
    requests = list(pack([group(200, 1500) for _ in range(9)]))

    assert [len(request) for request in requests] == [4, 4, 4, 4, 2]
    for request in requests:
        assert sum(len(write.values[1]) for write in request) < MOST_BYTES_A_REQUEST


def test_a_large_group_is_never_divided_and_travels_alone() -> None:
    large = group(*[100] * 80)

    assert [len(request) for request in pack([group(10), large, group(10)])] == [1, 80, 1]


def test_nothing_is_lost_and_order_is_kept() -> None:
    groups = [group(size % 3000) for size in range(0, 90_000, 700)]

    assert list(chain.from_iterable(pack(groups))) == list(chain.from_iterable(groups))


def test_nothing_to_write_is_no_request() -> None:
    assert list(pack([])) == []


class FullConnection:
    """The driver's session, whose connection takes a request only after it has refused ``times``."""

    def __init__(self, times: int, refusal: Exception) -> None:
        self._left = times
        self._refusal = NoHostAvailable("Unable to complete the operation", {"host": refusal})
        self.asked = 0
        self.sent: list[Any] = []

    def execute_async(self, request: Any, paging_state: bytes | None = None) -> "FullConnection":
        self.asked += 1
        self._request = request
        return self

    def add_callbacks(self, answered: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        if self._left:
            self._left -= 1
            failed(self._refusal)
        else:
            self.sent.append(self._request)
            answered([])

    def prepare(self, statement: str) -> "Prepared":
        return Prepared()

    _col_names: tuple[str, ...] = ()
    _col_types: tuple[Any, ...] = ()
    has_more_pages = False


class Prepared:
    is_idempotent = True

    def bind(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        return values


def session_on(connection: FullConnection) -> CassandraSession:
    return CassandraSession(cast(Any, None), cast(Any, connection), CassandraSettings())


@pytest.mark.virtual_time
async def test_what_a_full_connection_did_not_take_is_sent_once_it_does() -> None:
    connection = FullConnection(5, ConnectionBusy("overloaded"))
    await session_on(connection).write([group(5000), group(5000), group(5000)])
    assert [values[2] for values in connection.sent] == [0, 0, 0]
    assert connection.asked == 3 + 5


@pytest.mark.virtual_time
async def test_so_is_a_question() -> None:
    connection = FullConnection(5, ConnectionBusy("overloaded"))
    assert await session_on(connection).execute("SELECT", ("k",)) == []
    assert connection.sent == [("k",)]


@pytest.mark.virtual_time
@pytest.mark.parametrize(
    ("times", "refusal", "asked"),
    [
        (10**6, ConnectionBusy("overloaded"), 1 + MOST_REPEATS),
        (10**6, ConnectionException("it is gone"), 1),
    ],
)
async def test_it_is_not_waited_for_without_an_end_nor_where_the_server_is_away(
    times: int, refusal: Exception, asked: int
) -> None:
    connection = FullConnection(times, refusal)
    with pytest.raises(TransientError):
        await session_on(connection).execute("SELECT", ("k",))
    assert connection.asked == asked
    with pytest.raises(TransientError):
        await session_on(connection).write([group(5000)])
    assert connection.asked == 2 * asked
