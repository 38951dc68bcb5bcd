"""What an administrator did with backups, as audit events on topic ``activity``."""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from infra.audit.acts import record_of, whoever
from infra.event_bus import EventPublisher
from infra.settings import KafkaSettings
from schemas.activity import Action, AuditEvent
from schemas.cloud_events import COMMAND_LINE_SOURCE

log = structlog.get_logger(__name__)


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
