"""Erasures since a backup: what they left no trace of has none after a restore either."""

from uuid import UUID

from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.jobs.jobs import JobStore
from infra.cassandra.session import CassandraSession
from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.cassandra.webhooks.remains import WebhookRemains
from infra.operations.backup.restore.deletions_since import MARGIN
from infra.operations.erasure.traces import ImageTraces
from infra.operations.erasure.work import TRACED_AT_ONCE
from infra.settings.settings import Settings
from schemas.records.backups import Manifest
from schemas.records.erasures import ErasedImage


class NoFiles:
    """The files of jobs are in no backup: those that an erasure deleted are gone, and others stay."""

    async def delete(self, owner: str, job_id: UUID) -> None:
        """Delete nothing."""


async def forget_erased(session: CassandraSession, settings: Settings, manifest: Manifest) -> None:
    """Forget once more, in the logs of webhooks and in jobs, what was erased since the backup.

    May be done twice. Raises ``TransientError``.
    """
    erasures = ErasureStore(session)
    logs = WebhookDeliveryStore(session, settings.webhooks.retention_days)
    traces = ImageTraces(WebhookRemains(WebhookEndpointStore(session), logs), JobStore(session), NoFiles())
    for erasure in await erasures.list_erasures():
        # One that is not done forgets them itself.
        if erasure.ended_at is None or erasure.ended_at < manifest.begun_at - MARGIN:
            continue
        some: set[str] = set()
        async for line in erasures.lines(erasure.id):
            some.add(ErasedImage.model_validate_json(line).image_id)
            if len(some) == TRACED_AT_ONCE:
                await traces.forget(erasure.owner, frozenset(some))
                some.clear()
        if some:
            await traces.forget(erasure.owner, frozenset(some))
