"""What people do on the platform: events on topic ``activity``."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from schemas.access.accounts import Role, Scope
from schemas.images import MAX_NAME_CHARACTERS, Frozen, Owner


class Action(StrEnum):
    """What was done. The values are part of the event contract."""

    LETTER_SHOWN = "dead_letter.shown"
    LETTER_REPLAYED = "dead_letter.replayed"
    LETTER_DISCARDED = "dead_letter.discarded"
    IMAGE_DELETED = "image.deleted"
    BACKUP_CREATED = "backup.created"
    BACKUP_RESTORED = "backup.restored"
    BACKUP_DELETED = "backup.deleted"
    LOGGED_IN = "account.logged_in"
    LOG_IN_FAILED = "account.log_in_failed"
    LOGGED_OUT = "account.logged_out"
    SESSION_REFRESHED = "session.refreshed"
    REFRESH_REUSED = "session.refresh_reused"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_INVITED = "account.invited"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    ACCOUNT_REGISTERED = "account.registered"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_CLOSED = "account.closed"
    ACCOUNT_REOPENED = "account.reopened"
    SESSIONS_ENDED = "account.sessions_ended"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - an action, nothing secret
    PASSWORD_RESET = "account.password_reset"  # noqa: S105 - an action, nothing secret
    MAIL_ASKED = "account.mail_asked"
    WORKSPACE_CREATED = "workspace.created"
    WORKSPACE_CHANGED = "workspace.changed"
    WORKSPACE_DELETED = "workspace.deleted"
    MEMBER_ADDED = "workspace.member_added"
    MEMBER_REMOVED = "workspace.member_removed"
    KEY_CREATED = "api_key.created"
    KEY_REVOKED = "api_key.revoked"
    CLIENT_CREATED = "client.created"
    CLIENT_CHANGED = "client.changed"
    CLIENT_REVOKED = "client.revoked"
    CLIENT_REFUSED = "client.refused"
    CLIENT_SESSION_BEGUN = "client.session_begun"
    CLIENT_SESSION_ENDED = "client.session_ended"
    CODE_REUSED = "client.code_reused"
    CONSENT_GIVEN = "consent.given"
    CONSENT_REFUSED = "consent.refused"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    SIGNING_KEYS_ROTATED = "signing_keys.rotated"
    MODEL_ADDED = "model.added"
    MODEL_REMOVED = "model.removed"
    PIPELINE_CREATED = "pipeline.created"
    PIPELINE_REMOVED = "pipeline.removed"
    PIPELINE_PROMOTED = "pipeline.promoted"
    PIPELINE_ROLLED_BACK = "pipeline.rolled_back"
    MODEL_RECORDED = "model.recorded"
    KEY_RELEASED = "api_key.released"
    CLIENT_RELEASED = "client.released"
    INDEX_REBUILT = "index.rebuilt"
    HISTORY_REPLAYED = "history.replayed"
    RESULTS_EXPORTED = "results.exported"
    JOB_CREATED = "job.created"
    JOB_CANCELLED = "job.cancelled"
    PLATFORM_MIGRATED = "platform.migrated"
    AUDIT_VERIFIED = "audit.verified"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_ROTATED = "webhook.secret_rotated"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_RESENT = "webhook.resent"
    WEBHOOKS_SEALED = "webhook.secrets_encrypted"
    ERASURE_BEGUN = "erasure.begun"
    ERASURE_ENDED = "erasure.ended"


class Outcome(StrEnum):
    """How an act ended that was recorded before it began: `failed` (nothing was done), `unknown`, or `done`."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    DONE = "done"


class Rights(Frozen):
    """What an account, OAuth client or workspace may do after an act. Fields that do not apply are absent.

    Accounts have a role and ``workspaces``. Clients have ``workspaces``, ``scopes`` and ``redirect_uris``. Workspaces
    have ``prefixes`` and ``keep_location``.
    """

    active: bool | None = Field(default=None, description="Whether the account or client may be used.")
    role: Role | None = Field(default=None, description="The account's role.")
    workspaces: frozenset[Owner] | None = Field(
        default=None, description="The workspaces that the account or client may reach."
    )
    scopes: frozenset[Scope] | None = Field(default=None, description="What the client may ask for.")
    redirect_uris: frozenset[str] | None = Field(
        default=None, description="The addresses to which the client's users may be sent back."
    )
    prefixes: frozenset[str] | None = Field(
        default=None, description="The places from which the workspace's images may be fetched."
    )
    keep_location: bool | None = Field(
        default=None, description="Whether the workspace's results keep where pictures were taken."
    )


