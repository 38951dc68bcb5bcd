"""Administrative acts, told on topic ``activity`` before they are done: by routes and commands alike."""

import asyncio
import os
import platform
import pwd
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Protocol

import structlog

from infra.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    ConfigurationError,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    TransientError,
)
from infra.kafka.confirmation import PublishFailed
from infra.kafka.event_bus import EventPublisher, Publisher, Record
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from schemas.activity import Action, AuditEvent, Outcome, Rights
from schemas.images import MAX_NAME_CHARACTERS
from schemas.messages.cloud_events import AUDIT_TYPE, COMMAND_LINE_SOURCE, headers_for
from schemas.topics import ACTIVITY

# Of a text that callers or settings make; the event's own bound is far above what a log line should hold.
LONGEST_DETAIL = 1000
# Of all lists of rights together, in bytes: the trail takes events of 64 KiB.
LONGEST_RIGHTS = 48_000
# What an act ends with that was refused before anything was done.
REFUSALS = (AlreadyExists, ChangedMeanwhile, ConfigurationError, Conflict, InvalidRequest, NotAllowed, NotFound)

log = structlog.get_logger(__name__)


class Act(Protocol):
    """Records an act by ``actor``, lets it happen in its block, and records once more where it failed.

    What services take, whoever calls them: ``ActRecorder`` has one, for which ``RequestAudit`` of the API stands too.
    """

    def __call__(
        self,
        action: Action,
        actor: object,
        subject: object,
        *,
        owner: str | None = None,
        detail: str | None = None,
        rights: Rights | None = None,
    ) -> AbstractAsyncContextManager[None]: ...


class ActTrail(Protocol):
    """Where a recorder publishes its events: from the command line ``CommandTrail``, in the API ``AuditTrail``."""

    async def record(self, event: AuditEvent, correlation_id: str | None = None) -> None:
        """Return once the event is durable; raises ``TransientError`` or ``PublishFailed`` where it may not be."""

    async def record_end(self, event: AuditEvent, correlation_id: str | None = None) -> None:
        """Record how an act ended, without an error: what the act itself failed with is the one to raise."""


class CommandTrail:
    """Publishes what the command line does, without a line among what it tells people."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def record(self, event: AuditEvent, correlation_id: str | None = None) -> None:
        """Return once the event is durable; raises ``TransientError`` or ``PublishFailed`` where it may not be."""
        await self._publisher.publish([record_of(event, COMMAND_LINE_SOURCE, correlation_id)])

    async def record_end(self, event: AuditEvent, correlation_id: str | None = None) -> None:
        """Record how an act ended; where that fails, the log says so."""
        try:
            await self.record(event, correlation_id)
        except (TransientError, PublishFailed) as error:
            log.error("audit_lost", action=event.action.value, subject=event.subject, error=str(error))


class ActRecorder:
    """Records each act before it is done: what cannot be recorded does not happen."""

    def __init__(self, trail: ActTrail, correlation_id: str | None = None) -> None:
        self._trail = trail
        self._correlation_id = correlation_id

    @asynccontextmanager
    async def act(
        self,
        action: Action,
        actor: object,
        subject: object,
        *,
        owner: str | None = None,
        detail: str | None = None,
        rights: Rights | None = None,
    ) -> AsyncIterator[None]:
        """Record an act, then let it happen; one that fails after that, or may have, is recorded once more.

        Raises ``TransientError`` and ``PublishFailed`` where it cannot be recorded; then it does not happen.
        """
        async with self.happening(event_of(action, actor, subject, owner, detail, rights)):
            yield

    @asynccontextmanager
    async def happening(self, event: AuditEvent) -> AsyncIterator[None]:
        """The same for an event that is made already."""
        await self._trail.record(event, self._correlation_id)
        try:
            yield
        except BaseException as error:
            await self._trail.record_end(ended(event, error), self._correlation_id)
            raise


def command_recorder(publisher: Publisher) -> ActRecorder:
    """Return the recorder of what the command line does."""
    return ActRecorder(CommandTrail(publisher))


@contextmanager
def recorded(
    settings: Settings,
    action: Action,
    subject: str,
    *,
    owner: str | None = None,
    detail: str | None = None,
    rights: Rights | None = None,
) -> Iterator[None]:
    """Record what the command line is about to do, by which user of which machine; what cannot be is not done.

    For what runs an event loop of its own. An act that fails after that, or may have, is recorded once more. Raises
    ``TransientError`` or ``PublishFailed`` where Kafka does not take it.
    """
    event = event_of(action, whoever(), subject, owner, detail or None, rights)
    asyncio.run(_publish(settings.kafka, event))
    try:
        yield
    except BaseException as error:
        asyncio.run(_publish_end(settings.kafka, ended(event, error)))
        raise


def whoever() -> str:
    """Return user and host of whoever runs the command: the process's real user, whatever its environment says."""
    return f"{_user_name(os.getuid())}@{platform.node()}"[:MAX_NAME_CHARACTERS]


def event_of(
    action: Action,
    actor: object,
    subject: object,
    owner: str | None,
    detail: str | None,
    rights: Rights | None = None,
    *,
    program: str | None = None,
    address: str | None = None,
) -> AuditEvent:
    """Return the event of what is done now."""
    return AuditEvent(
        action=action,
        actor=str(actor),
        at=datetime.now(UTC),
        subject=str(subject),
        owner=owner,
        program=program,
        address=None if address is None else address[:64],
        detail=None if detail is None else detail[:LONGEST_DETAIL],
        rights=None if rights is None else bounded(rights),
    )


def bounded(rights: Rights) -> Rights:
    """Return rights that fit into an event: of a list that is too long nothing is left, as if it were taken away.

    That errs to the safe side where a restored backup is held against it.
    """
    lists = ("workspaces", "scopes", "redirect_uris", "prefixes")
    left = LONGEST_RIGHTS
    kept: dict[str, frozenset[str]] = {}
    for name in lists:
        values = getattr(rights, name)
        size = sum(len(value.encode(errors="surrogatepass")) + 3 for value in values or ())
        if size > left:
            kept[name] = frozenset()
        left -= 0 if size > left else size
    return rights.model_copy(update=kept)


def ended(event: AuditEvent, error: BaseException) -> AuditEvent:
    """Return the second event of an act that ended with ``error``.

    It failed where the error is one of ``REFUSALS``, which prove that nothing was done. After any other it may have
    been done all the same: a system that did not answer in time may have obeyed.
    """
    outcome = Outcome.FAILED if isinstance(error, REFUSALS) else Outcome.UNKNOWN
    return event.model_copy(update={"outcome": outcome})


def record_of(event: AuditEvent, source: str, correlation_id: str | None = None) -> Record:
    """Return the event as it is published."""
    headers = headers_for(
        AUDIT_TYPE, event_id=str(uuid.uuid4()), source=source, time=event.at, correlation_id=correlation_id
    )
    return Record(ACTIVITY, event.model_dump_json(exclude_none=True).encode(), event.actor.encode(), headers)


def _user_name(user_id: int) -> str:
    """Return the name that the machine knows the user by; the number where it knows none, as in containers."""
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"uid {user_id}"


async def _publish(settings: KafkaSettings, event: AuditEvent) -> None:
    async with EventPublisher(settings) as publisher:
        await CommandTrail(publisher).record(event)


async def _publish_end(settings: KafkaSettings, event: AuditEvent) -> None:
    async with EventPublisher(settings) as publisher:
        await CommandTrail(publisher).record_end(event)
