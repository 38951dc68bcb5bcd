"""What running workers say of themselves, in Cassandra; what ended workers said lapses."""

from infra.cassandra.session import CassandraSession
from infra.settings.servers import CassandraSettings
from schemas.records.worker_reports import WorkerReport

RECOGNISE = "recognise"
SAVE = "INSERT INTO {keyspace}.workers (kind, worker, report) VALUES (?, ?, ?)"
FORGET = "DELETE FROM {keyspace}.workers WHERE kind = ? AND worker = ?"
LIST = "SELECT report FROM {keyspace}.workers WHERE kind = ?"
# A row lives three times as long: one report may be late.
SAY_EVERY_S = 30.0


class WorkerReportStore:
    """Reports of recognise workers. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> "WorkerReportStore":
        return cls(await CassandraSession.connect(settings))

    async def save(self, report: WorkerReport) -> None:
        """Keep a report for a while, in place of the worker's one before."""
        await self._session.execute(SAVE, (RECOGNISE, report.worker, report.model_dump_json()))

    async def forget(self, worker: str) -> None:
        """Forget a worker that ends."""
        await self._session.execute(FORGET, (RECOGNISE, worker))

    async def list_reports(self) -> tuple[WorkerReport, ...]:
        """Return what the workers that run now have said."""
        rows = [row.report async for row in self._session.stream(LIST, (RECOGNISE,))]
        return tuple(map(WorkerReport.model_validate_json, rows))

    async def close(self) -> None:
        await self._session.close()
