"""What is done with accounts, by routes and commands alike; each act is recorded first, or does not happen."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from api.accounts.last_administrator import Administrators, is_administrator
from api.accounts.views import MOST_WORKSPACES, AccountChanges, AccountWish, rights_of
from api.security.passwords.strength import require_strong
from api.services import Accounts
from api.workspaces.service import Ensured, WorkspaceService, WorkspaceWish, workspace_of
from infra.errors import AlreadyExists, Conflict, NotFound
from infra.operations.audit.acts import Act
from schemas.access.accounts import Account, Role
from schemas.activity import Action

YOURSELF = "Nobody closes or demotes themselves as an administrator: another one has to."
ABSENT = "There is no such account."
TAKEN = "an account with this e-mail address exists already"


class PasswordHasher(Protocol):
    """Hashes passwords: in a bounded pool of threads in the API, for one command in a thread of its own."""

    async def hash(self, password: str) -> str: ...


class AccountService:
    """Makes and changes accounts. ``by`` names who does it, and ``act`` records it first.

    Raises ``NotFound``, ``InvalidRequest`` for what cannot be, ``Conflict`` for what cannot be now, ``AlreadyExists``
    and ``ChangedMeanwhile`` where another was first, and ``TransientError`` where an act could not be recorded; then
    it was not done.
    """

    def __init__(self, accounts: Accounts, workspaces: WorkspaceService, passwords: PasswordHasher) -> None:
        self._accounts = accounts
        self._workspaces = workspaces
        self._passwords = passwords
        self._administrators = Administrators(accounts)

    async def find(self, account_id: UUID) -> Account:
        """Return an account; raises ``NotFound``."""
        return _found(await self._accounts.find_account_by_id(account_id))

    async def find_by_email(self, email: str) -> Account:
        """Return the account that logs in with this address; raises ``NotFound``."""
        return _found(await self._accounts.find_account(email))

    async def create(self, wish: AccountWish, by: object, act: Act) -> Account:
        """Return a new account, in workspaces that exist."""
        await self._workspaces.require_all(wish.workspaces)
        password = await self._require_new(wish)
        account = Account(
            id=uuid.uuid4(),
            email=wish.email,
            name=wish.name,
            password_hash=await self._passwords.hash(password),
            role=wish.role,
            workspaces=wish.workspaces,
            created_at=datetime.now(UTC),
        )
        detail = f"role: {wish.role.value}; workspaces: {_listed(wish.workspaces)}"
        async with act(Action.ACCOUNT_CREATED, by, account.id, detail=detail):
            await self._accounts.create_account(account)
        return account

    async def create_with_workspaces(
        self, wish: AccountWish, workspaces: Sequence[WorkspaceWish], by: object, act: Act
    ) -> list[Ensured]:
        """Make an account, and before it its workspaces where they are missing; returns what each of these needed.

        Each is an act of its own. Where the password is weak, or the address has an account, nothing is changed.
        """
        await self._require_new(wish)
        for workspace in workspaces:
            workspace_of(workspace)
        needed = [await self._workspaces.ensure(workspace, by, act) for workspace in workspaces]
        await self.create(wish, by, act)
        return needed

    async def change(self, account_id: UUID, changes: AccountChanges, by: UUID, act: Act) -> Account:
        """Return the account with its changes; what changes nothing is no act, and one administrator always stays."""
        account = await self.find(account_id)
        changed = _changed(account, changes)
        if account.id == by and (changed.role is not account.role or not changed.active):
            raise Conflict(YOURSELF)
        await self._workspaces.require_all(changed.workspaces - account.workspaces)
        if changed == account:
            return account
        goes = is_administrator(account) and not is_administrator(changed)
        if goes:
            await self._administrators.require_another(account, by)
        action, detail = _action(account, changed), _told(account, changed)
        async with act(action, by, account.id, detail=detail, rights=rights_of(changed)):
            if goes:
                return await self._administrators.take_away(account, changed, by)
            return await self._accounts.change_account(changed)

    async def close_own(self, account: Account, act: Act) -> None:
        """Close an account for its owner, which an administrator cannot do."""
        if account.role is Role.ADMIN:
            raise Conflict(YOURSELF)
        closed = _changed(account, AccountChanges(active=False))
        async with act(Action.ACCOUNT_CLOSED, account.id, account.id, rights=rights_of(closed)):
            await self._accounts.change_account(closed)

    async def replace_password(
        self, account: Account, password: str, by: object, act: Act, *, field: str = "password", reset: bool = False
    ) -> Account:
        """Give an account another password, and end all its log-ins.

        ``field`` is where the password stands in what was asked. ``reset`` says that a mailed token gave the right to.
        """
        password_hash = await self._passwords.hash(require_strong(password, account.email, field))
        changes = {"password_hash": password_hash, "generation": account.generation + 1}
        async with act(Action.PASSWORD_RESET if reset else Action.PASSWORD_CHANGED, by, account.id):
            return await self._accounts.change_account(account.model_copy(update=changes))

    async def end_sessions(self, account_id: UUID, by: object, act: Act) -> None:
        """End all sessions of an account."""
        account = await self.find(account_id)
        async with act(Action.SESSIONS_ENDED, by, account.id):
            await self._accounts.change_account(account.model_copy(update={"generation": account.generation + 1}))

    async def set_member(self, workspace_id: str, account_id: UUID, by: object, act: Act, *, member: bool) -> None:
        """Let an account be a member of a workspace, or not; harmless where it is so already."""
        await self._workspaces.find(workspace_id)
        account = await self.find(account_id)
        if (workspace_id in account.workspaces) is member:
            return
        workspaces = account.workspaces | {workspace_id} if member else account.workspaces - {workspace_id}
        if len(workspaces) > MOST_WORKSPACES:
            raise Conflict(f"An account has at most {MOST_WORKSPACES} workspaces.")
        action = Action.MEMBER_ADDED if member else Action.MEMBER_REMOVED
        changed = account.model_copy(update={"workspaces": workspaces})
        async with act(action, by, account.id, owner=workspace_id, rights=rights_of(changed)):
            await self._accounts.change_account(changed)

    async def _require_new(self, wish: AccountWish) -> str:
        """Return the first password of an account that can be made."""
        password = require_strong(wish.password.get_secret_value(), wish.email)
        if await self._accounts.find_account(wish.email) is not None:
            raise AlreadyExists(TAKEN)
        return password


def _found(account: Account | None) -> Account:
    if account is None:
        raise NotFound(ABSENT)
    return account


def _changed(account: Account, changes: AccountChanges) -> Account:
    given = {name: getattr(changes, name) for name in changes.model_fields_set}
    wanted = {name: value for name, value in given.items() if value is not None or name == "name"}
    closes = account.active and wanted.get("active") is False
    return account.model_copy(update={**wanted, "generation": account.generation + (1 if closes else 0)})


def _action(before: Account, after: Account) -> Action:
    if before.active == after.active:
        return Action.ACCOUNT_CHANGED
    return Action.ACCOUNT_REOPENED if after.active else Action.ACCOUNT_CLOSED


def _told(before: Account, after: Account) -> str:
    """What changed; of a name, that it did."""
    told = []
    if before.role is not after.role:
        told.append(f"role: {before.role.value} -> {after.role.value}")
    if before.workspaces != after.workspaces:
        told.append(f"workspaces: {_listed(before.workspaces)} -> {_listed(after.workspaces)}")
    if before.name != after.name:
        told.append("name")
    return "; ".join(told) or "active"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
