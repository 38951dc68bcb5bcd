"""OAuth clients: their secrets, and what a client may do at the moment, for a person or as itself."""

import hmac
from uuid import UUID

from api.security.sessions import is_open
from api.security.tokens.access_tokens import Claims, InvalidToken
from api.security.tokens.opaque_tokens import digest_of
from schemas.access.accounts import ROLE_SCOPES, Account, Principal, Role, Scope
from schemas.access.credentials import Session
from schemas.access.oauth import FOR_CLIENTS, FOR_CLIENTS_THEMSELVES, Consent, OAuthClient

SECRET_KIND = "vds"  # noqa: S105 - what stands before a secret


def secret_matches(secret: str, client: OAuthClient) -> bool:
    """Whether this is the client's secret; takes as long for any difference. A public client has none."""
    return client.digest is not None and hmac.compare_digest(digest_of(secret), client.digest)


def scopes_of_claims(claims: Claims) -> frozenset[Scope]:
    """Return the scopes that a token names, those that are none of ours left out."""
    return frozenset(scope for scope in Scope if scope.value in claims.scope.split())


def act_as_itself(client: OAuthClient | None, session: Session, claims: Claims) -> Principal:
    """Return what a client may do that acts for nobody; raises ``InvalidToken``."""
    client = _require_counting(client, session, claims)
    everywhere = client.workspaces is None
    return Principal(
        account_id=session.account_id,
        # Where it is confined, its scopes and workspaces are all it has; where not, its scopes alone limit it.
        role=Role.ADMIN if everywhere else Role.USER,
        workspaces=client.workspaces or frozenset(),
        scopes=scopes_of_claims(claims) & session.scopes & client.scopes & FOR_CLIENTS_THEMSELVES,
        confined=not everywhere,
        client_id=client.id,
        session_id=session.id,
    )


def act_for(
    client: OAuthClient | None, session: Session, claims: Claims, account: Account | None, consent: Consent | None
) -> Principal:
    """Return what a client may do for a person: what both may, and the person consented to; raises ``InvalidToken``."""
    client = _require_counting(client, session, claims)
    if account is None or not is_open(session, account) or not stands(consent, session.consent_id):
        raise InvalidToken("the session is over, its account closed, or the consent withdrawn")
    asked = scopes_of_claims(claims) & session.scopes & client.scopes
    return Principal(
        account_id=account.id,
        role=account.role,
        workspaces=_reach(client, account),
        scopes=asked & ROLE_SCOPES[account.role] & FOR_CLIENTS,
        confined=client.workspaces is not None,
        client_id=client.id,
        session_id=session.id,
    )


def stands(consent: Consent | None, consent_id: UUID | None) -> bool:
    """Whether this very consent stands; one that was withdrawn and given anew is another."""
    return consent is not None and consent.id == consent_id


def _require_counting(client: OAuthClient | None, session: Session, claims: Claims) -> OAuthClient:
    if client is None or not client.counts or claims.client_id != session.client_id:
        raise InvalidToken("the client was revoked, or the token is another client's")
    return client


def _reach(client: OAuthClient, account: Account) -> frozenset[str]:
    if client.workspaces is None:
        return account.workspaces
    return client.workspaces & account.workspaces if account.role is Role.USER else client.workspaces
