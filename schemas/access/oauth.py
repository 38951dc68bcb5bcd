"""Applications of others: what they may ask for, what people consented to, and the codes between."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.access.accounts import DisplayName, Scope
from schemas.images import Frozen, Owner

CODE_LIFETIME_S = 60

ClientId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]

# What an application can be allowed at all, and what one can do that acts for nobody but itself.
FOR_CLIENTS = frozenset(Scope) - {Scope.ACCOUNT}
FOR_CLIENTS_THEMSELVES = FOR_CLIENTS - {Scope.PROFILE_READ}


class Grant(StrEnum):
    """A way to get tokens, as RFC 6749 names them."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a grant's name, nothing secret
    CLIENT_CREDENTIALS = "client_credentials"


class OAuthClient(Frozen):
    """An application; without ``digest`` it is a public one, which cannot keep a secret.

    ``workspaces`` confines it, whatever the person who consents may see.
    """

    id: ClientId
    name: DisplayName
    digest: bytes | None = Field(default=None, repr=False)
    native: bool = False
    grants: frozenset[Grant]
    redirect_uris: tuple[str, ...] = ()
    scopes: frozenset[Scope]
    workspaces: frozenset[Owner] | None = None
    created_at: datetime
    revoked_at: datetime | None = None
    suspended_at: datetime | None = None
    version: int = 0

    @property
    def lasts(self) -> bool:
        """Whether the client is there to be used, or would be if it were released."""
        return self.revoked_at is None

    @property
    def counts(self) -> bool:
        """Whether the client may be used."""
        return self.lasts and self.suspended_at is None


class Consent(Frozen):
    """What a person lets a client do; ``id`` is another one once the consent was withdrawn and given anew."""

    id: UUID
    account_id: UUID
    client_id: ClientId
    scopes: frozenset[Scope]
    given_at: datetime


class AuthorizationCode(Frozen):
    """What a code stands for; ``session_id`` is the session that it will begin, so that its re-use can end that."""

    client_id: ClientId
    account_id: UUID
    generation: int
    consent_id: UUID
    session_id: UUID
    redirect_uri: str
    scopes: frozenset[Scope]
    challenge: str = Field(description="Of PKCE, by S256.")
    issued_at: datetime


class BrowserLogIn(Frozen):
    """A person whose browser is about to decide about a client."""

    account_id: UUID
    generation: int
