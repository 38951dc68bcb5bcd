"""What the commands that show and measure need of the HTTP API: an account made for them, and a client logged in."""

import secrets
from dataclasses import dataclass, field

import httpx

from infra.embedded.platform import Platform
from infra.errors import VedetteError

PASSWORD_BYTES = 18
TIMEOUT_S = 10.0


class LoginRefused(VedetteError):
    """The API did not take the account; the message says what it answered."""


@dataclass(frozen=True)
class MeasuringAccount:
    """An account that sees one workspace."""

    email: str
    workspace: str
    password: str = field(repr=False)


def new_account(email: str, workspace: str) -> MeasuringAccount:
    """Return an account that is yet to be created, with a password made here."""
    return MeasuringAccount(email, workspace, secrets.token_urlsafe(PASSWORD_BYTES))


def create_account(platform: Platform, account: MeasuringAccount, allowed_prefix: str) -> None:
    """Create an account and its workspace, which may have images fetched from ``allowed_prefix``.

    Raises ``StackError`` with the command's words if the account cannot be created.
    """
    names = ("--email", account.email, "--workspace", account.workspace, "--allow", allowed_prefix)
    platform.run(
        *("admin", "create", "--role", "user", *names), environment={"VEDETTE_ADMIN_PASSWORD": account.password}
    )


def connect(port: int) -> httpx.Client:
    """Return a client of the API on this machine; to be closed by the caller."""
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT_S)


def log_in(api: httpx.Client, account: MeasuringAccount) -> None:
    """Let ``api`` carry a token from now on; raises ``LoginRefused`` if the API gives none."""
    answer = api.post("/v1/auth/token", json={"email": account.email, "password": account.password})
    if answer.status_code != httpx.codes.OK:
        raise LoginRefused(f"the API refused {account.email}: {answer.status_code} {answer.text}")
    api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
