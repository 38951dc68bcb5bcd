"""A worker says what it lacks for as long as it runs, whatever Cassandra does meanwhile."""

import asyncio
from pathlib import Path

import pytest

from processors.models.default.shipped import fetched_models
from processors.models.repository.lacking import lacking_models
from processors.models.tasks import text_reader
from processors.workers.reporting import reporting
from schemas.records.worker_reports import WorkerReport
from tests.fakes.stores import FakeWorkerReportStore

EVERY_S = 0.001


class HeardReports(FakeWorkerReportStore):
    """Reports, each told to whoever waits for the next."""

    def __init__(self) -> None:
        super().__init__()
        self._tried = asyncio.Event()

    async def save(self, report: WorkerReport) -> None:
        self._tried.set()
        await super().save(report)

    async def next(self) -> None:
        """Return once a report came that was begun after this call."""
        for _ in range(2):
            self._tried.clear()
            await self._tried.wait()


async def test_a_worker_says_what_it_lacks_until_it_ends(tmp_path: Path) -> None:
    reports = HeardReports()
    async with reporting(reports, tmp_path, EVERY_S):
        await reports.next()
        [report] = reports.reports.values()
        assert set(report.lacking) >= set(fetched_models())
    assert reports.reports == {}


async def test_what_was_forgotten_is_said_again(tmp_path: Path) -> None:
    reports = HeardReports()
    async with reporting(reports, tmp_path, EVERY_S):
        await reports.next()
        reports.reports.clear()
        await reports.next()
        assert len(reports.reports) == 1


async def test_a_worker_goes_on_while_cassandra_is_down(tmp_path: Path) -> None:
    reports = HeardReports()
    reports.down = True
    async with reporting(reports, tmp_path, EVERY_S):
        await reports.next()
        assert reports.reports == {}
        reports.down = False
        await reports.next()
        assert len(reports.reports) == 1
        reports.down = True


def test_the_text_reader_is_lacking_where_its_extra_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert text_reader.NAME not in lacking_models(tmp_path)
    monkeypatch.setattr(text_reader, "PACKAGE", "no_such_package")
    assert text_reader.NAME in lacking_models(tmp_path)
