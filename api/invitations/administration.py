"""What administrators do with invitations from the command line."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

from rich.table import Column, Table

from api.invitations.service import Invitations, InvitationView
from api.oauth.clients.administration import explained
from api.oauth.directory import ClientDirectory
from api.security.makers_rights import MakersRights
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.oauth import OAuthClientStore, OAuthGrantStore
from infra.cassandra.session import CassandraSession
from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import Acts, whoever
from infra.settings.settings import Settings
from infra.terminal import Console
from schemas.queries import MAX_PAGE_SIZE

Answer = TypeVar("Answer")


def list_invitations(settings: Settings) -> tuple[InvitationView, ...]:
    """Return all open invitations, those first that end first."""
    found = asyncio.run(_with_invitations(settings, _all))
    return tuple(sorted(found, key=lambda invitation: invitation.expires_at))


def withdraw(settings: Settings, invitation_id: UUID) -> None:
    """Let an invitation count no longer; the act is recorded first. Raises ``NotFound``."""

    async def withdrawn(invitations: Invitations) -> None:
        async with EventPublisher(settings.kafka) as publisher:
            await explained(invitations.withdraw(invitation_id, whoever(), Acts(publisher).act))

    asyncio.run(_with_invitations(settings, withdrawn))


def print_invitations(invitations: Sequence[InvitationView]) -> None:
    """Print one row an invitation; its id stays whole however narrow the terminal is, since `withdraw` wants it."""
    table = Table(Column("invitation", no_wrap=True), Column("for whom, as what", overflow="fold"), show_lines=True)
    for invitation in invitations:
        maker = f"{invitation.invited_by}{f', by {invitation.program}' if invitation.program else ''}"
        told = {
            "for": invitation.email,
            "role": invitation.role.value,
            "workspaces": ", ".join(invitation.workspaces) or "none",
            "made by": maker,
            "until": f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC",
        }
        state = "counts" if invitation.counts else "counts no longer"
        table.add_row(f"{invitation.id}\n{state}", "\n".join(f"{what}: {words}" for what, words in told.items()))
    Console(highlight=False, markup=False).print(table)


async def _all(invitations: Invitations) -> list[InvitationView]:
    found: list[InvitationView] = []
    cursor: str | None = None
    while True:
        page = await invitations.page(MAX_PAGE_SIZE, cursor)
        found += page.items
        if (cursor := page.next_cursor) is None:
            return found


async def _with_invitations(settings: Settings, act: Callable[[Invitations], Awaitable[Answer]]) -> Answer:
    async with _opened(settings) as invitations:
        return await act(invitations)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Invitations]:
    session = await CassandraSession.connect(settings.cassandra)
    try:
        clients = ClientDirectory(OAuthClientStore(session), settings.api)
        accounts, keys, grants = AccountStore(session), ApiKeyStore(session), OAuthGrantStore(session)
        yield Invitations(InvitationStore(session), MakersRights(accounts, keys, clients, grants))
    finally:
        await session.close()
