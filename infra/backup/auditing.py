"""What an administrator did with backups, as audit events on topic ``activity``."""

import getpass
import platform
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from infra.event_bus import EventPublisher, Record
from infra.settings import KafkaSettings
from schemas.activity import Action, AuditEvent
from schemas.cloud_events import AUDIT_TYPE, headers_for
from schemas.topics import ACTIVITY

log = structlog.get_logger(__name__)


async def audit(settings: KafkaSettings, action: Action, backup_ids: Sequence[str]) -> None:
    """Tell what was done to these backups, and by which user of which machine."""
    actor = f"{getpass.getuser()}@{platform.node()}"
    for backup_id in backup_ids:
        log.info("audit", action=action.value, actor=actor, subject=backup_id)
    async with EventPublisher(settings) as publisher:
        await publisher.publish([_event(action, actor, backup_id) for backup_id in backup_ids])


def _event(action: Action, actor: str, backup_id: str) -> Record:
    now = datetime.now(UTC)
    event = AuditEvent(action=action, actor=actor, at=now, subject=backup_id)
    headers = headers_for(AUDIT_TYPE, event_id=str(uuid.uuid4()), source="vedette/backups", time=now)
    return Record(ACTIVITY, event.model_dump_json(exclude_none=True).encode(), actor.encode(), headers)
