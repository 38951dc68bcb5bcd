"""The clients there are: those that administrators made, and the platform's own page for trying the API."""

from datetime import UTC, datetime
from typing import Protocol

from infra.settings.api import ApiSettings
from schemas.access.oauth import FOR_CLIENTS, Grant, OAuthClient

SWAGGER = "swagger"
REDIRECT_PATH = "/docs/oauth2-redirect.html"
LOOPBACK_NAMES = ("127.0.0.1", "localhost")
BUILT_IN_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


class ClientLookup(Protocol):
    """Where clients are found."""

    async def find_client(self, client_id: str) -> OAuthClient | None: ...


class ClientDirectory:
    """Finds clients; ``swagger`` is there without anybody having made it, unless the settings switch its page off."""

    def __init__(self, kept: ClientLookup, settings: ApiSettings) -> None:
        self._kept = kept
        self._swagger = _swagger(settings)

    async def find_client(self, client_id: str) -> OAuthClient | None:
        """Return the client, a revoked one as well; nobody has the empty name, for which no store can be asked."""
        if not client_id:
            return None
        return self._swagger if client_id == SWAGGER else await self._kept.find_client(client_id)


def _swagger(settings: ApiSettings) -> OAuthClient | None:
    if settings.own_url is None or not settings.interactive_docs:
        return None
    return OAuthClient(
        id=SWAGGER,
        name="Swagger UI of this installation",
        grants=frozenset({Grant.AUTHORIZATION_CODE}),
        redirect_uris=tuple(f"{url}{REDIRECT_PATH}" for url in _names_of(settings.own_url)),
        scopes=FOR_CLIENTS,
        created_at=BUILT_IN_SINCE,
    )


def _names_of(own_url: str) -> tuple[str, ...]:
    """A browser on this machine may know it by either name."""
    scheme, _, rest = own_url.partition("://")
    host, _, port = rest.partition(":")
    if scheme == "https" or host not in LOOPBACK_NAMES:
        return (own_url,)
    return tuple(f"http://{name}:{port}".rstrip(":") for name in LOOPBACK_NAMES)
