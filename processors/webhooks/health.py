"""How endpoints are: since when each fails, and what happens to one that fails for too long."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from infra.errors import TransientError
from infra.mail.sending import Letter
from infra.operations.audit.acts import Act
from infra.retries import retry_transient
from infra.telemetry.metrics import WEBHOOKS_DISABLED
from infra.webhooks.sending import GONE
from processors.webhooks.letters import disabled_letter
from schemas.access.accounts import Account, Role
from schemas.activity import Action
from schemas.queries import Page
from schemas.webhooks.deliveries import Attempt
from schemas.webhooks.endpoints import Endpoint

ACTOR = "vedette worker webhooks"
GONE_BECAUSE = "It answered with status 410: it wants no more events."
ACCOUNTS_A_PAGE = 200
MOST_LETTERS = 50

log = structlog.get_logger(__name__)


class Endpoints(Protocol):
    """Where endpoints are kept."""

    async def find(self, owner: str, endpoint_id: str) -> Endpoint | None: ...
    async def note_failing(self, endpoint: Endpoint, since: datetime | None) -> None: ...
    async def disable(self, endpoint: Endpoint, at: datetime, because: str) -> bool: ...


class Accounts(Protocol):
    """Who administers the platform."""

    async def list_accounts(self, limit: int, cursor: str | None = None) -> Page[Account]: ...


class Mail(Protocol):
    """Takes letters."""

    def post(self, letter: Letter) -> None: ...


class EndpointHealth:
    """Notes when an endpoint begins and ends to fail, and disables one that fails for longer than ``lasting``.

    Attempts never wait for that: it is done one after the other by ``run``.
    """

    def __init__(self, endpoints: Endpoints, accounts: Accounts, mail: Mail, act: Act, lasting: timedelta) -> None:
        self._endpoints = endpoints
        self._accounts = accounts
        self._mail = mail
        self._act = act
        self._lasting = lasting
        self._wanted: asyncio.Queue[tuple[str, Callable[[], Awaitable[None]]]] = asyncio.Queue()
        self._busy: set[str] = set()

    def note(self, endpoint: Endpoint, attempt: Attempt) -> None:
        """Take note of an attempt; ``endpoint`` is what is known of it now."""
        if endpoint.id in self._busy:
            return
        since = endpoint.failing_since
        if attempt.is_success:
            if since is not None:
                self._do(endpoint.id, lambda: self._endpoints.note_failing(endpoint, None))
        elif attempt.code == GONE:
            self._do(endpoint.id, lambda: self._disable(endpoint, GONE_BECAUSE))
        elif since is None:
            self._do(endpoint.id, lambda: self._endpoints.note_failing(endpoint, attempt.at))
        elif attempt.at - since >= self._lasting:
            because = f"Every delivery has failed since {since:%Y-%m-%d %H:%M} UTC. The last: {attempt.error}"
            self._do(endpoint.id, lambda: self._disable(endpoint, because))

    async def run(self) -> None:
        """Do what was noted, until cancelled; waits while a store does not answer."""
        while True:
            endpoint_id, change = await self._wanted.get()
            await retry_transient(change, doing="note how an endpoint is")
            self._busy.discard(endpoint_id)

    def _do(self, endpoint_id: str, change: Callable[[], Awaitable[None]]) -> None:
        self._busy.add(endpoint_id)
        self._wanted.put_nowait((endpoint_id, change))

    async def _disable(self, known: Endpoint, because: str) -> None:
        endpoint = await self._endpoints.find(known.owner, known.id)
        if endpoint is None or not endpoint.counts or endpoint.version != known.version:
            return
        async with self._act(Action.WEBHOOK_DISABLED, ACTOR, endpoint.id, owner=endpoint.owner, detail=because):
            disabled = await self._endpoints.disable(endpoint, datetime.now(UTC), because)
        if disabled:
            WEBHOOKS_DISABLED.inc()
            log.warning("webhook_disabled", endpoint=endpoint.id, owner=endpoint.owner, because=because)
            await self._tell(endpoint, because)

    async def _tell(self, endpoint: Endpoint, because: str) -> None:
        for account in (await self._administrators())[:MOST_LETTERS]:
            try:
                self._mail.post(disabled_letter(account.email, endpoint, because))
            except TransientError as error:
                log.error("mail_lost", subject=endpoint.id, error=str(error))

    async def _administrators(self) -> list[Account]:
        """Return those who may change endpoints of every workspace, and can log in."""
        found: list[Account] = []
        cursor: str | None = None
        while True:
            page = await self._accounts.list_accounts(ACCOUNTS_A_PAGE, cursor)
            found += [each for each in page.items if each.role is Role.ADMIN and each.active]
            if (cursor := page.next_cursor) is None:
                return found
