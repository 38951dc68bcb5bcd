"""API keys: ``vdt_<prefix>_<secret>``, shown once when made."""

import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime

from api.security.tokens.access_tokens import InvalidToken
from api.security.tokens.opaque_tokens import SECRET_BYTES, digest_of
from schemas.access.accounts import ROLE_SCOPES, Account, Principal, Role, Scope
from schemas.access.credentials import ApiKey

KIND = "vdt"
PREFIX_CHARACTERS = string.ascii_lowercase + string.digits
PREFIX_LENGTH = 10
SHAPE = re.compile(r"vdt_([a-z0-9]{10})_[A-Za-z0-9_-]{43}")
GRANTABLE = frozenset(Scope) - {Scope.ACCOUNT}


class KeySuspended(InvalidToken):
    """The key is right, and counts again only once an administrator has released it."""


@dataclass(frozen=True)
class NewKey:
    """A key's text, to be shown this once, and the two parts of it that are kept."""

    text: str = field(repr=False)
    prefix: str
    digest: bytes = field(repr=False)


def make_key() -> NewKey:
    """Return a new key of 256 random bits; its prefix tells nothing and only serves to find it."""
    prefix = "".join(secrets.choice(PREFIX_CHARACTERS) for _ in range(PREFIX_LENGTH))
    text = f"{KIND}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(text, prefix, digest_of(text))


def is_key(credential: str) -> bool:
    """Whether ``credential`` claims to be an API key."""
    return credential.startswith(f"{KIND}_")


def prefix_of(text: str) -> str:
    """Return a key's prefix; raises ``InvalidToken`` for what has not a key's form."""
    if (found := SHAPE.fullmatch(text)) is None:
        raise InvalidToken("this has not the form of an API key")
    return found[1]


def matches(text: str, key: ApiKey) -> bool:
    """Whether ``text`` is this key; takes as long for any difference."""
    return hmac.compare_digest(digest_of(text), key.digest)


def principal_of(key: ApiKey, owner: Account, now: datetime) -> Principal:
    """Return what the key stands for: never more than its owner may, as of now; raises ``InvalidToken``."""
    if owner.active and key.lasts_at(now) and not key.counts_at(now):
        raise KeySuspended("the key is suspended until an administrator releases it")
    if not owner.active or not key.counts_at(now):
        raise InvalidToken("the key was revoked or ran out, or its owner's account is closed")
    return Principal(
        account_id=owner.id,
        role=owner.role,
        workspaces=_reach(key, owner),
        scopes=key.scopes & ROLE_SCOPES[owner.role] & GRANTABLE,
        confined=key.workspaces is not None,
        api_key=key.prefix,
    )


def _reach(key: ApiKey, owner: Account) -> frozenset[str]:
    if key.workspaces is None:
        return owner.workspaces
    return key.workspaces & owner.workspaces if owner.role is Role.USER else key.workspaces
