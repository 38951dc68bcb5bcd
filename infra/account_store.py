"""Workspaces and accounts, in Cassandra."""

from datetime import UTC
from typing import Any
from uuid import UUID

from infra.cassandra_session import CassandraSession
from infra.errors import AlreadyExists, NotFound
from infra.settings import CassandraSettings
from schemas.accounts import Account, Role, Workspace

CREATE_WORKSPACE = (
    "INSERT INTO {keyspace}.workspaces (id, name, allowed_prefixes, created_at) VALUES (?, ?, ?, ?) IF NOT EXISTS"
)
FIND_WORKSPACE = "SELECT id, name, allowed_prefixes, created_at FROM {keyspace}.workspaces WHERE id = ?"
LIST_WORKSPACES = "SELECT id, name, allowed_prefixes, created_at FROM {keyspace}.workspaces"
SET_PREFIXES = "UPDATE {keyspace}.workspaces SET allowed_prefixes = ? WHERE id = ? IF EXISTS"
CREATE_ACCOUNT = (
    "INSERT INTO {keyspace}.accounts (email, id, password_hash, role, workspaces, active, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
NAME_ACCOUNT = "INSERT INTO {keyspace}.accounts_by_id (id, email) VALUES (?, ?)"
FIND_ACCOUNT = (
    "SELECT email, id, password_hash, role, workspaces, active, created_at FROM {keyspace}.accounts WHERE email = ?"
)
FIND_EMAIL = "SELECT email FROM {keyspace}.accounts_by_id WHERE id = ?"
PING = "SELECT key FROM system.local"


class AccountStore:
    """Who may use the platform. Methods raise ``TransientError`` while Cassandra does not answer.

    A workspace or an address is created once: a conditional write decides between two that try at the same time.
    """

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> "AccountStore":
        """Connect to the cluster and the keyspace, which ``vedette migrate`` has set up."""
        return cls(await CassandraSession.connect(settings))

    async def create_workspace(self, workspace: Workspace) -> None:
        """Raises ``AlreadyExists`` where the id is taken by another workspace."""
        values = (workspace.id, workspace.name, list(workspace.allowed_prefixes), workspace.created_at)
        if not await self._change(CREATE_WORKSPACE, values):
            raise AlreadyExists(f"workspace {workspace.id} exists already")

    async def find_workspace(self, workspace_id: str) -> Workspace | None:
        rows = await self._session.execute(FIND_WORKSPACE, (workspace_id,))
        return _workspace(rows[0]) if rows else None

    async def list_workspaces(self) -> tuple[Workspace, ...]:
        """Return every workspace, by id."""
        workspaces = [_workspace(row) async for row in self._session.stream(LIST_WORKSPACES)]
        return tuple(sorted(workspaces, key=lambda workspace: workspace.id))

    async def set_allowed_prefixes(self, workspace_id: str, prefixes: tuple[str, ...]) -> None:
        """Replace what may be fetched on the workspace's behalf; raises ``NotFound``."""
        if not await self._change(SET_PREFIXES, (list(prefixes), workspace_id)):
            raise NotFound(f"there is no workspace {workspace_id}")

    async def create_account(self, account: Account) -> None:
        """Raises ``AlreadyExists`` where the address, in whatever case, belongs to another account."""
        email = account.email.casefold()
        # First, since a name that leads to another's account is not followed, but a missing one could not be found.
        await self._session.execute(NAME_ACCOUNT, (account.id, email))
        if not await self._change(CREATE_ACCOUNT, _account_values(account, email)):
            existing = await self.find_account(email)
            # The same account again is an attempt that was repeated because its answer got lost.
            if existing is None or existing.id != account.id:
                raise AlreadyExists("an account with this e-mail address exists already")

    async def find_account(self, email: str) -> Account | None:
        """Return the account that logs in with this address, in whatever case it is written."""
        rows = await self._session.execute(FIND_ACCOUNT, (email.casefold(),))
        return _account(rows[0]) if rows else None

    async def find_account_by_id(self, account_id: UUID) -> Account | None:
        rows = await self._session.execute(FIND_EMAIL, (account_id,))
        account = await self.find_account(rows[0].email) if rows else None
        return account if account is not None and account.id == account_id else None

    async def ping(self) -> None:
        """Return if Cassandra answers; raises ``TransientError`` if not."""
        await self._session.execute(PING)

    async def close(self) -> None:
        await self._session.close()

    async def _change(self, statement: str, values: tuple[Any, ...]) -> bool:
        """Run a conditional write; False where its condition did not hold."""
        rows = await self._session.execute(statement, values, idempotent=False)
        return bool(rows[0].applied)


def _account_values(account: Account, email: str) -> tuple[Any, ...]:
    return (
        email,
        account.id,
        account.password_hash,
        account.role.value,
        set(account.workspaces),
        account.active,
        account.created_at,
    )


def _workspace(row: Any) -> Workspace:
    return Workspace(
        id=row.id,
        name=row.name,
        allowed_prefixes=tuple(row.allowed_prefixes or ()),
        created_at=row.created_at.replace(tzinfo=UTC),
    )


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        password_hash=row.password_hash,
        role=Role(row.role),
        workspaces=frozenset(row.workspaces or ()),
        active=row.active,
        created_at=row.created_at.replace(tzinfo=UTC),
    )
