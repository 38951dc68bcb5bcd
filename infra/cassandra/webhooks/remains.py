"""What the logs of webhooks keep of images, for whoever erases these."""

from typing import Protocol

from schemas.webhooks.endpoints import Endpoint
from schemas.webhooks.events import WebhookType


class Endpoints(Protocol):
    """Where endpoints are kept."""

    async def list(self, owner: str) -> tuple[Endpoint, ...]: ...


class Logs(Protocol):
    """Where the logs of deliveries are kept."""

    async def forget_subjects(self, endpoint_id: str, subjects: frozenset[str], but: str) -> int: ...


class WebhookRemains:
    """Removes deliveries about images; to do it again is harmless.

    Methods raise ``TransientError`` while Cassandra does not answer; then some may be gone and others not.
    """

    def __init__(self, endpoints: Endpoints, logs: Logs) -> None:
        self._endpoints = endpoints
        self._logs = logs

    async def are_there(self, owner: str) -> bool:
        """Whether the workspace has any endpoint, so that events about its images are logged."""
        return bool(await self._endpoints.list(owner))

    async def forget_images(self, owner: str, image_ids: frozenset[str]) -> int:
        """Remove every delivery about these images of a workspace; returns how many there were.

        Receivers are still told that an image was deleted: they may hold copies of what is known of it. To be called
        once the worker has processed all other events about these images.
        """
        counts = [
            await self._logs.forget_subjects(endpoint.id, image_ids, WebhookType.IMAGE_DELETED.value)
            for endpoint in await self._endpoints.list(owner)
        ]
        return sum(counts)
