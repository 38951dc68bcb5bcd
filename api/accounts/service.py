"""What administrators do with accounts and workspaces; each act is recorded first, or does not happen."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from pydantic import ConfigDict, EmailStr, Field, StrictBool

from api.accounts.last_administrator import Administrators, is_administrator
from api.accounts.registration import strong
from api.activity.auditing import Witness
from api.http.errors import FieldError, InvalidRequest, conflict, not_found
from api.security.passwords.hashing import PasswordHashing
from api.services import Accounts
from infra.errors import AlreadyExists
from schemas.access.accounts import Account, DisplayName, Password, Principal, Role, Workspace
from schemas.access.prefixes import validate_prefix
from schemas.activity import Action, Rights
from schemas.images import Frozen, Owner

MOST_WORKSPACES = 100
MOST_PREFIXES = 100
YOURSELF = "Nobody closes or demotes themselves as an administrator: another one has to."


class AccountView(Frozen):
    """An account, without what opens it."""

    id: UUID
    email: EmailStr
    name: DisplayName | None = None
    role: Role
    workspaces: tuple[Owner, ...]
    active: bool
    created_at: datetime


class AccountWish(Frozen):
    """The account that is wanted, with its first password."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    email: EmailStr
    password: Password
    name: DisplayName | None = None
    role: Role = Role.USER
    workspaces: frozenset[Owner] = Field(default=frozenset(), max_length=MOST_WORKSPACES)


class AccountChanges(Frozen):
    """What is to be different; what is left out stays. ``active: false`` also ends every log-in of the account."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "analyst"}]})

    name: DisplayName | None = None
    role: Role | None = None
    workspaces: frozenset[Owner] | None = Field(default=None, max_length=MOST_WORKSPACES)
    active: StrictBool | None = None


class WorkspaceWish(Frozen):
    """The workspace that is wanted."""

    model_config = ConfigDict(extra="forbid")

    id: Owner
    name: DisplayName | None = None
    allowed_prefixes: tuple[str, ...] = Field(default=(), max_length=MOST_PREFIXES, examples=[["s3://shop-*/"]])


class WorkspaceChanges(Frozen):
    """What is to be different; what is left out stays. Workers heed prefixes within seconds."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"allowed_prefixes": ["s3://shop-*/"]}]})

    name: DisplayName | None = None
    allowed_prefixes: tuple[str, ...] | None = Field(default=None, max_length=MOST_PREFIXES)


