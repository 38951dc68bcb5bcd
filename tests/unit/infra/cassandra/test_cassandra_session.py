"""Small groups of writes share a request, within what Cassandra takes without complaint."""

from itertools import chain

from infra.cassandra.session import MOST_BYTES_A_REQUEST, MOST_GROUPS_A_REQUEST, Write, pack


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
