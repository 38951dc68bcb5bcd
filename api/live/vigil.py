"""Whether whoever opened a stream may still have it."""

import asyncio
import time
from datetime import UTC, datetime

import structlog

from api.live.subscribers import Subscriber
from api.security.callers import Callers
from api.security.proofs import Proof
from api.security.sessions import AccountsById
from api.security.tokens.access_tokens import InvalidToken
from infra.errors import TransientError
from schemas.access.accounts import Principal
from schemas.messages.live import EndReason

# So long a stream goes on while nobody can tell whether it may.
LONGEST_UNCHECKED_S = 60.0

log = structlog.get_logger(__name__)


class Vigil:
    """Looks again and again at who listens, and ends a stream with the reason once it must not go on."""

    def __init__(self, callers: Callers, accounts: AccountsById, every_s: float) -> None:
        self._callers = callers
        self._accounts = accounts
        self._every_s = every_s

    async def keep(self, subscriber: Subscriber, proof: Proof, caller: Principal) -> None:
        """Return once the stream has ended, by this or otherwise."""
        checked_at = time.monotonic()
        while subscriber.ended is None:
            await asyncio.sleep(self._pause_s(proof))
            try:
                reason = await self._reason_to_end(proof, caller)
                checked_at = time.monotonic()
            except TransientError as error:
                log.warning("live_access_not_checked", error=str(error))
                too_long = time.monotonic() - checked_at > LONGEST_UNCHECKED_S
                reason = EndReason.UNAVAILABLE if too_long else None
            if reason is not None:
                subscriber.end(reason)

    def _pause_s(self, proof: Proof) -> float:
        if proof.expires_at is None:
            return self._every_s
        left_s = (proof.expires_at - datetime.now(UTC)).total_seconds()
        return min(self._every_s, max(0.0, left_s))

    async def _reason_to_end(self, proof: Proof, caller: Principal) -> EndReason | None:
        if proof.is_over(datetime.now(UTC)):
            return EndReason.TOKEN_EXPIRED
        try:
            now = await self._callers.stands_for(proof)
        except InvalidToken:
            return await self._why_invalid(caller)
        return None if now == caller else EndReason.ACCESS_CHANGED

    async def _why_invalid(self, caller: Principal) -> EndReason:
        if caller.acts_as_itself:
            return EndReason.CREDENTIAL_REVOKED
        account = await self._accounts.find_account_by_id(caller.account_id)
        is_closed = account is None or not account.active
        return EndReason.ACCOUNT_CLOSED if is_closed else EndReason.CREDENTIAL_REVOKED
