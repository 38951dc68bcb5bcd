"""Access tokens: short-lived JWTs signed with Ed25519, in the shape of RFC 9068."""

import base64
import binascii
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from api.security.tokens.signing_keys import ALGORITHM, KeySource
from infra.errors import VedetteError
from infra.settings.api import ApiSettings
from schemas.access.accounts import Account, Role, Scope
from schemas.access.credentials import Session
from schemas.images import Frozen, Owner

TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type, nothing secret
REQUIRED = ["iss", "aud", "sub", "sid", "role", "workspaces", "iat", "nbf", "exp", "jti"]
# Clocks of two machines that run the API may differ a little.
LEEWAY_S = 5
# A token of ours with a hundred workspaces of 63 letters stays below.
MOST_CHARACTERS = 12_000
# PyJWT passes over characters that are not base64: each would make another token of the same signature.
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)")


class InvalidToken(VedetteError):
    """The token is not one of ours, or counts no longer; why is told to nobody."""


class MissingToken(InvalidToken):
    """The request carries no token at all."""


class Claims(Frozen):
    """What a verified token says."""

    sub: uuid.UUID
    sid: uuid.UUID
    role: Role
    workspaces: tuple[Owner, ...]
    jti: str
    exp: datetime
    client_id: str | None = None
    scope: str = ""


class TokenSigner:
    """Signs access tokens, and accepts none but its own."""

    def __init__(self, keys: KeySource, settings: ApiSettings) -> None:
        self._keys = keys
        self._settings = settings

    @property
    def lifetime_s(self) -> int:
        """How long a new token counts."""
        return self._settings.token_lifetime_s

    def sign(self, account: Account, session_id: uuid.UUID) -> str:
        """Return a token for ``account`` that counts from now on, as long as the session does."""
        return self._sign(account.id, session_id, account.role, account.workspaces)

    def sign_for_client(self, session: Session, account: Account | None, scopes: Iterable[Scope]) -> str:
        """Return a token with which a client acts for ``account``, or for itself where there is none."""
        role = Role.USER if account is None else account.role
        workspaces = frozenset[str]() if account is None else account.workspaces
        granted = {"client_id": session.client_id, "scope": " ".join(sorted(scopes))}
        return self._sign(session.account_id, session.id, role, workspaces, granted)

    def _sign(
        self,
        subject: uuid.UUID,
        session_id: uuid.UUID,
        role: Role,
        workspaces: Iterable[str],
        more: Mapping[str, object] = MappingProxyType({}),
    ) -> str:
        now = datetime.now(UTC)
        keys = self._keys.keys()
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": str(subject),
            "sid": str(session_id),
            "role": role.value,
            "workspaces": sorted(workspaces),
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(seconds=self.lifetime_s),
            "jti": str(uuid.uuid4()),
            **more,
        }
        return jwt.encode(claims, keys.newest, ALGORITHM, headers={"typ": TOKEN_TYPE, "kid": keys.newest_id})

    def verify(self, token: str) -> Claims:
        """Return what ``token`` says; raises ``InvalidToken`` for anything that this signer did not sign for now."""
        _require_canonical(token)
        try:
            return Claims.model_validate(self._decode(token, self._key_of(token)))
        except (jwt.PyJWTError, ValidationError, UnicodeError, RecursionError) as error:
            raise InvalidToken(f"the token does not count: {type(error).__name__}") from None

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys as a JWK set, for other services to verify our tokens."""
        return self._keys.keys().jwks()

    def secrets_for(self, purpose: bytes) -> tuple[bytes, ...]:
        """Return secrets of this installation for another purpose than tokens, the one of the newest key first."""
        return self._keys.keys().secrets_for(purpose)

    def _key_of(self, token: str) -> Ed25519PublicKey:
        header = jwt.get_unverified_header(token)
        key = self._keys.keys().find(str(header.get("kid")))
        if header.get("typ") != TOKEN_TYPE or key is None:
            raise InvalidToken("the token is of another kind, or signed with another key")
        return key

    def _decode(self, token: str, key: Ed25519PublicKey) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            # This one alone: neither `none` nor an HMAC keyed with the public key.
            algorithms=[ALGORITHM],
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=LEEWAY_S,
            options={"require": REQUIRED, "strict_aud": True},
        )
        return claims


def _require_canonical(token: str) -> None:
    """Refuse what is too long to be ours, and any other spelling of a token than the one that was signed."""
    found = COMPACT.fullmatch(token) if len(token) <= MOST_CHARACTERS else None
    if found is None or not _is_canonical(found[1]):
        raise InvalidToken("the token is not in the form that we write")


def _is_canonical(part: str) -> bool:
    """Whether ``part`` is the one way in which base64url writes its bytes: the last character may have spare bits."""
    try:
        # More padding than is needed does no harm.
        decoded = base64.urlsafe_b64decode(part + "==")
    except binascii.Error:
        return False
    return base64.urlsafe_b64encode(decoded).decode().rstrip("=") == part
