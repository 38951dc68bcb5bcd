"""Carries out erasures and retention, each in one process of many."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

import structlog

from infra.errors import ConfigurationError, TransientError
from infra.kafka.confirmation import PublishFailed
from infra.kafka.event_bus import Publisher
from infra.operations.audit.acts import event_of, record_of
from infra.operations.erasure.retention import Retention
from infra.operations.erasure.work import ErasureWork
from schemas.activity import Action
from schemas.messages.cloud_events import API_SOURCE
from schemas.records.erasures import Erasure

LOOK_EVERY_S = 5.0
RETENTION_LOOK_S = 60.0

log = structlog.get_logger(__name__)


class OneHolder(Protocol):
    """The right to carry out erasures, which one process has at a time."""

    async def take(self) -> bool: ...
    async def renew(self) -> None: ...
    async def free(self) -> None: ...


class ErasureLoop:
    """Goes on with every erasure that is not done, the oldest first."""

    def __init__(
        self,
        list_erasures: Callable[[], Awaitable[tuple[Erasure, ...]]],
        work: ErasureWork,
        lease: OneHolder,
    ) -> None:
        self._list_erasures = list_erasures
        self._work = work
        self._lease = lease

    async def run(self) -> None:
        """Look again and again, until cancelled; what a system that does not answer keeps waiting goes on later."""
        while True:
            try:
                await self.look()
            except (TransientError, PublishFailed, ConfigurationError) as error:
                # What an operator has to put right must not end the API, which everybody else uses.
                log.warning("erasure_waits", reason=str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Carry out what there is, unless another process does."""
        waiting = [erasure for erasure in await self._list_erasures() if not erasure.is_done]
        if not waiting or not await self._lease.take():
            return
        try:
            for erasure in reversed(waiting):
                await self._work.carry_out(erasure.id, self._lease.renew)
        finally:
            await self._lease.free()


class RetentionLoop:
    """Lets retention look at every workspace whose time has come."""

    def __init__(self, retention: Retention, lease: OneHolder, every: timedelta) -> None:
        self._retention = retention
        self._lease = lease
        self._every = every

    async def run(self) -> None:
        """Look again and again, until cancelled; what a system that does not answer keeps waiting goes on later."""
        while True:
            try:
                await self.look()
            except (TransientError, PublishFailed, ConfigurationError) as error:
                log.warning("retention_waits", reason=str(error))
            await asyncio.sleep(RETENTION_LOOK_S)

    async def look(self) -> None:
        """Delete what there is to delete, unless another process does."""
        if not await self._retention.due(self._every) or not await self._lease.take():
            return
        try:
            # Another process may have been there until now.
            for workspace in await self._retention.due(self._every):
                done = await self._retention.run(workspace, self._lease.renew)
                log.info("retention_done", workspace=workspace.id, **done.removed.model_dump())
        finally:
            await self._lease.free()


async def record_end(publisher: Publisher, done: Erasure) -> None:
    """Tell the audit trail how many images are gone."""
    event = event_of(Action.ERASURE_ENDED, done.by, done.id, done.owner, f"{done.erased} images")
    await publisher.publish([record_of(event, API_SOURCE)])
