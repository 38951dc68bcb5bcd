"""From a token to the account behind it, as it is now."""

from uuid import UUID

from api.security.tokens import InvalidToken, TokenSigner
from api.services import Accounts
from api.together import Remembered
from schemas.accounts import Account, Principal


class Callers:
    """Tells who is asking; an account's new role, workspaces or end count within two seconds."""

    def __init__(self, tokens: TokenSigner, accounts: Accounts) -> None:
        self._tokens = tokens
        self._known: Remembered[UUID, Account | None] = Remembered(accounts.find_account_by_id)

    async def identify(self, token: str) -> Principal:
        """Return the caller; raises ``InvalidToken``, and ``TransientError`` while accounts cannot be read."""
        claims = self._tokens.verify(token)
        account = await self._known.get(claims.sub)
        if account is None or not account.active:
            raise InvalidToken("the account is gone or no longer active")
        return Principal(account_id=account.id, role=account.role, workspaces=account.workspaces)
