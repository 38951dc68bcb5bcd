"""Whether a password is an account's, asked within the limits on failures, each of which is recorded."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from api.activity.auditing import NOBODY, RequestAudit, address_digest
from api.security.alerts import Alerts
from api.security.passwords.hashing import PasswordHashing, PasswordQueueFull
from api.security.throttle import Throttle, TooManyAttempts
from infra.errors import TransientError
from schemas.access.accounts import Account
from schemas.activity import Action, Alert


class AccountsByEmail(Protocol):
    """Where an address' account is found."""

    async def find_account(self, email: str) -> Account | None: ...


class PasswordChecks:
    """Checks passwords; an unknown address, a closed account and a wrong password are one answer after one time."""

    def __init__(self, accounts: AccountsByEmail, passwords: PasswordHashing, throttle: Throttle) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._throttle = throttle

    async def check(self, email: str, password: str, address: str | None) -> Account | None:
        """Return the active account that this password opens.

        Raises ``TooManyAttempts`` and ``PasswordQueueFull``; what could not be checked counts as no failure.
        """
        attempt = await self._throttle.enter_log_in(email, address)
        try:
            # Nobody has the empty address, and no store can be asked for it.
            account = await self._accounts.find_account(email) if email else None
            matches = await self._passwords.verify(password, None if account is None else account.password_hash)
        except (PasswordQueueFull, TransientError):
            await self._throttle.give_up(attempt.counted)
            raise
        if account is None or not account.active or not matches:
            return None
        await self._throttle.log_in_succeeded(attempt)
        return account


@dataclass(frozen=True)
class WatchedChecks:
    """Password checks as one request makes them: what fails is recorded, and what looks like guessing is told.

    Every route that takes a password asks here, so that none is a place to guess unseen.
    """

    checks: PasswordChecks
    audit: RequestAudit
    alerts: Alerts

    async def check(
        self, email: str, password: str, *, by: UUID | None = None, detail: str | None = None
    ) -> Account | None:
        """Return the active account that this password opens; ``by`` is who asks, where that is known.

        Raises ``TooManyAttempts`` and ``PasswordQueueFull``; those turned away are not recorded one by one.
        """
        subject, audit = address_digest(email), self.audit
        try:
            account = await self.checks.check(email, password, audit.address)
        except TooManyAttempts:
            self.alerts.tell(Alert.BRUTE_FORCE, subject, audit.address, audit.request_id, actor=by)
            raise
        if account is None:
            audit.note(Action.LOG_IN_FAILED, by or NOBODY, subject, detail)
        return account
