"""Ports are chosen once and kept, unless a stranger has taken one."""

import socket
from collections.abc import Iterator

import pytest

from infra.embedded.homes.ports import FIRST_PORT, LAST_PORT, LOOPBACK, answers, choose_ports, is_free


@pytest.fixture
def stranger() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_every_name_gets_a_port_of_its_own_below_the_outgoing_range() -> None:
    chosen = choose_ports(["kafka", "controller", "cassandra"], {})

    assert len(set(chosen.values())) == 3
    assert all(FIRST_PORT <= port <= LAST_PORT for port in chosen.values())


def test_a_remembered_port_is_kept() -> None:
    first = choose_ports(["kafka"], {})

    assert choose_ports(["kafka"], first) == first


def test_a_remembered_port_that_a_stranger_holds_is_chosen_anew(stranger: int) -> None:
    chosen = choose_ports(["kafka"], {"kafka": stranger})

    assert chosen["kafka"] != stranger
    assert is_free(chosen["kafka"])


def test_ports_that_are_not_asked_for_are_left_out_and_not_given_away() -> None:
    chosen = choose_ports(["kafka"], {"cassandra": 20_001})

    assert set(chosen) == {"kafka"}
    assert chosen["kafka"] != 20_001


def test_a_port_answers_only_while_somebody_listens(stranger: int) -> None:
    silent = choose_ports(["nobody"], {})["nobody"]

    assert answers(stranger)
    assert not answers(silent)


def test_a_port_that_another_stack_has_chosen_is_not_taken_though_it_is_free() -> None:
    others = set(range(FIRST_PORT, LAST_PORT + 1)) - set(range(20_100, 26_100))
    [port] = choose_ports(["kafka"], {}, others=others).values()
    assert 20_100 <= port < 26_100
