"""What administrators do with endpoints of webhooks: make, look at, change, delete; each act is recorded first."""

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from api.webhooks.wishes import Rotation, WebhookChanges, WebhookWish
from infra.errors import Conflict, FieldError, InvalidRequest, NotFound, SourceUnavailable
from infra.operations.audit.acts import Act
from infra.webhooks.addresses import AddressNotAllowed, WebhookAddresses
from infra.webhooks.secrets import SecretBox, new_secret
from schemas.access.accounts import Workspace
from schemas.activity import Action
from schemas.texts.uris import strip_secrets
from schemas.webhooks.endpoints import Endpoint, SealedSecret

MOST_ENDPOINTS = 100
# Of earlier ones that still sign: each makes a delivery's header longer.
MOST_OLD_SECRETS = 2
ID_BYTES = 16
RESOLVE_WITHIN_S = 3.0
NO_ENDPOINT = "There is no such endpoint."

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class EndpointRegistry(Protocol):
    """Where endpoints are kept."""

    async def create(self, endpoint: Endpoint) -> None: ...
    async def find(self, owner: str, endpoint_id: str) -> Endpoint | None: ...
    async def list(self, owner: str) -> tuple[Endpoint, ...]: ...
    async def list_all(self) -> tuple[Endpoint, ...]: ...
    async def change(self, endpoint: Endpoint, *, enable: bool = False) -> Endpoint: ...
    async def delete(self, owner: str, endpoint_id: str) -> bool: ...


class DeliveryLogs(Protocol):
    """Where the logs of deliveries are kept."""

    async def forget_endpoint(self, endpoint_id: str) -> None: ...


class Workspaces(Protocol):
    """Where it is found whether there is a workspace."""

    async def find_workspace(self, workspace_id: str) -> Workspace | None: ...


class Keys(Protocol):
    """Encrypts secrets."""

    def box(self) -> SecretBox: ...


