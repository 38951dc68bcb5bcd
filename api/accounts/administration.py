"""What administrators do from the command line: accounts and workspaces."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import structlog
from pydantic import EmailStr, TypeAdapter, ValidationError
from rich.table import Table

from api.security.passwords.hashing import hash_password, require_strong_password
from api.services import Accounts
from infra.cassandra.accounts.accounts import AccountStore
from infra.errors import AlreadyExists, ConfigurationError, NotFound
from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import Act, Acts, whoever
from infra.settings.settings import Settings
from infra.terminal import Console
from schemas.access.accounts import Account, Role, Workspace
from schemas.access.prefixes import validate_prefix
from schemas.activity import Action, Rights
from schemas.images import Owner

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)

EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)
OWNER: TypeAdapter[str] = TypeAdapter(Owner)


class AccountRegistry(Accounts, Protocol):
    """Where accounts and workspaces are made."""

    async def create_account(self, account: Account) -> None: ...
    async def create_workspace(self, workspace: Workspace) -> None: ...
    async def set_allowed_prefixes(self, workspace_id: str, prefixes: tuple[str, ...]) -> None: ...


@dataclass(frozen=True)
class AccountWish:
    """The account that is wanted, and its workspaces, which are made where they are missing."""

    email: str
    role: Role
    workspaces: tuple[str, ...]
    workspace_name: str | None = None
    prefixes: tuple[str, ...] = ()


def run(settings: Settings, action: Callable[[AccountStore], Awaitable[Answer]]) -> Answer:
    """Return what ``action`` answers, given a connection to the accounts."""

    async def connected() -> Answer:
        accounts = await AccountStore.connect(settings.cassandra)
        try:
            return await action(accounts)
        finally:
            await accounts.close()

    return asyncio.run(connected())


def run_recorded(settings: Settings, action: Callable[[AccountStore, Act], Awaitable[Answer]]) -> Answer:
    """Return what ``action`` answers, given a connection to the accounts and what records each act first."""

    async def connected(accounts: AccountStore) -> Answer:
        async with EventPublisher(settings.kafka) as publisher:
            return await action(accounts, Acts(publisher).act)

    return run(settings, connected)


def check(wish: AccountWish) -> None:
    """Raise ``ConfigurationError`` for what can be told to be wrong without asking the store."""
    _valid(EMAIL, wish.email, "--email: this is no e-mail address")
    for workspace in wish.workspaces:
        new_workspace(workspace, wish.workspace_name, wish.prefixes)


async def create_account(accounts: AccountRegistry, wish: AccountWish, password: str, act: Act) -> list[str]:
    """Create the account, and its workspaces where they are missing; returns a line on each thing done.

    Each of these is an act of its own, which ``act`` records first. Raises ``WeakPassword``, and ``AlreadyExists``
    where the address has an account; then nothing has changed.
    """
    require_strong_password(password, wish.email)
    if await accounts.find_account(wish.email) is not None:
        raise AlreadyExists("an account with this e-mail address exists already")
    done = [line for workspace in wish.workspaces for line in await _ensure_workspace(accounts, workspace, wish, act)]
    account = Account(
        id=uuid.uuid4(),
        email=wish.email,
        password_hash=await asyncio.to_thread(hash_password, password),
        role=wish.role,
        workspaces=frozenset(wish.workspaces),
        created_at=datetime.now(UTC),
    )
    detail = f"role: {wish.role.value}; workspaces: {', '.join(wish.workspaces)}"
    async with act(Action.ACCOUNT_CREATED, whoever(), account.id, detail=detail):
        await accounts.create_account(account)
    return [*done, f"account {wish.email} created: {wish.role.value} in {', '.join(wish.workspaces)}"]


async def set_password(accounts: AccountRegistry, email: str, password: str, act: Act) -> None:
    """Give an account another password, and end its log-ins; ``act`` records that first. Raises ``NotFound``."""
    account = await accounts.find_account(email)
    if account is None:
        raise NotFound("there is no account with this e-mail address")
    password_hash = await asyncio.to_thread(hash_password, password)
    changes = {"password_hash": password_hash, "generation": account.generation + 1}
    async with act(Action.PASSWORD_CHANGED, whoever(), account.id):
        await accounts.change_account(account.model_copy(update=changes))


async def create_workspace(accounts: AccountRegistry, workspace: Workspace, act: Act) -> None:
    """Create a workspace; raises ``AlreadyExists``."""
    detail = f"prefixes: {', '.join(workspace.allowed_prefixes) or 'none'}"
    async with act(Action.WORKSPACE_CREATED, whoever(), workspace.id, owner=workspace.id, detail=detail):
        await accounts.create_workspace(workspace)


async def allow(
    accounts: AccountRegistry, workspace_id: str, prefixes: tuple[str, ...], act: Act, *, replace: bool = False
) -> tuple[str, ...]:
    """Allow ``prefixes`` beside the present ones, or instead of them; returns all that count now.

    ``act`` records that first, unless it changes nothing.
    """
    workspace = await accounts.find_workspace(workspace_id)
    if workspace is None:
        raise NotFound(f"there is no workspace {workspace_id}: see `vedette admin workspace list`")
    kept = prefixes if replace else tuple(dict.fromkeys((*workspace.allowed_prefixes, *prefixes)))
    if kept == workspace.allowed_prefixes:
        return kept
    detail = f"prefixes: {', '.join(workspace.allowed_prefixes) or 'none'} -> {', '.join(kept) or 'none'}"
    rights = Rights(prefixes=frozenset(kept))
    async with act(Action.WORKSPACE_CHANGED, whoever(), workspace_id, owner=workspace_id, detail=detail, rights=rights):
        await accounts.set_allowed_prefixes(workspace_id, kept)
    return kept


def new_workspace(workspace_id: str, name: str | None, prefixes: tuple[str, ...]) -> Workspace:
    """Return a new workspace; raises ``ConfigurationError``."""
    _valid(OWNER, workspace_id, f"workspace {workspace_id!r}: use lower-case letters, digits and hyphens, at most 63")
    try:
        return Workspace(
            id=workspace_id,
            name=name or workspace_id,
            allowed_prefixes=valid_prefixes(prefixes),
            created_at=datetime.now(UTC),
        )
    except ValidationError:
        raise ConfigurationError("the workspace's name must have 1 to 200 characters") from None


def valid_prefixes(prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``prefixes``, each once; raises ``ConfigurationError`` saying what to write instead."""
    for prefix in prefixes:
        try:
            validate_prefix(prefix)
        except ValueError as error:
            raise ConfigurationError(f"prefix {prefix!r} {error}") from None
    return tuple(dict.fromkeys(prefixes))


def print_workspaces(workspaces: Sequence[Workspace]) -> None:
    """Print one row a workspace."""
    table = Table("workspace", "name", "may have images fetched from")
    for workspace in workspaces:
        table.add_row(workspace.id, workspace.name, "\n".join(workspace.allowed_prefixes) or "nowhere")
    Console(highlight=False, markup=False).print(table)


async def _ensure_workspace(accounts: AccountRegistry, workspace_id: str, wish: AccountWish, act: Act) -> list[str]:
    if await accounts.find_workspace(workspace_id) is None:
        await create_workspace(accounts, new_workspace(workspace_id, wish.workspace_name, wish.prefixes), act)
        return [f"workspace {workspace_id} created"]
    if wish.prefixes:
        await allow(accounts, workspace_id, valid_prefixes(wish.prefixes), act)
    return [f"workspace {workspace_id} was there already"]


def _valid(kind: TypeAdapter[str], value: str, problem: str) -> None:
    try:
        kind.validate_python(value)
    except ValidationError:
        raise ConfigurationError(problem) from None
