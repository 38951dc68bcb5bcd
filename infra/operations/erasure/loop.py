"""Carries out erasures and retention, each in one process of many."""

import asyncio
from datetime import timedelta
from typing import Protocol

import structlog

from infra.errors import ConfigurationError, TransientError
from infra.kafka.confirmation import PublishFailed
from infra.kafka.event_bus import Publisher
from infra.operations.audit.acts import Act, event_of, record_of
from infra.operations.erasure.retention import Retention
from infra.operations.erasure.work import ErasureWork
from schemas.access.accounts import Workspace
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


class OpenErasures(Protocol):
    """The erasures that are to be carried out."""

    async def list_open(self) -> tuple[Erasure, ...]: ...
    async def unattended(self) -> tuple[Workspace, ...]: ...
    async def go_on_with(self, workspace: Workspace, act: Act) -> None: ...


class ErasureLoop:
    """Goes on with every erasure that is not done, the oldest first."""

    def __init__(self, erasures: OpenErasures, work: ErasureWork, lease: OneHolder, act: Act) -> None:
        self._erasures = erasures
        self._work = work
        self._lease = lease
        self._act = act

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
        if not (await self._erasures.list_open() or await self._erasures.unattended()):
            return
        if not await self._lease.take():
            return
        try:
            for workspace in await self._erasures.unattended():
                await self._erasures.go_on_with(workspace, self._act)
            for erasure in await self._erasures.list_open():
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
    counted = [f"{done.erased} images", *(f"{kind}: {count}" for kind, count in (done.belongings or {}).items())]
    event = event_of(Action.ERASURE_ENDED, done.by, done.id, done.owner, ", ".join(counted))
    await publisher.publish([record_of(event, API_SOURCE)])
