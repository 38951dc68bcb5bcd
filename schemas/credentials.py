"""What stands for an account without its password: sessions and API keys."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.accounts import DisplayName, Scope
from schemas.images import Frozen, Owner

KEY_PREFIX_PATTERN = r"^[a-z0-9]{10}$"

KeyPrefix = Annotated[str, StringConstraints(pattern=KEY_PREFIX_PATTERN)]


class Session(Frozen):
    """One log-in and all the refresh tokens that follow from it; ``generation`` is its account's at the log-in."""

    id: UUID
    account_id: UUID
    generation: int
    began_at: datetime
    ends_at: datetime


class ApiKey(Frozen):
    """A program's key: what it may be used for, and the digest of its secret.

    Without ``workspaces`` it reaches whatever its owner does.
    """

    prefix: KeyPrefix
    digest: bytes = Field(repr=False)
    account_id: UUID
    name: DisplayName
    scopes: frozenset[Scope]
    workspaces: frozenset[Owner] | None = None
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def counts_at(self, now: datetime) -> bool:
        """Whether the key may be used at this moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