class AuditEvent(Frozen):
    """A recorded act: who did what to what, and when."""

    event: Literal["audit"] = Field(default="audit", description="Tells this event from the others.")
    action: Action = Field(description="What was done.")
    actor: str = Field(max_length=MAX_NAME_CHARACTERS, description="Who did it: the account's id, or user@machine.")
    at: AwareDatetime = Field(description="When it was done.")
    subject: str = Field(
        max_length=1024,
        description=(
            "What the act was done to: the id of a dead letter, backup, image, account, workspace, key, "
            "client, webhook endpoint, model, pipeline, erasure or job, the name of an index or keyspace, or the "
            "format of an export."
        ),
    )
    owner: Owner | None = Field(default=None, description="The workspace that the act concerns, if there is one.")
    program: str | None = Field(
        default=None,
        max_length=MAX_NAME_CHARACTERS,
        description=(
            "The program that acted for the actor: `key <prefix>` or `client <id>`. Absent if a person was logged in."
        ),
    )
    outcome: Outcome | None = Field(
        default=None,
        description=(
            "How an act ended that was recorded before it began: `failed` (nothing was done; of `audit.verified`: "
            "entries were changed, removed or moved), `unknown` "
            "(nobody knows whether it was done), or `done` (only for acts whose success is recorded too, "
            "such as a restore). Absent from all other events."
        ),
    )
    address: str | None = Field(
        default=None, max_length=64, description="The network address from which the request came."
    )
    detail: str | None = Field(default=None, max_length=1024, description="What changed. Never contains secrets.")
    rights: Rights | None = Field(
        default=None,
        description=(
            "The subject's rights after the act, if the act changes them. With these, a restore does not "
            "give back rights that were taken away after the backup."
        ),
    )


class Alert(StrEnum):
    """What looks like an attack; part of the event contract: add, never rename."""

    BRUTE_FORCE = "log_in.brute_force"
    REFRESH_REUSED = "session.refresh_reused"
    KEY_FROM_NEW_NETWORK = "api_key.new_network"
    KEY_REFUSED_OFTEN = "api_key.refused_often"


class _OfRequest(Frozen):
    """Facts about a request. They never contain its query, its body or a name in its path."""

    at: AwareDatetime = Field(description="When the request was answered.")
    method: str = Field(max_length=32, description="The HTTP method.")
    route: str = Field(
        max_length=MAX_NAME_CHARACTERS, description="The route's template, for example `/v1/images/{image_id}`."
    )
    status: int = Field(ge=100, le=599, description="The status of the response. 500 if no response could be sent.")
    duration_ms: float = Field(ge=0, description="The time from the request to the end of its response.")
    request_id: str = Field(
        max_length=MAX_NAME_CHARACTERS,
        description="The request's id, as the response's header `x-request-id` and the logs give it.",
    )
    actor: UUID | None = Field(
        default=None, description="The caller's account id. Absent if the caller was not authenticated."
    )
    owner: Owner | None = Field(
        default=None, description="The caller's workspace. Absent unless the caller has exactly one."
    )
    address: str | None = Field(
        default=None, max_length=64, description="The network address from which the request came."
    )


class AccessEvent(_OfRequest):
    """The API answered a request."""

    event: Literal["access"] = Field(default="access", description="Tells this event from the others.")


class ErrorEvent(_OfRequest):
    """A request failed through no fault of its caller."""

    event: Literal["error"] = Field(default="error", description="Tells this event from the others.")
    kind: str = Field(
        max_length=MAX_NAME_CHARACTERS, description="`unavailable`, or the name of the exception if the cause is a bug."
    )


class PerformanceEvent(_OfRequest):
    """A request took longer than it should."""

    event: Literal["performance"] = Field(default="performance", description="Tells this event from the others.")
    threshold_ms: float = Field(ge=0, description="The duration from which a request counts as slow.")


class SecurityEvent(Frozen):
    """Something looks like an attack; somebody should look."""

    event: Literal["security"] = Field(default="security", description="Tells this event from the others.")
    alert: Alert = Field(description="What it looks like.")
    at: AwareDatetime = Field(description="When the alert was raised.")
    subject: str = Field(
        max_length=MAX_NAME_CHARACTERS,
        description="What the alert is about: an account's id, a key's prefix, or the digest of an address.",
    )
    actor: UUID | None = Field(
        default=None, description="The caller's account id. Absent if the caller was not authenticated."
    )
    address: str | None = Field(
        default=None, max_length=64, description="The network address from which the request came."
    )
    count: int | None = Field(default=None, ge=1, description="How often it happened before the alert was raised.")
    request_id: str | None = Field(
        default=None, max_length=MAX_NAME_CHARACTERS, description="The id of the request that raised the alert."
    )


ActivityEvent = Annotated[
    AuditEvent | AccessEvent | SecurityEvent | ErrorEvent | PerformanceEvent, Field(discriminator="event")
]
ACTIVITY_EVENT: TypeAdapter[ActivityEvent] = TypeAdapter(ActivityEvent)


def parse_activity(value: bytes) -> ActivityEvent:
    """Parse the value of a message on topic ``activity``; raises ``ValueError`` for anything else."""
    return ACTIVITY_EVENT.validate_json(value)
