"""What an account's owner does with its API keys: make, look at, revoke."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import ConfigDict, Field

from api.security.api_keys import GRANTABLE, NewKey, make_key
from api.services import Accounts, ApiKeys
from infra.errors import Conflict, FieldError, InvalidRequest, NotFound
from infra.operations.audit.acts import Act
from schemas.access.accounts import ROLE_SCOPES, DisplayName, Principal, Scope
from schemas.access.credentials import ApiKey, KeyPrefix
from schemas.activity import Action
from schemas.images import Frozen, Owner
from schemas.texts.numbers import WholeNumber

MOST_KEYS = 100
# Of those that count no longer: the oldest beyond these are forgotten when a key is made, so many of them at a time.
MOST_PAST_KEYS = 100
MOST_FORGOTTEN = 100
DAYS = 365


class KeyWish(Frozen):
    """The API key to create."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Scanner in the warehouse", "scopes": ["images:write"], "workspaces": ["shop"]}]
        },
    )

    name: DisplayName = Field(description="A name for people, for example where the key is used.")
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), description="The scopes of the key.")
    workspaces: list[Owner] | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="The workspaces that the key may reach. Default: all of yours.",
    )
    lifetime_days: WholeNumber | None = Field(
        default=DAYS, ge=1, le=3650, description="After how many days the key expires. With null, it never expires."
    )


class ApiKeyView(Frozen):
    """An API key without its secret."""

    prefix: KeyPrefix = Field(examples=["k3v9x0c1ab"], description="The key begins with `vdt_` and this prefix.")
    name: DisplayName
    scopes: tuple[Scope, ...]
    workspaces: tuple[Owner, ...] | None = None
    active: bool
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    suspended_at: datetime | None = Field(
        default=None, description="When a restore suspended it. It stays unusable until an administrator releases it."
    )
    used_at: datetime | None = Field(default=None, description="The time of the last use, accurate to about an hour.")


class KeyService:
    """Makes, shows and revokes keys; a key never reaches further than its owner, whatever it says."""

    def __init__(self, keys: ApiKeys, accounts: Accounts) -> None:
        self._keys = keys
        self._accounts = accounts

    async def make(self, caller: Principal, wish: KeyWish, act: Act) -> tuple[NewKey, ApiKeyView]:
        """Return a new key and how it is shown from now on.

        Raises ``InvalidRequest`` for what its owner may not do, and ``Conflict`` where there are too many keys.
        """
        await self._require_possible(caller, wish)
        now = datetime.now(UTC)
        await self._require_room(caller.account_id, now)
        made = make_key()
        key = ApiKey(
            prefix=made.prefix,
            digest=made.digest,
            account_id=caller.account_id,
            name=wish.name,
            scopes=frozenset(wish.scopes),
            workspaces=None if wish.workspaces is None else frozenset(wish.workspaces),
            created_at=now,
            expires_at=None if wish.lifetime_days is None else now + timedelta(days=wish.lifetime_days),
        )
        async with act(Action.KEY_CREATED, caller.account_id, key.prefix, detail=_listed(key.scopes)):
            await self._keys.create(key)
        return made, view_of_key(key)

    async def list_keys(self, account_id: UUID) -> tuple[ApiKeyView, ...]:
        """Return the account's keys, the newest first."""
        return tuple(map(view_of_key, await self._keys.list_keys(account_id)))

    async def find(self, caller: Principal, prefix: str) -> ApiKey:
        """Return a key of the caller's, or for administrators of anybody's; raises ``NotFound``."""
        key = await self._keys.find(prefix)
        if key is None or not (key.account_id == caller.account_id or Scope.ACCOUNTS_ADMIN in caller.scopes):
            raise NotFound("There is no such key.")
        return key

    async def revoke(self, key: ApiKey, by: object, act: Act) -> None:
        """Let the key count no longer; harmless where it was revoked already."""
        async with act(Action.KEY_REVOKED, by, key.prefix):
            await self._keys.revoke(key.account_id, key.prefix, datetime.now(UTC))

    async def _require_room(self, account_id: UUID, now: datetime) -> None:
        """Raise ``Conflict`` where there are too many keys that count; what others leave is bounded as well."""
        keys = await self._keys.list_keys(account_id)
        past = [key for key in keys if not key.lasts_at(now)]
        if len(keys) - len(past) >= MOST_KEYS:
            raise Conflict(f"There are {MOST_KEYS} keys already. Revoke one first.")
        for key in past[MOST_PAST_KEYS:][-MOST_FORGOTTEN:]:
            await self._keys.forget(account_id, key.prefix)

    async def _require_possible(self, caller: Principal, wish: KeyWish) -> None:
        allowed = ROLE_SCOPES[caller.role] & GRANTABLE
        errors = [
            FieldError(field=f"scopes[{number}]", message=f"This account can give these scopes: {_listed(allowed)}.")
            for number, scope in enumerate(wish.scopes)
            if scope not in allowed
        ]
        for number, workspace in enumerate(wish.workspaces or ()):
            if not caller.may_see(workspace) or await self._accounts.find_workspace(workspace) is None:
                message = "This account has no such workspace."
                errors.append(FieldError(field=f"workspaces[{number}]", message=message))
        if errors:
            raise InvalidRequest(errors)


def view_of_key(key: ApiKey) -> ApiKeyView:
    """Return the key without what opens anything."""
    return ApiKeyView(
        prefix=key.prefix,
        name=key.name,
        scopes=tuple(sorted(key.scopes)),
        workspaces=None if key.workspaces is None else tuple(sorted(key.workspaces)),
        active=key.counts_at(datetime.now(UTC)),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        suspended_at=key.suspended_at,
        used_at=key.used_at,
    )


def _listed(scopes: Iterable[Scope]) -> str:
    return ", ".join(sorted(scopes))
