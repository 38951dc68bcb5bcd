"""Tickets: what opens one stream, for browsers, which send no header with it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from api.security.proofs import Proof
from api.security.tokens.access_tokens import InvalidToken
from api.security.tokens.opaque_tokens import digest_of, new_secret
from schemas.images import Frozen

KIND = "vlt"
LIFETIME_S = 30


class TicketStore(Protocol):
    """Where tickets are kept, by their digests."""

    async def add(self, digest: bytes, content: str, lifetime_s: int) -> None: ...
    async def take(self, digest: bytes) -> str | None: ...


class IssuedTicket(Frozen):
    """A new ticket."""

    ticket: str
    expires_at: datetime


class Tickets:
    """Gives and takes tickets, each for one use within ``LIFETIME_S``; methods raise ``TransientError``.

    A ticket stands for the token or key with which it was asked for, and never for longer than that counts.
    """

    def __init__(self, store: TicketStore) -> None:
        self._store = store

    async def issue(self, proof: Proof) -> IssuedTicket:
        """Return a new ticket for whoever ``proof`` stands for."""
        ticket = new_secret(KIND)
        expires_at = datetime.now(UTC) + timedelta(seconds=LIFETIME_S)
        await self._store.add(digest_of(ticket), proof.model_dump_json(), LIFETIME_S)
        return IssuedTicket(ticket=ticket, expires_at=expires_at)

    async def redeem(self, ticket: str) -> Proof:
        """Use a ticket up; raises ``InvalidToken`` for one that was used, is too old, or was never issued."""
        content = await self._store.take(digest_of(ticket))
        if content is None:
            raise InvalidToken("the ticket was used, is too old, or was never issued")
        proof = Proof.model_validate_json(content)
        if proof.is_over(datetime.now(UTC)):
            raise InvalidToken("the token behind the ticket has expired")
        return proof
