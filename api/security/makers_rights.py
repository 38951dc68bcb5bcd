"""By what right somebody makes what outlives their request, and whether that right still stands."""

from datetime import UTC, datetime
from uuid import UUID

from api.oauth.directory import ClientLookup
from api.security.callers import ConsentLookup, KeysByPrefix
from api.security.oauth_clients import stands
from api.security.sessions import AccountsById
from schemas.access.accounts import Principal, Role, Scope
from schemas.access.invitations import Maker


class MakersRights:
    """Judges at the moment of use, from the stores themselves: no change of anybody's rights has to be passed on.

    Methods raise ``TransientError`` while the stores do not answer.
    """

    def __init__(
        self, accounts: AccountsById, keys: KeysByPrefix, clients: ClientLookup, consents: ConsentLookup
    ) -> None:
        self._accounts = accounts
        self._keys = keys
        self._clients = clients
        self._consents = consents

    async def maker_of(self, caller: Principal, workspaces: frozenset[str]) -> Maker | None:
        """Return by what right the caller makes something that concerns ``workspaces``.

        None for a client that acts as itself: no account answers for what it makes.
        """
        account = await self._accounts.find_account_by_id(caller.account_id)
        if account is None or caller.acts_as_itself:
            return None
        consent = caller.client_id and await self._consents.find_consent(account.id, caller.client_id)
        return Maker(
            account_id=account.id,
            generation=account.generation,
            member_of=account.workspaces & workspaces,
            api_key=caller.api_key,
            client_id=caller.client_id,
            consent_id=consent.id if consent else None,
        )

    async def stand(self, maker: Maker) -> bool:
        """Whether the maker could make it now: as an administrator everywhere, by the same key, client or log-in.

        One who was a member of a workspace that it concerns must still be one. What a log-in or a client made ends with
        the log-ins of then as well, so that closing an account or a new password ends it for good.
        """
        account = await self._accounts.find_account_by_id(maker.account_id)
        if account is None or not account.active or account.role is not Role.ADMIN:
            return False
        if not account.workspaces.issuperset(maker.member_of):
            return False
        if maker.api_key is not None:
            return await self._key_stands(maker.api_key, maker.account_id)
        if account.generation != maker.generation:
            return False
        return maker.client_id is None or await self._client_stands(maker.client_id, maker)

    async def _key_stands(self, prefix: str, account_id: UUID) -> bool:
        key = await self._keys.find(prefix)
        if key is None or key.account_id != account_id or not key.counts_at(datetime.now(UTC)):
            return False
        return Scope.ACCOUNTS_ADMIN in key.scopes and key.workspaces is None

    async def _client_stands(self, client_id: str, maker: Maker) -> bool:
        client = await self._clients.find_client(client_id)
        if client is None or not client.counts or client.workspaces is not None:
            return False
        consent = await self._consents.find_consent(maker.account_id, client_id)
        if consent is None or not stands(consent, maker.consent_id):
            return False
        return Scope.ACCOUNTS_ADMIN in client.scopes & consent.scopes
