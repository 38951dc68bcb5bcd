"""What belongs to a workspace besides its images: removed with it, and each removal recorded as if somebody did it."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from api.accounts.views import rights_of
from api.invitations.service import Invitations, InvitationView
from api.oauth.clients.service import ClientService
from infra.errors import ChangedMeanwhile, NotFound
from infra.operations.audit.acts import Act
from schemas.access.accounts import Account
from schemas.access.credentials import ApiKey
from schemas.access.oauth import OAuthClient
from schemas.activity import Action
from schemas.images import ImageIdentity
from schemas.queries import MAX_PAGE_SIZE, Page
from schemas.records.jobs import StoredJob
from schemas.webhooks.endpoints import Endpoint


class Accounts(Protocol):
    """Workspaces and their members."""

    async def close_workspace(self, workspace: str, since: datetime) -> bool: ...
    async def delete_workspace(self, workspace: str, since: datetime) -> None: ...
    async def find_account_by_id(self, account_id: UUID) -> Account | None: ...
    async def change_account(self, account: Account) -> Account: ...
    async def list_accounts(
        self, limit: int, cursor: str | None = None, workspace: str | None = None
    ) -> Page[Account]: ...


class Keys(Protocol):
    """The keys of programs."""

    async def list_confined(self, workspace: str) -> tuple[ApiKey, ...]: ...
    async def leave(self, key: ApiKey, workspace: str) -> bool: ...
    async def revoke(self, account_id: UUID, prefix: str, at: datetime) -> bool: ...
    async def forget(self, account_id: UUID, prefix: str) -> None: ...


class Endpoints(Protocol):
    """Endpoints of webhooks."""

    async def list(self, owner: str) -> tuple[Endpoint, ...]: ...
    async def delete(self, owner: str, endpoint_id: str) -> bool: ...


class DeliveryLogs(Protocol):
    """The logs of deliveries."""

    async def forget_endpoint(self, endpoint_id: str) -> None: ...


class Jobs(Protocol):
    """Where jobs are kept."""

    async def list_jobs(self, owner: str, limit: int, cursor: str | None = None) -> Page[StoredJob]: ...
    async def delete_all(self, owner: str) -> None: ...


class JobFiles(Protocol):
    """The manifests and result files of jobs."""

    async def delete_all(self, owner: str) -> None: ...


class Pictures(Protocol):
    """Uploaded pictures."""

    def expire(self, owner: str, before: datetime, image_key: str | None = None) -> AsyncIterator[int]: ...


class OwnedImages(Protocol):
    """All images of a workspace, wherever they have come to, and its lists of them."""

    def all(self, owner: str) -> AsyncIterator[list[ImageIdentity]]: ...
    async def forget_lists(self, owner: str) -> None: ...


class Runs(Protocol):
    """What retention did last."""

    async def forget(self, workspace: str) -> None: ...


@dataclass(frozen=True)
class WorkspaceBelongings:
    """Everything that a workspace has besides images. ``act`` records each removal of a right first.

    All may be done again. Methods raise ``TransientError`` and ``PublishFailed``; then some is gone and some is not.
    """

    accounts: Accounts
    keys: Keys
    clients: ClientService
    invitations: Invitations
    endpoints: Endpoints
    logs: DeliveryLogs
    jobs: Jobs
    job_files: JobFiles
    pictures: Pictures
    owned: OwnedImages
    runs: Runs
    act: Act

    async def close(self, owner: str, since: datetime) -> bool:
        """Let nothing be accepted any more; False where the workspace is gone, or was created anew after ``since``."""
        return await self.accounts.close_workspace(owner, since)

    async def count(self, owner: str) -> dict[str, int]:
        """Return how much there is of each kind that people know of."""
        return {
            "members": len([account async for account in self._members(owner)]),
            "api keys": len(await self.keys.list_confined(owner)),
            "applications": len(await self._clients(owner)),
            "invitations": len(await self._invitations(owner)),
            "webhooks": len(await self.endpoints.list(owner)),
            "jobs": len([job async for job in self._jobs(owner)]),
        }

    async def remove(self, owner: str, by: str) -> None:
        """Remove all of it, in the name of whoever deletes the workspace: first what lets anybody add to the rest."""
        await self._remove_members(owner, by)
        await self._remove_keys(owner, by)
        await self._remove_clients(owner, by)
        for invitation in await self._invitations(owner):
            # Whoever was invited may just have accepted.
            with suppress(NotFound):
                await self.invitations.withdraw(invitation.id, by, self.act)
        for endpoint in await self.endpoints.list(owner):
            async with self.act(Action.WEBHOOK_DELETED, by, endpoint.id, owner=owner):
                await self.endpoints.delete(owner, endpoint.id)
                await self.logs.forget_endpoint(endpoint.id)
        await self.jobs.delete_all(owner)
        await self.job_files.delete_all(owner)
        async for _ in self.pictures.expire(owner, datetime.now(UTC)):
            continue

    def images_of(self, owner: str) -> AsyncIterator[list[ImageIdentity]]:
        """Yield the images that are not deleted, some at a time."""
        return self.owned.all(owner)

    async def end(self, owner: str, since: datetime) -> None:
        """Let the workspace itself be gone: to be called at the very end."""
        await self.owned.forget_lists(owner)
        await self.runs.forget(owner)
        await self.accounts.delete_workspace(owner, since)

    async def _members(self, owner: str) -> AsyncIterator[Account]:
        cursor: str | None = None
        while True:
            page = await self.accounts.list_accounts(MAX_PAGE_SIZE, cursor, owner)
            for account in page.items:
                yield account
            if (cursor := page.next_cursor) is None:
                return

    async def _remove_members(self, owner: str, by: str) -> None:
        async for member in self._members(owner):
            account: Account | None = member
            while account is not None and owner in account.workspaces:
                changed = account.model_copy(update={"workspaces": account.workspaces - {owner}})
                with suppress(ChangedMeanwhile):
                    rights = rights_of(changed)
                    async with self.act(Action.MEMBER_REMOVED, by, account.id, owner=owner, rights=rights):
                        await self.accounts.change_account(changed)
                account = await self.accounts.find_account_by_id(member.id)

    async def _remove_keys(self, owner: str, by: str) -> None:
        for key in await self.keys.list_confined(owner):
            if key.workspaces == frozenset({owner}):
                if key.revoked_at is None:
                    async with self.act(Action.KEY_REVOKED, by, key.prefix, owner=owner):
                        await self.keys.revoke(key.account_id, key.prefix, datetime.now(UTC))
                await self.keys.forget(key.account_id, key.prefix)
            else:
                await self.keys.leave(key, owner)

    async def _clients(self, owner: str) -> list[OAuthClient]:
        return [client for client in await self.clients.list_clients() if owner in (client.workspaces or ())]

    async def _remove_clients(self, owner: str, by: str) -> None:
        for client in await self._clients(owner):
            if client.workspaces == frozenset({owner}):
                await self.clients.revoke(client.id, by, self.act)
                continue
            with suppress(ChangedMeanwhile):
                await self.clients.leave(client, owner, by, self.act)

    async def _invitations(self, owner: str) -> list[InvitationView]:
        return [each for each in await self.invitations.list_all() if owner in each.workspaces]

    async def _jobs(self, owner: str) -> AsyncIterator[StoredJob]:
        cursor: str | None = None
        while True:
            page = await self.jobs.list_jobs(owner, MAX_PAGE_SIZE, cursor)
            for job in page.items:
                yield job
            if (cursor := page.next_cursor) is None:
                return
