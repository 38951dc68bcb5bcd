"""Whether any consumer group comes near to what Kafka deletes, looked at twice a minute."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from infra.errors import ConfigurationError, TransientError
from infra.kafka.groups.lag import WARN_AT, Lag
from infra.telemetry.metrics import DELETED_UNREAD, LAG, LAG_AGE, LAG_RETENTION

LOOK_EVERY_S = 30.0

log = structlog.get_logger(__name__)


class LagWatch:
    """Knows how far every group lags behind, as of the last look; warns while one has used half of the retention."""

    def __init__(self, look: Callable[[], Awaitable[tuple[Lag, ...]]]) -> None:
        self._look = look
        self._lags: tuple[Lag, ...] | None = None

    def tell(self) -> tuple[Lag, ...] | None:
        """Return what was seen last; None where that is not known."""
        return self._lags

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look_once()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look_once(self) -> None:
        """Take note of how far the groups lag behind."""
        try:
            self._lags = await self._look()
        except (TransientError, ConfigurationError) as error:
            self._lags = None
            log.warning("lag_unknown", error=str(error))
            return
        for lag in self._lags:
            _tell(lag)


def _tell(lag: Lag) -> None:
    for gauge, value in (
        (LAG, lag.waiting),
        (LAG_AGE, lag.oldest_s or 0),
        (LAG_RETENTION, lag.retention_used),
        (DELETED_UNREAD, lag.deleted),
    ):
        gauge.labels(lag.group, lag.topic).set(value)
    told = {"group": lag.group, "topic": lag.topic, "waiting": lag.waiting}
    if lag.deleted:
        log.error("messages_deleted_unread", deleted=lag.deleted, **told)
    if lag.retention_used >= WARN_AT:
        log.warning("lag_nears_retention", oldest_s=lag.oldest_s, retention_s=lag.retention_s, **told)
