"""Workspaces and accounts, in Cassandra."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from infra.cassandra.session import CassandraSession
from infra.cursors import decode_cursor, encode_cursor
from infra.errors import AlreadyExists, ChangedMeanwhile, NotFound
from infra.settings.servers import CassandraSettings
from schemas.access.accounts import Account, Role, Workspace
from schemas.access.keeping import KeepingTimes
from schemas.images import DEFAULT_FEATURES, Feature
from schemas.queries import Page
from schemas.texts.moments import in_utc

CREATE_WORKSPACE = (
    "INSERT INTO {keyspace}.workspaces (id, name, allowed_prefixes, default_features, keep_location, keeping,"
    " created_at) VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
LIST_WORKSPACES = (
    "SELECT id, name, allowed_prefixes, default_features, keep_location, keeping, created_at, deleting_since"
    " FROM {keyspace}.workspaces"
)
FIND_WORKSPACE = f"{LIST_WORKSPACES} WHERE id = ?"
SET_PREFIXES = "UPDATE {keyspace}.workspaces SET allowed_prefixes = ? WHERE id = ? IF EXISTS"
REPLACE_PREFIXES = "UPDATE {keyspace}.workspaces SET allowed_prefixes = ? WHERE id = ? IF allowed_prefixes = ?"
SET_FEATURES = "UPDATE {keyspace}.workspaces SET default_features = ? WHERE id = ? IF EXISTS"
SET_KEEP_LOCATION = "UPDATE {keyspace}.workspaces SET keep_location = ? WHERE id = ? IF EXISTS"
SET_KEEPING = "UPDATE {keyspace}.workspaces SET keeping = ? WHERE id = ? IF EXISTS"
RENAME = "UPDATE {keyspace}.workspaces SET name = ? WHERE id = ? IF EXISTS"
# Not one that was created anew since: it is another workspace of the same name.
CLOSE = "UPDATE {keyspace}.workspaces SET deleting_since = ? WHERE id = ? IF created_at <= ?"
DELETE_WORKSPACE = "DELETE FROM {keyspace}.workspaces WHERE id = ? IF created_at <= ?"
CREATE_ACCOUNT = (
    "INSERT INTO {keyspace}.accounts (name, password_hash, role, workspaces, active, generation, version, id,"
    " created_at, email) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
CHANGE_ACCOUNT = (
    "UPDATE {keyspace}.accounts SET name = ?, password_hash = ?, role = ?, workspaces = ?, active = ?, generation = ?,"
    " version = ? WHERE email = ? IF id = ? AND version = ?"
)
NAME_ACCOUNT = "INSERT INTO {keyspace}.accounts_by_id (id, email) VALUES (?, ?)"
FIND_ACCOUNT = (
    "SELECT email, id, name, password_hash, role, workspaces, active, created_at, generation, version"
    " FROM {keyspace}.accounts WHERE email = ?"
)
LIST_ACCOUNTS = (
    "SELECT email, id, name, password_hash, role, workspaces, active, created_at, generation, version,"
    " token(email) AS place FROM {keyspace}.accounts WHERE token(email) > ? LIMIT ?"
)
FIND_EMAIL = "SELECT email FROM {keyspace}.accounts_by_id WHERE id = ?"
FIRST_PLACE = -(2**63)
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
        prefixes, features = list(workspace.allowed_prefixes), list(workspace.default_features)
        keeping = workspace.keep.model_dump_json(exclude_none=True)
        how = (workspace.keep_location, keeping)
        values = (workspace.id, workspace.name, prefixes, features, *how, workspace.created_at)
        if not await self._change(CREATE_WORKSPACE, values):
            raise AlreadyExists(f"workspace {workspace.id} exists already, or is being deleted")

    async def find_workspace(self, workspace_id: str) -> Workspace | None:
        """Return the workspace; None where there is none, or where it is being deleted."""
        rows = await self._session.execute(FIND_WORKSPACE, (workspace_id,))
        found = _workspace(rows[0]) if rows else None
        return found if found is not None and found.deleting_since is None else None

    async def close_workspace(self, workspace: str, since: datetime) -> bool:
        """Let nothing be accepted for a workspace any more; False where none of this name is as old as ``since``."""
        return await self._change(CLOSE, (since, workspace, since))

    async def delete_workspace(self, workspace: str, since: datetime) -> None:
        """Delete a workspace that was closed; harmless where it is gone, or was created anew."""
        await self._change(DELETE_WORKSPACE, (workspace, since))

    async def list_workspaces(self) -> tuple[Workspace, ...]:
        """Return every workspace, by id, and those that are being deleted as well."""
        workspaces = [_workspace(row) async for row in self._session.stream(LIST_WORKSPACES)]
        return tuple(sorted(workspaces, key=lambda workspace: workspace.id))

    async def set_allowed_prefixes(self, workspace_id: str, prefixes: tuple[str, ...]) -> None:
        """Replace what may be fetched on the workspace's behalf; raises ``NotFound``."""
        if not await self._change(SET_PREFIXES, (list(prefixes), workspace_id)):
            raise NotFound(f"there is no workspace {workspace_id}")

    async def replace_allowed_prefixes(
        self, workspace_id: str, known: tuple[str, ...], prefixes: tuple[str, ...]
    ) -> None:
        """The same while they are still the ``known`` ones; raises ``ChangedMeanwhile`` where they are not."""
        if not await self._change(REPLACE_PREFIXES, (list(prefixes), workspace_id, list(known))):
            raise ChangedMeanwhile(
                f"the prefixes of workspace {workspace_id} were changed by another at the same moment"
            )

    async def set_default_features(self, workspace_id: str, features: tuple[Feature, ...]) -> None:
        """Replace what a reference is answered that names no features; raises ``NotFound``."""
        if not await self._change(SET_FEATURES, (list(features), workspace_id)):
            raise NotFound(f"there is no workspace {workspace_id}")

    async def set_keep_location(self, workspace_id: str, keep_location: bool) -> None:
        """Choose whether results keep where pictures were taken; raises ``NotFound``."""
        if not await self._change(SET_KEEP_LOCATION, (keep_location, workspace_id)):
            raise NotFound(f"there is no workspace {workspace_id}")

    async def set_keeping(self, workspace_id: str, keep: KeepingTimes) -> None:
        """Choose how long the workspace keeps what; raises ``NotFound``."""
        if not await self._change(SET_KEEPING, (keep.model_dump_json(exclude_none=True), workspace_id)):
            raise NotFound(f"there is no workspace {workspace_id}")

    async def rename_workspace(self, workspace_id: str, name: str) -> None:
        """Give the workspace another name for people; raises ``NotFound``."""
        if not await self._change(RENAME, (name, workspace_id)):
            raise NotFound(f"there is no workspace {workspace_id}")

    async def create_account(self, account: Account) -> None:
        """Raises ``AlreadyExists`` where the address, in whatever case, belongs to another account."""
        email = account.email.casefold()
        # First, since a name that leads to another's account is not followed, but a missing one could not be found.
        await self._session.execute(NAME_ACCOUNT, (account.id, email))
        if not await self._change(CREATE_ACCOUNT, (*_changing(account), account.id, account.created_at, email)):
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

    async def change_account(self, account: Account) -> Account:
        """Keep ``account`` with its changes and return it with its new version.

        Raises ``ChangedMeanwhile`` where it is no longer of the version that ``account`` has; then nothing changes.
        """
        changed = account.model_copy(update={"version": account.version + 1})
        # Accounts of before there were versions have none.
        seen = account.version or None
        if not await self._change(CHANGE_ACCOUNT, (*_changing(changed), account.email.casefold(), account.id, seen)):
            raise ChangedMeanwhile("the account was changed by another at the same moment")
        return changed

    async def list_accounts(self, limit: int, cursor: str | None = None, workspace: str | None = None) -> Page[Account]:
        """Return accounts, in no order that tells anything; of one workspace alone, pages may be short."""
        listing = ("accounts", workspace)
        place = FIRST_PLACE if cursor is None else decode_cursor(listing, cursor, (int,))[0]
        rows = await self._session.execute(LIST_ACCOUNTS, (place, limit))
        accounts = [account for account in map(_account, rows) if workspace is None or workspace in account.workspaces]
        more = encode_cursor(listing, (rows[-1].place,)) if len(rows) == limit else None
        return Page(items=tuple(accounts), next_cursor=more)

    async def ping(self) -> None:
        """Return if Cassandra answers; raises ``TransientError`` if not."""
        await self._session.execute(PING)

    async def close(self) -> None:
        await self._session.close()

    async def _change(self, statement: str, values: tuple[Any, ...]) -> bool:
        """Run a conditional write; False where its condition did not hold."""
        rows = await self._session.execute(statement, values, idempotent=False)
        return bool(rows[0].applied)


def _changing(account: Account) -> tuple[Any, ...]:
    """The values that may change, in the order in which statements have them."""
    return (
        account.name,
        account.password_hash,
        account.role.value,
        set(account.workspaces),
        account.active,
        account.generation,
        account.version or None,
    )


def _workspace(row: Any) -> Workspace:
    return Workspace(
        id=row.id,
        name=row.name,
        allowed_prefixes=tuple(row.allowed_prefixes or ()),
        default_features=tuple(map(Feature, row.default_features or DEFAULT_FEATURES)),
        keep_location=bool(row.keep_location),
        keep=KeepingTimes.model_validate_json(row.keeping or "{}"),
        created_at=row.created_at.replace(tzinfo=UTC),
        deleting_since=in_utc(row.deleting_since),
    )


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        password_hash=row.password_hash,
        role=Role(row.role),
        workspaces=frozenset(row.workspaces or ()),
        active=row.active,
        created_at=row.created_at.replace(tzinfo=UTC),
        generation=row.generation or 0,
        version=row.version or 0,
    )
