"""What an administrator did with backups, as audit events on topic ``activity``."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog

from infra.kafka.event_bus import EventPublisher, Publisher
from infra.operations.audit.acts import LONGEST_DETAIL, command_recorder, event_of, record_of, whoever
from infra.settings.servers import KafkaSettings
from schemas.activity import Action, AuditEvent, Outcome
from schemas.messages.cloud_events import COMMAND_LINE_SOURCE

log = structlog.get_logger(__name__)


class RestoreAct:
    """A restore as the audit trail tells it: recorded before anything changes, and once more when it is over."""

    def __init__(self, publisher: Publisher, event: AuditEvent) -> None:
        self._publisher = publisher
        self._event = event

    async def tell_done(self, detail: str) -> None:
        """Record that it is done, and what was taken away again."""
        ended = self._event.model_copy(update={"outcome": Outcome.DONE, "detail": detail[:LONGEST_DETAIL]})
        await self._publisher.publish([record_of(ended, COMMAND_LINE_SOURCE)])


@asynccontextmanager
async def restoring(settings: KafkaSettings, backup_id: str, detail: str) -> AsyncIterator[RestoreAct]:
    """Record a restore, then let it happen; one that fails after that is recorded once more.

    Raises ``TransientError`` and ``PublishFailed`` where it cannot be recorded; then it does not happen.
    """
    event = event_of(Action.BACKUP_RESTORED, whoever(), backup_id, None, detail)
    log.info("audit", action=event.action.value, actor=event.actor, subject=backup_id)
    async with EventPublisher(settings) as publisher:
        acts = command_recorder(publisher)
        async with acts.happening(event):
            yield RestoreAct(publisher, event)


async def audit(settings: KafkaSettings, action: Action, backup_ids: Sequence[str]) -> None:
    """Tell what was done to these backups, and by which user of which machine."""
    actor, now = whoever(), datetime.now(UTC)
    for backup_id in backup_ids:
        log.info("audit", action=action.value, actor=actor, subject=backup_id)
    async with EventPublisher(settings) as publisher:
        await publisher.publish(
            [
                record_of(AuditEvent(action=action, actor=actor, at=now, subject=backup_id), COMMAND_LINE_SOURCE)
                for backup_id in backup_ids
            ]
        )
