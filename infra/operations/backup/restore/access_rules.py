"""How accounts, keys, clients, consents, webhooks and workspaces are written back: never with more than they have left.

Rows are changed before they are written, not afterwards: however a restore ends, what was taken away is never there.
"""

import base64
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from infra.operations.backup.format.cell_values import (
    FALSE,
    TRUE,
    bytes_of_moment,
    bytes_of_set,
    bytes_of_texts,
    text_of_id,
    texts_of,
)
from infra.operations.backup.format.rows import Cell, Row
from infra.operations.backup.restore.taken_away import TakenAway
from schemas.access.accounts import Role
from schemas.access.prefixes import narrowed
from schemas.activity import Rights
from schemas.records.backups import Column

LOG_INS = frozenset(
    {"sessions", "refresh_tokens", "oauth_codes", "oauth_log_ins", "mailed_tokens", "invitations", "live_tickets"}
)
"""Tables of which nothing is written back: log-ins, what stands for one, and letters that wait to be answered."""

SUSPENDED_AT = Column(name="suspended_at", type="timestamp", kind="regular")
DELETING_SINCE = Column(name="deleting_since", type="timestamp", kind="regular")
ADDED = {"api_keys": SUSPENDED_AT, "oauth_clients": SUSPENDED_AT, "workspaces": DELETING_SINCE}
"""Columns that rules write, and that a backup may be older than."""
WEBHOOK_CHANGED = b"A restore has disabled it. Check its address, events and secret, then enable it."
MICROSECONDS = 1_000_000
FOR_EVER = b"{}"


class EditedRow:
    """One row by the names of its columns; what is changed bears the time of the restore."""

    def __init__(self, columns: tuple[Column, ...], row: Row, now: datetime) -> None:
        self._keys = [column.name for column in columns if column.kind != "regular"]
        self._others = [column.name for column in columns if column.kind == "regular"]
        self._row = row
        self._cells = list(row.cells)
        self._now_us = int(now.timestamp() * MICROSECONDS)

    def key(self, name: str) -> bytes:
        return self._row.key[self._keys.index(name)]

    def has(self, name: str) -> bool:
        """Whether there is such a column: a backup may be older than it."""
        return name in self._others

    def value(self, name: str) -> bytes | None:
        cell = self._cells[self._others.index(name)]
        return None if cell is None else cell.value

    def change(self, name: str, value: bytes) -> bool:
        """Give the cell another value; False where it has this one already."""
        if self.value(name) == value:
            return False
        self._cells[self._others.index(name)] = Cell(value, self._now_us)
        return True

    def row(self) -> Row:
        return Row(self._row.key, tuple(self._cells))


