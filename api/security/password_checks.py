"""Whether a password is an account's, asked within the limits on failures."""

from typing import Protocol

from api.security.passwords import PasswordHashing, PasswordQueueFull
from api.security.throttle import Throttle
from infra.errors import TransientError
from schemas.accounts import Account


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
            account = await self._accounts.find_account(email)
            matches = await self._passwords.verify(password, None if account is None else account.password_hash)
        except (PasswordQueueFull, TransientError):
            await self._throttle.give_up(attempt.counted)
            raise
        if account is None or not account.active or not matches:
            return None
        await self._throttle.log_in_succeeded(attempt)
        return account
