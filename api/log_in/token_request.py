"""A log-in over HTTP, as any program does it: e-mail address and password against a token."""

import ipaddress
from urllib.parse import urlsplit

import httpx

from infra.errors import ConfigurationError, TransientError, VedetteError
from infra.settings.api import ApiSettings

TIMEOUT_S = 30.0


class LoginFailed(VedetteError):
    """The API gave no token; the message says why."""


def local_address(settings: ApiSettings) -> str:
    """Return where the API of these settings is reached from this machine."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def secure_address(api: str) -> str:
    """Return the address of an API that a password may be sent to; raises ``ConfigurationError`` for others."""
    try:
        parts = urlsplit(api)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise ConfigurationError(f"--api {api}: give an address such as https://vedette.shop.example")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise ConfigurationError(f"--api {api}: a password is sent by https alone, except to this machine")
    return api.rstrip("/")


def request_token(api: str, email: str, password: str) -> str:
    """Return an access token; raises ``LoginFailed``, and ``TransientError`` where no API answers at ``api``."""
    try:
        response = httpx.post(
            f"{api}/v1/auth/token", json={"email": email, "password": password}, timeout=TIMEOUT_S, trust_env=False
        )
    except httpx.HTTPError as error:
        raise TransientError(
            f"no API answers at {api} ({type(error).__name__}): start it with `vedette up --all` or `vedette serve`, "
            "or give its address with --api"
        ) from None
    if response.status_code != httpx.codes.OK:
        raise LoginFailed(f"no token: {_explain(response)}")
    return _token_in(response, api)


def _token_in(response: httpx.Response, api: str) -> str:
    try:
        return str(response.json()["access_token"])
    except (ValueError, KeyError, TypeError):
        raise LoginFailed(f"what answers at {api} is no Vedette API: check --api") from None


def _explain(response: httpx.Response) -> str:
    try:
        detail = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the API answered with status {response.status_code}"
    wait = response.headers.get("Retry-After")
    return f"{detail} Try again in {wait} s." if wait else detail


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
