"""What acts have taken away since a backup was made: by it a restore gives nobody back what they have lost."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from schemas.access.accounts import Role
from schemas.activity import Action, AuditEvent, Outcome, Rights

Value = TypeVar("Value")
Identity = tuple[Action, str, str, datetime, str | None]

# What is left to the subject of an act that does not tell it: an event of before there were rights in them.
NOTHING_TOLD = Rights(
    role=Role.USER, workspaces=frozenset(), scopes=frozenset(), prefixes=frozenset(), keep_location=False
)
NAME_ALONE = "name"


@dataclass(frozen=True)
class Told:
    """One act as the audit trail tells it, and when the broker took it."""

    appended_at: datetime
    event: AuditEvent


@dataclass(frozen=True)
class TakenAway:
    """What must not come back: by the ids that acts name, and for each account, client and workspace what is left."""

    keys: Mapping[str, datetime] = field(default_factory=dict)
    clients: Mapping[str, datetime] = field(default_factory=dict)
    consents: frozenset[tuple[str, str]] = frozenset()
    passwords: frozenset[str] = frozenset()
    accounts: Mapping[str, Rights] = field(default_factory=dict)
    client_rights: Mapping[str, Rights] = field(default_factory=dict)
    workspaces: Mapping[str, Rights] = field(default_factory=dict)
    deleted_workspaces: Mapping[str, datetime] = field(default_factory=dict)
    """Those that were deleted and were not created anew, and when."""
    webhooks: frozenset[str] = frozenset()
    """Endpoints that were deleted."""
    changed_webhooks: frozenset[str] = frozenset()
    """Endpoints of which the address, the secret or the filters may be others by now, or that were disabled."""


def taken_away(acts: Iterable[Told]) -> TakenAway:
    """Return what ``acts`` have taken away, in whatever order they come.

    The last act upon an account, client or workspace decides. One that proves to have failed counts for nothing; one of
    which nobody knows whether it was done gives nothing, and takes what it may have taken.
    """
    in_order = sorted(acts, key=lambda one: (one.appended_at, one.event.at))
    ledger = _Ledger()
    failed = _that_ended(in_order, Outcome.FAILED)
    unsure = _that_ended(in_order, Outcome.UNKNOWN)
    for told in in_order:
        if told.event.outcome is None and (act := _name(told.event)) not in failed:
            take = TAKING.get(told.event.action)
            if take is not None:
                take(ledger, told, act in unsure)
    return ledger.sum()


class _Ledger:
    """What was taken away so far."""

    def __init__(self) -> None:
        self._keys: dict[str, datetime] = {}
        self._clients: dict[str, datetime] = {}
        self._consents: set[tuple[str, str]] = set()
        self._passwords: set[str] = set()
        self._accounts: dict[str, Rights] = {}
        self._client_rights: dict[str, Rights] = {}
        self._workspaces: dict[str, Rights] = {}
        self._deleted_workspaces: dict[str, datetime] = {}
        self._webhooks: set[str] = set()
        self._changed_webhooks: set[str] = set()

    def sum(self) -> TakenAway:
        return TakenAway(
            keys=self._keys,
            clients=self._clients,
            consents=frozenset(self._consents),
            passwords=frozenset(self._passwords),
            accounts=self._accounts,
            client_rights=self._client_rights,
            workspaces=self._workspaces,
            deleted_workspaces=self._deleted_workspaces,
            webhooks=frozenset(self._webhooks),
            changed_webhooks=frozenset(self._changed_webhooks),
        )

    def revoke_key(self, told: Told, _unsure: bool) -> None:
        self._keys.setdefault(told.event.subject, told.appended_at)

    def revoke_client(self, told: Told, _unsure: bool) -> None:
        self._clients.setdefault(told.event.subject, told.appended_at)

    def withdraw_consent(self, told: Told, _unsure: bool) -> None:
        # Given anew since, it is asked for once more: how wide it was then, the trail does not say.
        self._consents.add((told.event.actor, told.event.subject))

    def change_password(self, told: Told, _unsure: bool) -> None:
        self._passwords.add(told.event.subject)

    def bound_account(self, told: Told, unsure: bool) -> None:
        event = told.event
        if event.rights is None and (event.detail == NAME_ALONE or event.action is Action.MEMBER_ADDED):
            return
        _bound(self._accounts, told.event, unsure)

    def close_account(self, told: Told, unsure: bool) -> None:
        before = self._accounts.get(told.event.subject, Rights())
        closed = told.event.rights or before.model_copy(update={"active": False})
        _bound(self._accounts, told.event.model_copy(update={"rights": closed}), unsure)

    def bound_client(self, told: Told, unsure: bool) -> None:
        _bound(self._client_rights, told.event, unsure)

    def delete_webhook(self, told: Told, unsure: bool) -> None:
        (self._changed_webhooks if unsure else self._webhooks).add(told.event.subject)

    def change_webhook(self, told: Told, _unsure: bool) -> None:
        self._changed_webhooks.add(told.event.subject)

    def bound_workspace(self, told: Told, unsure: bool) -> None:
        _bound(self._workspaces, told.event, unsure)

    def delete_workspace(self, told: Told, unsure: bool) -> None:
        _bound(self._workspaces, told.event, unsure)
        # Nothing is deleted because of an act of which nobody knows whether it was done.
        if not unsure:
            self._deleted_workspaces[told.event.subject] = told.appended_at

    def create_workspace(self, told: Told, _unsure: bool) -> None:
        # Another workspace of the same name: what the earlier one had is not the new one's.
        self._deleted_workspaces.pop(told.event.subject, None)


TAKING: Mapping[Action, Callable[[_Ledger, Told, bool], None]] = {
    Action.KEY_REVOKED: _Ledger.revoke_key,
    Action.CLIENT_REVOKED: _Ledger.revoke_client,
    Action.CLIENT_CHANGED: _Ledger.bound_client,
    Action.CONSENT_WITHDRAWN: _Ledger.withdraw_consent,
    Action.PASSWORD_CHANGED: _Ledger.change_password,
    Action.PASSWORD_RESET: _Ledger.change_password,
    Action.ACCOUNT_CLOSED: _Ledger.close_account,
    Action.ACCOUNT_CHANGED: _Ledger.bound_account,
    Action.ACCOUNT_REOPENED: _Ledger.bound_account,
    Action.MEMBER_ADDED: _Ledger.bound_account,
    Action.MEMBER_REMOVED: _Ledger.bound_account,
    Action.WORKSPACE_CHANGED: _Ledger.bound_workspace,
    Action.WORKSPACE_DELETED: _Ledger.delete_workspace,
    Action.WORKSPACE_CREATED: _Ledger.create_workspace,
    Action.WEBHOOK_DELETED: _Ledger.delete_webhook,
    Action.WEBHOOK_CHANGED: _Ledger.change_webhook,
    Action.WEBHOOK_ROTATED: _Ledger.change_webhook,
    Action.WEBHOOK_DISABLED: _Ledger.change_webhook,
}
"""What each act takes away; those that a restore undoes by itself, as the end of a log-in, are none of them."""

TAKES_NOTHING = frozenset(
    {
        # Acts that give, or that change nothing about who may do what.
        Action.LETTER_SHOWN,
        Action.LETTER_REPLAYED,
        Action.LETTER_DISCARDED,
        Action.BACKUP_CREATED,
        Action.BACKUP_RESTORED,
        Action.BACKUP_DELETED,
        Action.LOGGED_IN,
        Action.LOG_IN_FAILED,
        Action.SESSION_REFRESHED,
        Action.ACCOUNT_CREATED,
        Action.ACCOUNT_REGISTERED,
        Action.MAIL_ASKED,
        Action.KEY_CREATED,
        Action.KEY_RELEASED,
        Action.CLIENT_CREATED,
        Action.CLIENT_RELEASED,
        Action.CLIENT_REFUSED,
        Action.CLIENT_SESSION_BEGUN,
        Action.CONSENT_GIVEN,
        Action.CONSENT_REFUSED,
        Action.MODEL_ADDED,
        Action.MODEL_RECORDED,
        Action.PIPELINE_CREATED,
        Action.PIPELINE_PROMOTED,
        Action.PIPELINE_ROLLED_BACK,
        Action.PIPELINE_REMOVED,
        Action.INDEX_REBUILT,
        Action.HISTORY_REPLAYED,
        Action.PLATFORM_MIGRATED,
        Action.AUDIT_VERIFIED,
        Action.WEBHOOK_CREATED,
        Action.WEBHOOK_TESTED,
        Action.WEBHOOK_RESENT,
        Action.WEBHOOKS_SEALED,
        Action.RESULTS_EXPORTED,
        # No job that a backup has goes on after a restore.
        Action.JOB_CREATED,
        Action.JOB_CANCELLED,
        # No log-in, code or letter comes out of a backup.
        Action.LOGGED_OUT,
        Action.REFRESH_REUSED,
        Action.SESSIONS_ENDED,
        Action.CLIENT_SESSION_ENDED,
        Action.CODE_REUSED,
        Action.ACCOUNT_INVITED,
        Action.INVITATION_WITHDRAWN,
        # Deletions are events of a topic, and read again; keys that sign and models' files are in no backup.
        Action.IMAGE_DELETED,
        Action.ERASURE_BEGUN,
        Action.ERASURE_ENDED,
        Action.SIGNING_KEYS_ROTATED,
        Action.MODEL_REMOVED,
    }
)
"""The other acts; every act is in one of the two."""


def _bound(known: dict[str, Rights], event: AuditEvent, unsure: bool) -> None:
    told = event.rights or NOTHING_TOLD
    before = known.get(event.subject)
    known[event.subject] = narrower(before, told) if unsure and before is not None else told


def narrower(one: Rights, other: Rights) -> Rights:
    """Return what both allow."""
    return Rights(
        active=_both_true(one.active, other.active),
        role=one.role if other.role in (None, Role.ADMIN) else other.role,
        workspaces=_both(one.workspaces, other.workspaces),
        scopes=_both(one.scopes, other.scopes),
        redirect_uris=_both(one.redirect_uris, other.redirect_uris),
        prefixes=_both(one.prefixes, other.prefixes),
        keep_location=_both_true(one.keep_location, other.keep_location),
    )


def _both_true(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else one or other


def _both(one: frozenset[Value] | None, other: frozenset[Value] | None) -> frozenset[Value] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _that_ended(acts: Iterable[Told], outcome: Outcome) -> set[Identity]:
    return {_name(told.event) for told in acts if told.event.outcome is outcome}


def _name(event: AuditEvent) -> Identity:
    """Return what the event of an act and that of its end have in common."""
    return event.action, event.actor, event.subject, event.at, event.program
