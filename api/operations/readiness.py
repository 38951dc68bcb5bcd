"""Whether each outside system answers, asked at most once a second however many probes come."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from api.services import Services
from infra.errors import ConfigurationError, NotSetUp, TransientError

TIMEOUT_S = 3.0
REMEMBERED_S = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Check:
    """How one system is; ``error`` is a class of error, and tells nothing of what is inside."""

    ok: bool
    error: str | None = None


class Readiness:
    """Asks Kafka, Cassandra and Elasticsearch whether they answer."""

    def __init__(self, services: Services) -> None:
        self._pings = {
            "kafka": services.publisher.ping,
            "cassandra": services.images.ping,
            "elasticsearch": services.index.ping,
        }
        self._lock = asyncio.Lock()
        self._checked_at = -REMEMBERED_S
        self._checks: dict[str, Check] = {}

    async def check(self) -> dict[str, Check]:
        """Return how each system is, as of the last second."""
        async with self._lock:
            if time.monotonic() - self._checked_at >= REMEMBERED_S:
                answers = await asyncio.gather(*(_check(name, ping) for name, ping in self._pings.items()))
                self._checks = dict(zip(self._pings, answers, strict=True))
                self._checked_at = time.monotonic()
            return self._checks


async def _check(name: str, ping: Callable[[], Awaitable[None]]) -> Check:
    try:
        await asyncio.wait_for(ping(), TIMEOUT_S)
    except TimeoutError:
        return _failed(name, "timeout", f"no answer within {TIMEOUT_S:g} s")
    except NotSetUp as error:
        return _failed(name, "not_set_up", str(error))
    except TransientError as error:
        return _failed(name, "unreachable", str(error))
    except ConfigurationError as error:
        return _failed(name, "misconfigured", str(error))
    return Check(ok=True)


def _failed(name: str, kind: str, why: str) -> Check:
    log.warning("not_ready", system=name, error=why)
    return Check(ok=False, error=kind)
