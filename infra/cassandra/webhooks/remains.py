"""What webhooks keep of a workspace and of its images, for whoever erases these."""

from typing import Protocol

from schemas.webhooks.endpoints import Endpoint


class Endpoints(Protocol):
    """Where endpoints are kept."""

    async def list(self, owner: str) -> tuple[Endpoint, ...]: ...
    async def delete(self, owner: str, endpoint_id: str) -> bool: ...


class Logs(Protocol):
    """Where the logs of deliveries are kept."""

    async def forget_endpoint(self, endpoint_id: str) -> None: ...
    async def forget_subjects(self, endpoint_id: str, subjects: frozenset[str]) -> int: ...


class WebhookRemains:
    """Removes endpoints and deliveries; to do it again is harmless.

    Methods raise ``TransientError`` while Cassandra does not answer; then some may be gone and others not.
    """

    def __init__(self, endpoints: Endpoints, logs: Logs) -> None:
        self._endpoints = endpoints
        self._logs = logs

    async def forget_workspace(self, owner: str) -> int:
        """Remove every endpoint of a workspace with its log; returns how many there were."""
        endpoints = await self._endpoints.list(owner)
        for endpoint in endpoints:
            # First: while it is known, the worker may add to its log.
            await self._endpoints.delete(owner, endpoint.id)
            await self._logs.forget_endpoint(endpoint.id)
        return len(endpoints)

    async def forget_images(self, owner: str, image_ids: frozenset[str]) -> int:
        """Remove every delivery about these images of a workspace; returns how many there were.

        What is sent of them from now on, such as that they were deleted, is in the log again: call it once no event
        about them comes any more.
        """
        counts = [
            await self._logs.forget_subjects(endpoint.id, image_ids) for endpoint in await self._endpoints.list(owner)
        ]
        return sum(counts)
