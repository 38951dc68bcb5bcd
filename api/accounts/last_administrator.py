"""One administrator is always left: whatever takes one away is done only where another one stays."""

from uuid import UUID

from api.services import Accounts
from infra.errors import ChangedMeanwhile, Conflict
from schemas.access.accounts import Account, Role
from schemas.queries import MAX_PAGE_SIZE

LAST = "One administrator is always left: make another one first, or try again."


class Administrators:
    """The active administrators, of whom one is always left.

    Methods raise ``Conflict`` where none would be, and ``TransientError`` while accounts cannot be read.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def require_another(self, account: Account, keeper: UUID) -> None:
        """Return if ``account`` may go; ``keeper``, who wants that, is most often the one who stays."""
        if not await self._is_another(account.id, keeper):
            raise Conflict(LAST)

    async def take_away(self, account: Account, changed: Account, keeper: UUID) -> Account:
        """Change an account that is an administrator's no longer then, and return it.

        Looks again afterwards, since several may take away each other at the same moment: the last of them sees what
        all have done, and takes its own back where none is left. So it does where it cannot look. Log-ins that the
        change ended stay ended.
        """
        kept = await self._accounts.change_account(changed)
        is_another = False
        try:
            is_another = await self._is_another(account.id, keeper)
        finally:
            if not is_another:
                await self._take_back(account, kept)
        if not is_another:
            raise Conflict(LAST)
        return kept

    async def _is_another(self, but: UUID, keeper: UUID) -> bool:
        """Whether there is one beside ``but``: the keeper, whom two rows tell, or else the first that is come upon."""
        if keeper != but and is_administrator(await self._accounts.find_account_by_id(keeper)):
            return True
        page = await self._accounts.list_accounts(MAX_PAGE_SIZE)
        while not any(each.id != but and is_administrator(each) for each in page.items):
            if page.next_cursor is None:
                return False
            page = await self._accounts.list_accounts(MAX_PAGE_SIZE, page.next_cursor)
        return True

    async def _take_back(self, account: Account, kept: Account) -> None:
        """Make it an active administrator again, whatever else another changes meanwhile."""
        found: Account | None = kept
        while found is not None and not is_administrator(found):
            try:
                found = await self._accounts.change_account(
                    found.model_copy(update={"role": account.role, "active": account.active})
                )
            except ChangedMeanwhile:
                found = await self._accounts.find_account_by_id(account.id)


def is_administrator(account: Account | None) -> bool:
    """Whether the account is an active administrator's."""
    return account is not None and account.active and account.role is Role.ADMIN
