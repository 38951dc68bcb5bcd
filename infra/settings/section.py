"""What sections of settings share: unknown names and weak secrets are refused."""

import orjson
from pydantic import BaseModel, ConfigDict, SecretStr

from schemas.texts.uris import OBJECT_STORES

SHORTEST_SECRET = 12
WEAK_SECRETS = frozenset({"cassandra", "password", "changeme", "secret", "admin", "elastic", "vedette"})


class Section(BaseModel):
    """One group of settings; an unknown name is an error, since a typing mistake must not be silent."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def require_strong(secret: SecretStr | None) -> SecretStr | None:
    """Refuse a secret that is short or well known; the message never repeats it."""
    if secret is None:
        return None
    value = secret.get_secret_value()
    if len(value) < SHORTEST_SECRET or value.strip().lower() in WEAK_SECRETS:
        raise ValueError(f"is too weak: use at least {SHORTEST_SECRET} characters that nobody can guess")
    return secret


def split_commas(value: object) -> object:
    """Accept ``a,b`` beside a JSON list, since that is what people type in a shell."""
    if isinstance(value, str):
        text = value.strip()
        return (
            orjson.loads(text) if text.startswith("[") else [part.strip() for part in text.split(",") if part.strip()]
        )
    return value


def folder_or_bucket(place: str | None) -> str | None:
    """Refuse what is neither a folder nor a prefix of an object store."""
    scheme, is_url, bucket = (place or "").partition("://")
    if is_url and (scheme not in OBJECT_STORES or not bucket.strip("/") or "?" in bucket):
        raise ValueError("must be a folder, or s3://, gs:// or az:// followed by the name of a bucket")
    return place
