"""Log-in, and the key with which others can verify our tokens."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from api.dependencies import ServicesDep
from api.errors import documented, unauthenticated

router = APIRouter(tags=["log-in"])


class LogIn(BaseModel):
    """An account's e-mail address and password."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"email": "ada@shop.example", "password": "seven words picked by dice"}]},
    )

    # Any text: an address that cannot be one is answered like one that nobody has.
    email: Annotated[str, StringConstraints(min_length=1, max_length=320)]
    password: SecretStr = Field(min_length=1, max_length=256)


class AccessToken(BaseModel):
    """A token to be sent as ``Authorization: Bearer …``; it counts for ``expires_in`` seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name, nothing secret
    expires_in: int = Field(examples=[900])


class Jwks(BaseModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, str]]


@router.post("/v1/auth/token", response_model=AccessToken, responses=documented(400, 401, 413, 422, 429, 503))
async def log_in(credentials: LogIn, services: ServicesDep) -> AccessToken | Response:
    """Exchange e-mail address and password for a short-lived token.

    An unknown address, a wrong password and a closed account get the same answer, after the same time.
    """
    account = await services.accounts.find_account(credentials.email)
    matches = await services.passwords.verify(
        credentials.password.get_secret_value(), None if account is None else account.password_hash
    )
    if account is None or not account.active or not matches:
        return unauthenticated("E-mail address or password are wrong, or the account is closed.")
    return AccessToken(access_token=services.tokens.sign(account), expires_in=services.tokens.lifetime_s)


@router.get("/.well-known/jwks.json")
async def read_keys(services: ServicesDep, response: Response) -> Jwks:
    """Return the public key that verifies our tokens."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return Jwks.model_validate(services.tokens.jwks())