class WebhookService:
    """Makes and changes endpoints.

    ``by`` names who does it, and ``act`` records it first. Raises ``NotFound``, ``InvalidRequest`` for what cannot be,
    ``Conflict`` for what cannot be now, ``ChangedMeanwhile`` where another was first, ``ConfigurationError`` where
    secrets cannot be encrypted, and ``TransientError`` where an act could not be recorded; then it was not done.
    """

    def __init__(
        self,
        endpoints: EndpointRegistry,
        logs: DeliveryLogs,
        workspaces: Workspaces,
        keys: Keys,
        addresses: WebhookAddresses,
        resolve: Resolve,
    ) -> None:
        self._endpoints = endpoints
        self._logs = logs
        self._workspaces = workspaces
        self._keys = keys
        self._addresses = addresses
        self._resolve = resolve

    async def create(self, owner: str, wish: WebhookWish, by: object, act: Act) -> tuple[Endpoint, str]:
        """Return a new endpoint and its secret, which is shown this once."""
        await self._require_workspace(owner)
        await self._require_allowed(wish.url)
        if len(await self._endpoints.list(owner)) >= MOST_ENDPOINTS:
            raise Conflict(f"Workspace {owner} has {MOST_ENDPOINTS} endpoints already. Delete one first.")
        now, secret = datetime.now(UTC), new_secret()
        endpoint = Endpoint(
            id=_new_id(),
            owner=owner,
            secrets=(SealedSecret(sealed=self._keys.box().seal(secret)),),
            created_at=now,
            changed_at=now,
            **{name: getattr(wish, name) for name in WebhookWish.model_fields},
        )
        async with act(Action.WEBHOOK_CREATED, by, endpoint.id, owner=owner, detail=_told(endpoint)):
            await self._endpoints.create(endpoint)
        return endpoint, secret

    async def list(self, owner: str) -> tuple[Endpoint, ...]:
        """Return a workspace's endpoints, the oldest first."""
        await self._require_workspace(owner)
        return await self._endpoints.list(owner)

    async def find(self, owner: str, endpoint_id: str) -> Endpoint:
        """Return an endpoint of the workspace; raises ``NotFound``."""
        endpoint = await self._endpoints.find(owner, endpoint_id)
        if endpoint is None:
            raise NotFound(NO_ENDPOINT)
        return endpoint

    async def change(self, owner: str, endpoint_id: str, changes: WebhookChanges, by: object, act: Act) -> Endpoint:
        """Return the endpoint with its changes; what changes nothing is no act."""
        endpoint = await self.find(owner, endpoint_id)
        given = {name: value for name in changes.model_fields_set if (value := getattr(changes, name)) is not None}
        changed = endpoint.model_copy(update=given)
        enable = changes.enabled is True
        if changed == endpoint and not (enable and endpoint.disabled_at is not None):
            return endpoint
        if changed.url != endpoint.url:
            await self._require_allowed(changed.url)
        changed = changed.model_copy(update={"changed_at": datetime.now(UTC)})
        async with act(Action.WEBHOOK_CHANGED, by, endpoint.id, owner=owner, detail=_told(changed)):
            return await self._endpoints.change(changed, enable=enable)

    async def delete(self, owner: str, endpoint_id: str, by: object, act: Act) -> None:
        """Delete an endpoint with its log of deliveries. What is due to it is not sent."""
        endpoint = await self.find(owner, endpoint_id)
        async with act(Action.WEBHOOK_DELETED, by, endpoint.id, owner=owner):
            await self._endpoints.delete(owner, endpoint.id)
            await self._logs.forget_endpoint(endpoint.id)

    async def rotate(self, owner: str, endpoint_id: str, how: Rotation, by: object, act: Act) -> tuple[Endpoint, str]:
        """Return the endpoint and its new secret, which is shown this once."""
        endpoint = await self.find(owner, endpoint_id)
        now, secret = datetime.now(UTC), new_secret()
        until = now + timedelta(hours=how.overlap_h)
        kept = [_ending(one, until) for one in endpoint.secrets] if how.overlap_h else []
        still = [one for one in kept if one.until is not None and one.until > now][:MOST_OLD_SECRETS]
        renewed = (SealedSecret(sealed=self._keys.box().seal(secret)), *still)
        changed = endpoint.model_copy(update={"secrets": renewed, "changed_at": now})
        detail = f"the earlier secret signs for {how.overlap_h} h more"
        async with act(Action.WEBHOOK_ROTATED, by, endpoint.id, owner=owner, detail=detail):
            return await self._endpoints.change(changed), secret

    async def seal_anew(self, by: object, act: Act) -> int:
        """Encrypt every secret with the newest key, so that older ones can be dropped; returns how many endpoints."""
        endpoints, box = await self._endpoints.list_all(), self._keys.box()
        async with act(Action.WEBHOOKS_SEALED, by, "webhooks", detail=f"{len(endpoints)} endpoints"):
            for endpoint in endpoints:
                sealed = [one.model_copy(update={"sealed": box.renew(one.sealed)}) for one in endpoint.secrets]
                await self._endpoints.change(endpoint.model_copy(update={"secrets": tuple(sealed)}))
        return len(endpoints)

    async def _require_workspace(self, owner: str) -> None:
        if await self._workspaces.find_workspace(owner) is None:
            raise NotFound("There is no such workspace.")

    async def _require_allowed(self, url: str) -> None:
        """Raise ``InvalidRequest`` for an address to which nothing may be sent, as far as can be told now.

        A name that does not resolve may do so later: it is judged again at every connection.
        """
        try:
            address = self._addresses.check(url)
            with suppress(SourceUnavailable, TimeoutError):
                async with asyncio.timeout(RESOLVE_WITHIN_S):
                    self._addresses.check_resolved(address, await self._resolve(address.host, address.port or 0))
        except AddressNotAllowed as problem:
            raise InvalidRequest([FieldError(field="url", message=str(problem))]) from None


def _ending(secret: SealedSecret, until: datetime) -> SealedSecret:
    """Return a secret that signs until then; one that was replaced before keeps its end."""
    return secret if secret.until is not None else secret.model_copy(update={"until": until})


def _new_id() -> str:
    return "we_" + base64.b32encode(secrets.token_bytes(ID_BYTES)).decode().rstrip("=").lower()


def _told(endpoint: Endpoint) -> str:
    """What an endpoint is told, and where; of the address no more than may stand in the trail."""
    filters = ", ".join(sorted(endpoint.filters.model_fields_set)) or "none"
    state = "enabled" if endpoint.enabled else "not enabled"
    return f"to: {strip_secrets(endpoint.url)}; events: {_listed(endpoint.events)}; filters: {filters}; {state}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
