"""The audit trail of the API: who logged in, and what administrators did, as events on topic ``activity``."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import structlog

from infra.errors import TransientError
from infra.kafka.confirmation import PublishFailed
from infra.kafka.event_bus import Publisher
from infra.operations.audit.acts import ActRecorder, event_of, record_of
from infra.recorded_acts import Declared
from infra.telemetry.metrics import ACTIVITY_DROPPED
from schemas.access.accounts import Principal
from schemas.activity import Action, AuditEvent, Rights
from schemas.messages.cloud_events import API_SOURCE

NOBODY = "anonymous"
MOST_WAITING = 1000

log = structlog.get_logger(__name__)


class AuditTrail:
    """Records events in two ways: before an act that must not go unrecorded, or beside one that must not wait.

    ``lost`` counts those of the second kind that Kafka did not take; each then stands in the log alone.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._waiting: set[asyncio.Task[None]] = set()
        self.lost = 0

    async def record(self, event: AuditEvent, correlation_id: str | None = None) -> None:
        """Return once the event is durable; raises ``TransientError`` or ``PublishFailed`` where it may not be."""
        _log(event)
        await self._publisher.publish([record_of(event, API_SOURCE, correlation_id)])

    def note(self, event: AuditEvent, correlation_id: str | None = None) -> None:
        """Record the event soon, without letting anybody wait for it."""
        _log(event)
        if len(self._waiting) >= MOST_WAITING:
            self._count_lost(event, "too many wait")
            return
        task = asyncio.create_task(self._publish(event, correlation_id))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def record_end(self, event: AuditEvent, correlation_id: str | None = None) -> None:
        """Record how an act ended, soon: whoever waits for the answer has waited long enough."""
        self.note(event, correlation_id)

    async def close(self) -> None:
        """Return once what was noted is durable or lost."""
        await asyncio.gather(*self._waiting)

    async def _publish(self, event: AuditEvent, correlation_id: str | None) -> None:
        try:
            await self._publisher.publish([record_of(event, API_SOURCE, correlation_id)])
        except (TransientError, PublishFailed) as error:
            self._count_lost(event, str(error))

    def _count_lost(self, event: AuditEvent, why: str) -> None:
        self.lost += 1
        ACTIVITY_DROPPED.labels(event.event).inc()
        log.error("audit_lost", action=event.action.value, actor=event.actor, subject=event.subject, error=why)


@dataclass(frozen=True)
class RequestAudit:
    """The audit trail as one request sees it; ``caller`` is asked only once who asks may be known."""

    trail: AuditTrail
    request_id: str
    address: str | None
    caller: Callable[[], Principal | None]
    declared: Declared | None = None

    def note(self, action: Action, actor: object, subject: object, detail: str | None = None) -> None:
        """Record an authentication, or what somebody did with their own account, without waiting."""
        self.trail.note(self._event(action, actor, subject, None, detail), self.request_id)

    def act(
        self,
        action: Action,
        actor: object,
        subject: object,
        *,
        owner: str | None = None,
        detail: str | None = None,
        rights: Rights | None = None,
    ) -> AbstractAsyncContextManager[None]:
        """Record an administrative act, then let it happen; one that cannot be recorded does not."""
        event = self._event(action, actor, subject, owner, detail, rights)
        return ActRecorder(self.trail, self.request_id).happening(event)

    def _require_declared(self, action: Action) -> None:
        """Raise before anything is done: an act that the route's own line does not name is in no table."""
        if self.declared is None or action not in self.declared.acts:
            raise UndeclaredAct(f"{action.value}: name it in @records(…) of the route, and run `make reference`")

    def _event(
        self,
        action: Action,
        actor: object,
        subject: object,
        owner: str | None,
        detail: str | None,
        rights: Rights | None = None,
    ) -> AuditEvent:
        self._require_declared(action)
        caller = self.caller()
        program = None if caller is None else caller.credential
        return event_of(action, actor, subject, owner, detail, rights, program=program, address=self.address)


class UndeclaredAct(Exception):
    """A bug: a route records what it does not say that it records, so that the page of acts would not be true."""


def address_digest(email: str) -> str:
    """Return what stands for an e-mail address that has no account: the same each time, and no address."""
    return f"address:{hashlib.sha256(email.casefold().encode(errors='surrogatepass')).hexdigest()[:16]}"


def _log(event: AuditEvent) -> None:
    outcome = None if event.outcome is None else event.outcome.value
    log.info("audit", action=event.action.value, actor=event.actor, subject=event.subject, outcome=outcome)
