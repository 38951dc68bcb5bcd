"""What stands for an account without its password: sessions, API keys, and tokens that are sent by mail."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import EmailStr, Field, StringConstraints

from schemas.access.accounts import DisplayName, Scope
from schemas.images import Frozen, Owner

KEY_PREFIX_PATTERN = r"^[a-z0-9]{10}$"

KeyPrefix = Annotated[str, StringConstraints(pattern=KEY_PREFIX_PATTERN)]


class Session(Frozen):
    """One log-in and all the refresh tokens that follow from it; ``generation`` is its account's at the log-in.

    With ``client_id`` it is an OAuth client's, for ``scopes`` alone, as long as the consent stands; without a consent
    the client acts as itself, and ``account_id`` is its own id.
    """

    id: UUID
    account_id: UUID
    generation: int
    began_at: datetime
    ends_at: datetime
    client_id: str | None = None
    consent_id: UUID | None = None
    scopes: frozenset[Scope] = frozenset()


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
    suspended_at: datetime | None = None
    used_at: datetime | None = None

    def lasts_at(self, now: datetime) -> bool:
        """Whether the key is there to be used at this moment, or would be if it were released."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def counts_at(self, now: datetime) -> bool:
        """Whether the key may be used at this moment."""
        return self.suspended_at is None and self.lasts_at(now)


class Purpose(StrEnum):
    """What a mailed token is for; one for one purpose counts for no other."""

    REGISTRATION = "registration"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, nothing secret


class Admission(Frozen):
    """An account that whoever reads the mail of this address may make: of an invitation, or unasked."""

    email: EmailStr
    name: DisplayName | None = None
    invitation_id: UUID | None = None


class PasswordReset(Frozen):
    """The right to set a password, for as long as the account's present ``generation`` lasts."""

    account_id: UUID
    generation: int
