"""What persons take back that they let applications do; each act is recorded first."""

from typing import Protocol
from uuid import UUID

from infra.errors import NotFound
from infra.operations.audit.acts import Act
from schemas.access.oauth import Consent
from schemas.activity import Action


class GivenConsents(Protocol):
    """Where consents are kept."""

    async def find_consent(self, account_id: UUID, client_id: str) -> Consent | None: ...
    async def list_consents(self, account_id: UUID) -> tuple[Consent, ...]: ...
    async def withdraw_consent(self, account_id: UUID, client_id: str) -> bool: ...


class ConsentService:
    """Lists and ends what applications may do for a person."""

    def __init__(self, given: GivenConsents) -> None:
        self._given = given

    async def list(self, account_id: UUID) -> tuple[Consent, ...]:
        """Return the consents of a person."""
        return await self._given.list_consents(account_id)

    async def withdraw(self, account_id: UUID, client_id: str, act: Act) -> None:
        """Let an application act for a person no longer; raises ``NotFound``."""
        if await self._given.find_consent(account_id, client_id) is None:
            raise NotFound("There is no such consent.")
        async with act(Action.CONSENT_WITHDRAWN, account_id, client_id):
            await self._given.withdraw_consent(account_id, client_id)
