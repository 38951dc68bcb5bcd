"""Loopback ports: chosen once, remembered, chosen again only where a stranger has taken one meanwhile."""

import random
import socket
from collections.abc import Collection, Mapping

from infra.embedded.homes.errors import StackError

LOOPBACK = "127.0.0.1"
# Below the ranges that operating systems lend to outgoing connections, so that a remembered port stays free.
FIRST_PORT, LAST_PORT = 20_000, 32_000
ATTEMPTS = 200


def choose_ports(
    wanted: Collection[str], remembered: Mapping[str, int], host: str = LOOPBACK, others: Collection[int] = ()
) -> dict[str, int]:
    """Return a free port for each name: the remembered one where it is still free, otherwise a new one.

    A new one is none of ``others``, which are free now, and which another stack may be about to listen on.
    """
    chosen = {name: remembered[name] for name in wanted if name in remembered and is_free(remembered[name], host)}
    reserved = {*remembered.values(), *others}
    for name in wanted:
        if name not in chosen:
            chosen[name] = _new_port(reserved)
            reserved.add(chosen[name])
    return chosen


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As servers do: a connection that lingers from the last run must not make the port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, timeout_s: float = 1.0) -> bool:
    """Tell whether anything accepts connections on this loopback port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=timeout_s).close()
    except OSError:
        return False
    return True


def _new_port(reserved: Collection[int]) -> int:
    for _ in range(ATTEMPTS):
        port = random.randint(FIRST_PORT, LAST_PORT)  # noqa: S311 - a port number is no secret
        if port not in reserved and is_free(port):
            return port
    raise StackError(f"no free port between {FIRST_PORT} and {LAST_PORT} on {LOOPBACK}: free one, then try again")
