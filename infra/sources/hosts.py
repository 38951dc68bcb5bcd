"""Web servers, of which any may be slow: none of them takes all fetches, or keeps the others' images waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from infra.errors import Rejected, SourceUnavailable
from infra.lanes import Lane
from infra.sources.contents import FetchedImage
from infra.telemetry.metrics import AVOIDED_HOSTS

FAILURES_TOLERATED = 3
AVOIDED_S = 30.0
MOST_REMEMBERED = 10_000


@dataclass
class _Host:
    """One server: its free slots, who uses it now, and how it has been."""

    slots: asyncio.Semaphore
    visitors: int = 0
    failures: int = 0
    avoid_until: float = 0.0


class Hosts:
    """What is known of each web server: how many fetches run there, and whether it keeps us waiting.

    After ``FAILURES_TOLERATED`` failures in a row a server is avoided for ``AVOIDED_S`` seconds: its images are put off
    at once, without a fetch that would hold up others, and only those whose turn has come again are asked for.
    """

    def __init__(self, at_once: int, patience_s: float) -> None:
        """``at_once`` fetches from each server; one that takes longer than ``patience_s`` is slow."""
        self._at_once = at_once
        self._patience_s = patience_s
        self._hosts: dict[str, _Host] = {}

    async def run(self, name: str, lane: Lane, fetch: Callable[[], Awaitable[FetchedImage]]) -> FetchedImage:
        """Return what ``fetch`` does; raises ``SourceUnavailable`` where the server is avoided or too busy."""
        host = self._find(name)
        if lane is not Lane.RETRY and _now() < host.avoid_until:
            raise SourceUnavailable("The image's server has not been answering, or only slowly.")
        host.visitors += 1
        try:
            return await self._visit(host, fetch)
        except SourceUnavailable:
            self._failed(host)
            raise
        finally:
            host.visitors -= 1

    async def _visit(self, host: _Host, fetch: Callable[[], Awaitable[FetchedImage]]) -> FetchedImage:
        try:
            async with asyncio.timeout(self._patience_s):
                await host.slots.acquire()
        except TimeoutError:
            raise SourceUnavailable("The image's server is too busy with other images.") from None
        started = _now()
        try:
            image = await fetch()
        except Rejected:
            self._answered(host, started)
            raise
        finally:
            host.slots.release()
        self._answered(host, started)
        return image

    def _find(self, name: str) -> _Host:
        if name not in self._hosts:
            self._forget()
            self._hosts[name] = _Host(asyncio.Semaphore(self._at_once))
        return self._hosts[name]

    def _answered(self, host: _Host, started: float) -> None:
        if _now() - started <= self._patience_s:
            host.failures, host.avoid_until = 0, 0.0
            self._count_avoided()

    def _failed(self, host: _Host) -> None:
        host.failures += 1
        if host.failures >= FAILURES_TOLERATED:
            host.avoid_until = _now() + AVOIDED_S
            self._count_avoided()

    def _count_avoided(self) -> None:
        now = _now()
        AVOIDED_HOSTS.set(sum(host.avoid_until > now for host in self._hosts.values()))

    def _forget(self) -> None:
        """Keep the memory bounded however many servers hostile producers make up."""
        if len(self._hosts) >= MOST_REMEMBERED:
            now = _now()
            self._hosts = {name: host for name, host in self._hosts.items() if host.visitors or host.avoid_until > now}


def _now() -> float:
    # The clock of the timeouts beside it.
    return asyncio.get_running_loop().time()
