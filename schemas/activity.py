"""What people do on the platform: events on topic ``activity``."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.images import MAX_NAME_CHARACTERS, Frozen, Owner


class Action(StrEnum):
    """What was done; part of the event contract: add, never rename."""

    LETTER_SHOWN = "dead_letter.shown"
    LETTER_REPLAYED = "dead_letter.replayed"
    LETTER_DISCARDED = "dead_letter.discarded"
    IMAGE_DELETED = "image.deleted"
    BACKUP_CREATED = "backup.created"
    BACKUP_RESTORED = "backup.restored"
    BACKUP_DELETED = "backup.deleted"


class AuditEvent(Frozen):
    """Somebody has done something that must be traceable."""

    event: Literal["audit"] = "audit"
    action: Action
    actor: str = Field(max_length=MAX_NAME_CHARACTERS, description="The account's id, or the user of a machine.")
    at: AwareDatetime
    subject: str = Field(description="What it was done to: the id of a dead letter, a backup or an image.")
    owner: Owner | None = Field(default=None, description="The workspace that it concerns, where it is one's.")