class AccountKeeping:
    """Makes and changes accounts and workspaces.

    Raises 404 for what there is not, ``InvalidRequest`` for what cannot be, ``AlreadyExists`` and ``ChangedMeanwhile``
    where another was first, and ``TransientError`` where an act could not be recorded; then it was not done.
    """

    def __init__(self, accounts: Accounts, passwords: PasswordHashing) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._administrators = Administrators(accounts)

    async def find(self, account_id: UUID) -> Account:
        account = await self._accounts.find_account_by_id(account_id)
        if account is None:
            raise not_found("There is no such account.")
        return account

    async def create(self, wish: AccountWish, by: Principal, witness: Witness) -> Account:
        await self.require_workspaces(wish.workspaces)
        password = strong(wish.password.get_secret_value(), wish.email)
        if await self._accounts.find_account(wish.email) is not None:
            raise AlreadyExists("an account with this e-mail address exists already")
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
        async with witness.act(Action.ACCOUNT_CREATED, by.account_id, account.id, detail=detail):
            await self._accounts.create_account(account)
        return account

    async def change(self, account_id: UUID, changes: AccountChanges, by: Principal, witness: Witness) -> Account:
        account = await self.find(account_id)
        changed = _changed(account, changes)
        if account.id == by.account_id and (changed.role is not account.role or not changed.active):
            raise conflict(YOURSELF)
        await self.require_workspaces(changed.workspaces - account.workspaces)
        if changed == account:
            return account
        goes = is_administrator(account) and not is_administrator(changed)
        if goes:
            await self._administrators.require_another(account, by.account_id)
        async with witness.act(
            _action(account, changed),
            by.account_id,
            account.id,
            detail=_told(account, changed),
            rights=rights_of(changed),
        ):
            if goes:
                return await self._administrators.take_away(account, changed, by.account_id)
            return await self._accounts.change_account(changed)

    async def end_sessions(self, account_id: UUID, by: Principal, witness: Witness) -> None:
        account = await self.find(account_id)
        async with witness.act(Action.SESSIONS_ENDED, by.account_id, account.id):
            await self._accounts.change_account(
                account.model_copy(update={"generation": account.generation + 1}),
            )

    async def set_member(
        self, workspace_id: str, account_id: UUID, by: Principal, witness: Witness, *, member: bool
    ) -> None:
        """Let an account be a member of a workspace, or not; harmless where it is so already."""
        await self.find_workspace(workspace_id)
        account = await self.find(account_id)
        if (workspace_id in account.workspaces) is member:
            return
        workspaces = account.workspaces | {workspace_id} if member else account.workspaces - {workspace_id}
        if len(workspaces) > MOST_WORKSPACES:
            raise conflict(f"An account has at most {MOST_WORKSPACES} workspaces.")
        action = Action.MEMBER_ADDED if member else Action.MEMBER_REMOVED
        changed = account.model_copy(update={"workspaces": workspaces})
        async with witness.act(action, by.account_id, account.id, owner=workspace_id, rights=rights_of(changed)):
            await self._accounts.change_account(changed)

    async def find_workspace(self, workspace_id: str) -> Workspace:
        workspace = await self._accounts.find_workspace(workspace_id)
        if workspace is None:
            raise not_found("There is no such workspace.")
        return workspace

    async def create_workspace(self, wish: WorkspaceWish, by: Principal, witness: Witness) -> Workspace:
        workspace = Workspace(
            id=wish.id,
            name=wish.name or wish.id,
            allowed_prefixes=_valid(wish.allowed_prefixes),
            created_at=datetime.now(UTC),
        )
        if await self._accounts.find_workspace(wish.id) is not None:
            raise AlreadyExists(f"workspace {wish.id} exists already")
        detail = f"prefixes: {_listed(workspace.allowed_prefixes)}"
        async with witness.act(Action.WORKSPACE_CREATED, by.account_id, wish.id, owner=wish.id, detail=detail):
            await self._accounts.create_workspace(workspace)
        return workspace

    async def change_workspace(
        self, workspace_id: str, changes: WorkspaceChanges, by: Principal, witness: Witness
    ) -> Workspace:
        workspace = await self.find_workspace(workspace_id)
        name = changes.name or workspace.name
        prefixes = workspace.allowed_prefixes if changes.allowed_prefixes is None else _valid(changes.allowed_prefixes)
        changed = workspace.model_copy(update={"name": name, "allowed_prefixes": prefixes})
        if changed == workspace:
            return workspace
        detail = f"prefixes: {_listed(workspace.allowed_prefixes)} -> {_listed(prefixes)}"
        async with witness.act(
            Action.WORKSPACE_CHANGED,
            by.account_id,
            workspace_id,
            owner=workspace_id,
            detail=detail,
            rights=Rights(prefixes=frozenset(prefixes)),
        ):
            if name != workspace.name:
                await self._accounts.rename_workspace(workspace_id, name)
            if prefixes != workspace.allowed_prefixes:
                await self._accounts.set_allowed_prefixes(workspace_id, prefixes)
        return changed

    async def require_workspaces(self, names: Iterable[str]) -> None:
        """Raise ``InvalidRequest`` where one of these workspaces does not exist."""
        for name in sorted(names):
            if await self._accounts.find_workspace(name) is None:
                message = f"There is no workspace {name}: make it first."
                raise InvalidRequest([FieldError(field="workspaces", message=message)])


def view_of(account: Account) -> AccountView:
    """Return the account as it may be shown."""
    shown = account.model_dump(include=set(AccountView.model_fields) - {"workspaces"})
    return AccountView(**shown, workspaces=tuple(sorted(account.workspaces)))


def rights_of(account: Account) -> Rights:
    """Return what the account may do, as an act upon it tells."""
    return Rights(active=account.active, role=account.role, workspaces=account.workspaces)


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


def _valid(prefixes: tuple[str, ...]) -> tuple[str, ...]:
    errors = []
    for number, prefix in enumerate(prefixes):
        try:
            validate_prefix(prefix)
        except ValueError as error:
            errors.append(FieldError(field=f"allowed_prefixes[{number}]", message=f"This {error}."))
    if errors:
        raise InvalidRequest(errors)
    return tuple(dict.fromkeys(prefixes))
