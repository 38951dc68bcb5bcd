"""Backups at a pace: one now if the newest is old enough, then one every so often, and the superfluous deleted."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from rich.progress import Progress

from infra.errors import TransientError
from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import command_recorder, whoever
from infra.operations.backup.auditing import audit
from infra.operations.backup.creation import create_backup
from infra.operations.backup.format.catalogue import Catalogue
from infra.operations.backup.retention import superfluous
from infra.settings.settings import Settings
from schemas.activity import Action
from schemas.records.backups import Listed, Manifest, Retention

AFTER_A_FAILURE_S = 300.0

log = structlog.get_logger(__name__)


async def create_and_audit(settings: Settings, catalogue: Catalogue, progress: Progress) -> Manifest:
    """Make one backup and tell of it."""
    manifest = await create_backup(settings, catalogue, progress)
    log.info("backup_created", backup=manifest.id, size_bytes=manifest.size_bytes, rows=manifest.rows)
    await audit(settings.kafka, Action.BACKUP_CREATED, [manifest.id])
    return manifest


async def prune(settings: Settings, catalogue: Catalogue, retention: Retention) -> list[str]:
    """Delete what is kept no longer, and return the names."""
    unwanted = superfluous(await asyncio.to_thread(catalogue.list), retention, datetime.now(UTC))
    if not unwanted:
        return []
    async with EventPublisher(settings.kafka) as publisher:
        for one in unwanted:
            async with command_recorder(publisher).act(Action.BACKUP_DELETED, whoever(), one.id):
                await asyncio.to_thread(catalogue.delete, one.id)
    return [one.id for one in unwanted]


async def run_every(every: timedelta, settings: Settings, catalogue: Catalogue, retention: Retention) -> None:
    """Make a backup every so often, for ever; a system that does not answer is tried again after five minutes.

    Counted from the newest backup there is, so that a restart neither skips one nor makes one more.
    """
    while True:
        await asyncio.sleep(wait_s(await asyncio.to_thread(catalogue.list), every, datetime.now(UTC)))
        try:
            await create_and_audit(settings, catalogue, Progress(disable=True))
            await prune(settings, catalogue, retention)
        except TransientError as error:
            log.error("backup_failed", reason=str(error), retry_after_s=AFTER_A_FAILURE_S)
            await asyncio.sleep(AFTER_A_FAILURE_S)


def wait_s(backups: list[Listed], every: timedelta, now: datetime) -> float:
    """Return how long it is until the next backup; 0 where it is due."""
    newest = max((one.begun_at for one in backups if one.is_complete), default=None)
    return max((newest + every - now).total_seconds(), 0.0) if newest is not None else 0.0
