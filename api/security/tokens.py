"""Access tokens: short-lived JWTs signed with Ed25519, in the shape of RFC 9068."""

import base64
import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from infra.errors import VedetteError
from infra.settings import ApiSettings
from schemas.accounts import Account, Role
from schemas.images import Frozen, Owner

ALGORITHM = "EdDSA"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type, nothing secret
REQUIRED = ["iss", "aud", "sub", "role", "workspaces", "iat", "nbf", "exp", "jti"]
# Clocks of two machines that run the API may differ a little.
LEEWAY_S = 5


class InvalidToken(VedetteError):
    """The token is not one of ours, or counts no longer; why is told to nobody."""


class MissingToken(InvalidToken):
    """The request carries no token at all."""


class Claims(Frozen):
    """What a verified token says."""

    sub: uuid.UUID
    role: Role
    workspaces: tuple[Owner, ...]
    jti: str


class TokenSigner:
    """Signs access tokens, and accepts none but its own."""

    def __init__(self, key: Ed25519PrivateKey, settings: ApiSettings) -> None:
        self._key = key
        self._public = key.public_key()
        self._settings = settings
        self._jwk = _jwk(self._public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        self.key_id: str = self._jwk["kid"]

    @property
    def lifetime_s(self) -> int:
        """How long a new token counts."""
        return self._settings.token_lifetime_s

    def sign(self, account: Account) -> str:
        """Return a token for ``account`` that counts from now on."""
        now = datetime.now(UTC)
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": str(account.id),
            "role": account.role.value,
            "workspaces": sorted(account.workspaces),
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(seconds=self.lifetime_s),
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"typ": TOKEN_TYPE, "kid": self.key_id})

    def verify(self, token: str) -> Claims:
        """Return what ``token`` says; raises ``InvalidToken`` for anything that this signer did not sign for now."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TOKEN_TYPE or header.get("kid") != self.key_id:
                raise InvalidToken("the token is of another kind, or signed with another key")
            return Claims.model_validate(self._decode(token))
        except (jwt.PyJWTError, ValidationError, UnicodeError, RecursionError) as error:
            raise InvalidToken(f"the token does not count: {type(error).__name__}") from None

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public key as a JWK set, for other services to verify our tokens."""
        return {"keys": [self._jwk]}

    def _decode(self, token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            self._public,
            # This one alone: neither `none` nor an HMAC keyed with the public key.
            algorithms=[ALGORITHM],
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=LEEWAY_S,
            options={"require": REQUIRED, "strict_aud": True},
        )
        return claims


def _jwk(public: bytes) -> dict[str, str]:
    """The key as RFC 8037 writes it, named by its thumbprint (RFC 7638)."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}
    thumbprint = hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
    return {**members, "kid": _base64url(thumbprint), "alg": ALGORITHM, "use": "sig"}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