@dataclass(frozen=True)
class AccessRules:
    """What is left to whom, and what was done about it, counted.

    ``gap`` says why the acts since the backup are not all known; then keys and clients are suspended and no consent
    stands.
    """

    taken: TakenAway
    gap: str | None
    now: datetime
    done: Counter[str] = field(default_factory=Counter)

    def columns(self, table: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """Return the columns that are written: a backup may be older than one of them."""
        added = ADDED.get(table)
        return columns if added is None or added in columns else (*columns, added)

    def row(self, table: str, columns: tuple[Column, ...], row: Row) -> Row | None:
        """Return the row as it is written, of these columns; None where it is not."""
        missing = sum(column.kind == "regular" for column in columns) - len(row.cells)
        edited = EditedRow(columns, Row(row.key, (*row.cells, *[None] * missing)), self.now)
        return edited.row() if RULES[table](self, edited) else None

    def account(self, row: EditedRow) -> bool:
        name = text_of_id(row.value("id") or b"")
        left = self.taken.accounts.get(name, Rights())
        if left.active is False and row.value("active") == TRUE:
            self._count("accounts closed", row.change("active", FALSE))
        self._narrow(row, "workspaces", left.workspaces, "accounts' workspaces narrowed")
        if left.role is not None:
            self._narrow_role(row, left.role)
        if name in self.taken.passwords:
            unknown = hash_of_no_password((row.value("password_hash") or b"").decode())
            self._count("passwords withdrawn", row.change("password_hash", unknown.encode()))
        return True

    def key(self, row: EditedRow) -> bool:
        self._revoke(row, self.taken.keys.get(row.key("prefix").decode()), "keys revoked")
        self._suspend(row, "keys suspended")
        return True

    def client(self, row: EditedRow) -> bool:
        name = row.key("id").decode()
        left = self.taken.client_rights.get(name, Rights())
        self._revoke(row, self.taken.clients.get(name), "clients revoked")
        self._narrow(row, "scopes", left.scopes, "clients' scopes narrowed")
        self._narrow(row, "workspaces", left.workspaces, "clients' workspaces narrowed", everywhere_if_absent=True)
        if left.redirect_uris is not None:
            kept = [uri for uri in texts_of(row.value("redirect_uris")) or () if uri in left.redirect_uris]
            self._count("clients' addresses withdrawn", row.change("redirect_uris", bytes_of_texts(kept)))
        self._suspend(row, "clients suspended")
        return True

    def consent(self, row: EditedRow) -> bool:
        named = (text_of_id(row.key("account_id")), row.key("client_id").decode())
        withdrawn = self.gap is not None or named in self.taken.consents
        self._count("consents withdrawn", withdrawn)
        return not withdrawn

    def workspace(self, row: EditedRow) -> bool:
        name = row.key("id").decode()
        is_changed = name in self.taken.workspaces or self.gap is not None
        left = self.taken.workspaces.get(name, Rights())
        at = self.taken.deleted_workspaces.get(name)
        if at is not None and row.has("deleting_since") and row.value("deleting_since") is None:
            # The API finds it so, and deletes once more everything that belongs to it.
            self._count("workspaces to be deleted again", row.change("deleting_since", bytes_of_moment(at)))
        if left.prefixes is not None:
            kept = narrowed(texts_of(row.value("allowed_prefixes")) or (), left.prefixes)
            self._count("workspaces' places narrowed", row.change("allowed_prefixes", bytes_of_texts(kept)))
        if left.keep_location is False and row.has("keep_location") and row.value("keep_location") == TRUE:
            self._count("workspaces' locations no longer kept", row.change("keep_location", FALSE))
        # Nobody knows how long it was to keep things at last: for ever removes nothing too early.
        if is_changed and row.has("keeping") and row.value("keeping") not in (None, FOR_EVER):
            self._count(
                "workspaces that keep everything until somebody says again for how long",
                row.change("keeping", FOR_EVER),
            )
        return True

    def webhook(self, row: EditedRow) -> bool:
        name = row.key("id").decode()
        if name in self.taken.webhooks:
            self._count("webhooks deleted", True)
            return False
        if self.gap is not None or name in self.taken.changed_webhooks:
            self._count("webhooks disabled", row.change("disabled_at", bytes_of_moment(self.now)))
            row.change("disabled_because", WEBHOOK_CHANGED)
        return True

    def delivery(self, row: EditedRow) -> bool:
        """Whether the endpoint of a delivery comes back: of one that does not, its log does not either."""
        return row.key("endpoint_id").decode() not in self.taken.webhooks

    def _narrow_role(self, row: EditedRow, left: Role) -> None:
        had = Role((row.value("role") or b"").decode())
        if left in (had, Role.ADMIN):
            return
        if had is Role.USER:
            # An analyst by now, who sees more than a user and writes nowhere: what both may is to see nothing.
            self._count("roles narrowed", row.change("workspaces", bytes_of_set(())))
        else:
            self._count("roles narrowed", row.change("role", left.value.encode()))

    def _revoke(self, row: EditedRow, at: datetime | None, what: str) -> None:
        if at is not None and row.value("revoked_at") is None:
            self._count(what, row.change("revoked_at", bytes_of_moment(at)))

    def _suspend(self, row: EditedRow, what: str) -> None:
        if self.gap is not None and row.value("revoked_at") is None and row.value("suspended_at") is None:
            self._count(what, row.change("suspended_at", bytes_of_moment(self.now)))

    def _narrow(
        self, row: EditedRow, name: str, left: frozenset[str] | None, what: str, *, everywhere_if_absent: bool = False
    ) -> None:
        """Leave of a set what is in ``left`` as well; of none, where that means everything, all that is left."""
        if left is None:
            return
        had = texts_of(row.value(name))
        if had is None and not everywhere_if_absent:
            return
        kept = left if had is None else left & frozenset(had)
        if had is None or kept != frozenset(had):
            self._count(what, row.change(name, bytes_of_set(kept)))

    def _count(self, what: str, done: bool) -> None:
        self.done[what] += done


def hash_of_no_password(before: str) -> str:
    """Return a hash that costs as much to check as the one ``before``, and that no password is known to have."""
    settings, _, digest = before.rpartition("$")
    size = max(len(digest) * 3 // 4, 32)
    return f"{settings}${base64.b64encode(secrets.token_bytes(size)).decode().rstrip('=')}"


RULES: Mapping[str, Callable[[AccessRules, EditedRow], bool]] = {
    "webhook_due": AccessRules.delivery,
    "webhook_due_slices": AccessRules.delivery,
    "webhook_deliveries": AccessRules.delivery,
    "webhook_endpoints": AccessRules.webhook,
    "workspaces": AccessRules.workspace,
    "oauth_clients": AccessRules.client,
    "oauth_consents": AccessRules.consent,
    "api_keys": AccessRules.key,
    "accounts": AccessRules.account,
}
"""The tables that say who may do what and is told what, in the order in which they are written back: accounts last."""
