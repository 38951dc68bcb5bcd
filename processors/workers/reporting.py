"""Lets a worker say of itself what it lacks, for as long as it runs."""

import asyncio
import os
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import structlog

from infra.cassandra.worker_reports import SAY_EVERY_S
from infra.errors import ConfigurationError, TransientError
from processors.models.repository.lacking import lacking_models
from processors.streams.endings import end_process_on_bug
from schemas.records.worker_reports import WorkerReport

# A worker that is told to stop has little time, and better uses for it.
FORGET_WITHIN_S = 2.0

log = structlog.get_logger(__name__)


class Reports(Protocol):
    """Where reports are kept."""

    async def save(self, report: WorkerReport) -> None: ...
    async def forget(self, worker: str) -> None: ...


@asynccontextmanager
async def reporting(reports: Reports, cache: Path, every_s: float = SAY_EVERY_S) -> AsyncIterator[None]:
    """Say again and again, until the end of the block, which models this worker lacks.

    What it lacks is looked at once: a model that is installed later is used by the next worker alone. While Cassandra
    does not answer nothing is said, and the worker goes on.
    """
    report = WorkerReport(
        worker=f"{platform.node()}:{os.getpid()}",
        version=version("vedette"),
        lacking=await asyncio.to_thread(lacking_models, cache),
        at=datetime.now(UTC),
    )
    saying = asyncio.create_task(_say(reports, report, every_s), name="worker-report")
    saying.add_done_callback(end_process_on_bug)
    try:
        yield
    finally:
        saying.cancel()
        await _forget(reports, report.worker)


async def _say(reports: Reports, report: WorkerReport, every_s: float) -> None:
    while True:
        try:
            await reports.save(report)
        except (TransientError, ConfigurationError) as error:
            log.warning("worker_report_not_saved", reason=str(error))
        await asyncio.sleep(every_s)


async def _forget(reports: Reports, worker: str) -> None:
    """Say that the worker ends; where that fails its report lapses by itself."""
    try:
        async with asyncio.timeout(FORGET_WITHIN_S):
            await reports.forget(worker)
    except (TransientError, ConfigurationError, TimeoutError) as error:
        log.warning("worker_report_not_removed", reason=repr(error))
