"""Who may ask, and about whose images."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, EmailStr, Field, SecretStr, StringConstraints

from schemas.access.keeping import KeepingTimes
from schemas.images import DEFAULT_FEATURES, Feature, Frozen, Owner


def require_utf8(secret: SecretStr) -> SecretStr:
    """Return ``secret`` unchanged; raises ``ValueError`` for text that UTF-8 has no bytes for, as half a character."""
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        # What the error would repeat is secret.
        raise ValueError("this text contains invalid characters: send text in UTF-8") from None
    return secret


# JSON can write halves of characters, and pydantic looks at no secret's text.
Secret = Annotated[SecretStr, AfterValidator(require_utf8)]
ShownSecret = Annotated[Secret, Field(min_length=1, max_length=256)]
Password = Annotated[Secret, Field(min_length=12, max_length=256)]
# The pattern says to readers of the documentation what is stripped before it is looked at.
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"\S")]


class Role(StrEnum):
    """What an account may do.

    A ``user`` sees its own workspaces, an ``analyst`` sees all results, an ``admin`` may do everything.
    """

    ADMIN = "admin"
    ANALYST = "analyst"
    USER = "user"


class Scope(StrEnum):
    """One kind of permission. A route requires one scope; an API key has those that it was created with."""

    IMAGES_WRITE = "images:write"
    RESULTS_READ = "results:read"
    ACTIVITY_READ = "activity:read"
    AUDIT_READ = "audit:read"
    LETTERS_READ = "dead-letters:read"
    LETTERS_WRITE = "dead-letters:write"
    ACCOUNTS_ADMIN = "accounts:admin"
    MODELS_ADMIN = "models:admin"
    PROFILE_READ = "profile:read"
    # What a person does with their own account after logging in; no key or program is ever given it.
    ACCOUNT = "account"


SCOPE_PURPOSES: Mapping[Scope, str] = {
    Scope.IMAGES_WRITE: "Send images and pictures, and delete images",
    Scope.RESULTS_READ: "See images, results, searches, statistics and workspaces",
    Scope.ACTIVITY_READ: "See activity without administrative acts, and the platform's state",
    Scope.AUDIT_READ: "See the audit trail: log-ins and administrative acts",
    Scope.LETTERS_READ: "See dead letters and the messages in them",
    Scope.LETTERS_WRITE: "Replay and discard dead letters",
    Scope.ACCOUNTS_ADMIN: "Administer accounts, invitations, workspaces and applications",
    Scope.MODELS_ADMIN: "See, promote and roll back pipelines",
    Scope.PROFILE_READ: "See your name, address, role and workspaces",
    Scope.ACCOUNT: "Change your own account, keys and consents",
}
ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset(Scope),
    Role.ANALYST: frozenset({Scope.RESULTS_READ, Scope.ACTIVITY_READ, Scope.PROFILE_READ, Scope.ACCOUNT}),
    Role.USER: frozenset({Scope.IMAGES_WRITE, Scope.RESULTS_READ, Scope.PROFILE_READ, Scope.ACCOUNT}),
}


class Workspace(Frozen):
    """A workspace: the prefixes from which its images may be fetched, and how they are recognised."""

    id: Owner
    name: DisplayName
    allowed_prefixes: tuple[str, ...] = Field(description="For example s3://shop-*/ or https://img.shop.example/.")
    default_features: tuple[Feature, ...] = Field(
        default=DEFAULT_FEATURES, description="The features of a reference that names none."
    )
    keep_location: bool = Field(
        default=False, description="Whether results keep where EXIF says that a picture was taken."
    )
    keep: KeepingTimes = Field(default=KeepingTimes(), description="How long the workspace keeps what.")
    created_at: datetime
    deleting_since: datetime | None = Field(
        default=None, description="When its deletion began. It accepts nothing more, and is gone once that is done."
    )


class Account(Frozen):
    """A person who can log in; ``password_hash`` is an argon2id string.

    ``version`` counts changes of any kind. ``generation`` counts those that end what was handed out before, such as a
    new password: a session of an earlier generation counts no longer.
    """

    id: UUID
    email: EmailStr
    name: DisplayName | None = None
    password_hash: str = Field(repr=False)
    role: Role
    workspaces: frozenset[Owner]
    active: bool = True
    created_at: datetime
    version: int = 0
    generation: int = 0


class Principal(Frozen):
    """Who is asking, as a verified token or API key tells it; ``scopes`` are what this one may be used for.

    ``confined`` marks a key or client that is for some workspaces alone: it sees those, whatever its owner's role.
    ``account_id`` of an OAuth client that acts as itself is the client's own id.
    """

    account_id: UUID
    role: Role
    workspaces: frozenset[Owner]
    scopes: frozenset[Scope]
    confined: bool = False
    session_id: UUID | None = None
    api_key: str | None = Field(default=None, description="The prefix of the API key that was shown, if one was.")
    client_id: str | None = Field(default=None, description="The OAuth client that asks, for itself or a person.")

    @property
    def acts_as_itself(self) -> bool:
        """Whether this is an OAuth client for which no account answers."""
        return self.client_id == str(self.account_id)

    @property
    def credential(self) -> str | None:
        """Name the API key or OAuth client that was shown; nothing where a person is logged in."""
        if self.client_id is not None:
            return f"client {self.client_id}"
        return None if self.api_key is None else f"key {self.api_key}"

    @property
    def program(self) -> str | None:
        """Name the API key, or the OAuth client and who it acts for; nothing where a person is logged in."""
        if self.client_id is not None:
            return bucket_of(self.account_id, self.client_id)
        return None if self.api_key is None else f"key {self.api_key}"

    @property
    def bucket(self) -> str:
        """Name with whom the caller shares what may be asked: each program by itself, an account's log-ins together."""
        return self.program or bucket_of(self.account_id)

    @property
    def sees_all(self) -> bool:
        """Whether results of every workspace may be shown."""
        return self.role in (Role.ADMIN, Role.ANALYST) and not self.confined

    def may_see(self, owner: str) -> bool:
        return self.sees_all or owner in self.workspaces

    def may_write(self, owner: str) -> bool:
        if self.role is Role.ADMIN and not self.confined:
            return True
        return self.role is not Role.ANALYST and owner in self.workspaces


def bucket_of(account_id: UUID, client_id: str | None = None) -> str:
    """Name what an account's log-ins may ask together, or what one OAuth client may for it."""
    return f"account {account_id}" if client_id is None else f"client {client_id} for {account_id}"
