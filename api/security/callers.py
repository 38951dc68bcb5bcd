"""From a token to the account behind it, as it is now."""

import time
from uuid import UUID

from api.security.tokens import InvalidToken, TokenSigner
from api.services import Accounts
from schemas.accounts import Account, Principal

REMEMBERED_S = 2.0


class Callers:
    """Tells who is asking; an account's new role, workspaces or end count within ``REMEMBERED_S`` seconds."""

    def __init__(self, tokens: TokenSigner, accounts: Accounts) -> None:
        self._tokens = tokens
        self._accounts = accounts
        self._remembered: dict[UUID, tuple[float, Account | None]] = {}

    async def identify(self, token: str) -> Principal:
        """Return the caller; raises ``InvalidToken``, and ``TransientError`` while accounts cannot be read."""
        claims = self._tokens.verify(token)
        account = await self._find(claims.sub)
        if account is None or not account.active:
            raise InvalidToken("the account is gone or no longer active")
        return Principal(account_id=account.id, role=account.role, workspaces=account.workspaces)

    async def _find(self, account_id: UUID) -> Account | None:
        now = time.monotonic()
        read_at, account = self._remembered.get(account_id, (-REMEMBERED_S, None))
        if now - read_at < REMEMBERED_S:
            return account
        account = await self._accounts.find_account_by_id(account_id)
        self._remembered = {id_: entry for id_, entry in self._remembered.items() if now - entry[0] < REMEMBERED_S}
        self._remembered[account_id] = (now, account)
        return account
