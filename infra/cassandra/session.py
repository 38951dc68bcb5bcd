"""One connection to Cassandra for asyncio: prepared statements, bounded concurrency, errors of our three kinds."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, Self

# The driver ships no type information.
from cassandra.cluster import Cluster, ResultSet, Session  # type: ignore[import-untyped]
from cassandra.query import BatchStatement, BatchType, PreparedStatement  # type: ignore[import-untyped]

from infra.cassandra.cluster import build_cluster
from infra.cassandra.errors import MissingSchema, explain, was_not_sent
from infra.settings.servers import CassandraSettings

PAGE_SIZE = 500
# A request costs both sides more than a small row in it. Cassandra logs a warning for every one that spans more than
# ten partitions, or several and more than 5 KiB.
MOST_BYTES_A_REQUEST = 4096
MOST_GROUPS_A_REQUEST = 10
BYTES_A_WRITE = 64
# A connection that a large request fills takes no other until it is through; the driver does not wait for that.
BUSY_WAIT_S = 0.02
MOST_REPEATS = 100
FIND_KEYSPACE = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?"


class Write(NamedTuple):
    """One idempotent statement and its values, in the order of its markers."""

    statement: str
    values: tuple[Any, ...]


class CassandraSession:
    """Statements on one keyspace, awaited; ``{keyspace}`` in a statement stands for its name.

    Every method raises ``TransientError`` where Cassandra does not answer now, and ``ConfigurationError`` where it
    refuses for a reason that an operator must put right. Lost connections come back by themselves.
    """

    def __init__(self, cluster: Cluster, session: Session, settings: CassandraSettings) -> None:
        self._cluster = cluster
        self._session = session
        self._settings = settings
        self._prepared: dict[str, PreparedStatement] = {}
        # The driver prepares, connects and shuts down by blocking.
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="cassandra")

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> Self:
        """Connect to the cluster and see that the keyspace is there."""
        session = await cls.connect_without_keyspace(settings)
        try:
            if not await session.execute(FIND_KEYSPACE, (settings.keyspace,)):
                raise MissingSchema(f"keyspace {settings.keyspace}")
        except BaseException:
            await session.close()
            raise
        return session

    @classmethod
    async def connect_without_keyspace(cls, settings: CassandraSettings) -> Self:
        """Connect to a cluster whose keyspace may not exist yet."""
        cluster = build_cluster(settings)
        try:
            session = await asyncio.to_thread(cluster.connect)
        except Exception as error:
            await asyncio.to_thread(cluster.shutdown)
            raise explain(error) from error
        session.use_client_timestamp = False
        return cls(cluster, session, settings)

    async def use(self) -> None:
        """Resolve table names without a keyspace in ours; for files of definitions, not for prepared statements."""
        await self._block(self._session.set_keyspace, self._settings.keyspace)

    async def execute(self, statement: str, values: Sequence[Any] = (), *, idempotent: bool = True) -> list[Any]:
        """Run one statement and return its first page of rows, as named tuples."""
        bound = (await self._prepare(statement, idempotent)).bind(values)
        return list((await self._run(bound)).current_rows)

    async def execute_unprepared(self, statement: str) -> list[Any]:
        """Run one statement that cannot be prepared, such as the definition of a table."""
        return list((await self._run(self._name_keyspace(statement))).current_rows)

    async def stream(
        self, statement: str, values: Sequence[Any] = (), page_size: int = PAGE_SIZE
    ) -> AsyncIterator[Any]:
        """Yield every row of one statement, fetching a page at a time."""
        bound = (await self._prepare(statement)).bind(values)
        bound.fetch_size = page_size
        page_state: bytes | None = None
        while True:
            page = await self._run(bound, page_state)
            for row in page.current_rows:
                yield row
            page_state = page.paging_state
            if page_state is None:
                return

    async def write(self, groups: Iterable[Sequence[Write]]) -> None:
        """Run groups of writes, many at once; returns when all are durable.

        The writes of one group must share their partition key: they become visible together. Small groups share a
        request. After an error some groups may have been written and others not.
        """
        wanted = list(pack(groups))
        for statement in {write.statement for group in wanted for write in group}:
            await self._prepare(statement)
        done = asyncio.get_running_loop().create_future()
        _Writing(self._session, map(self._join, wanted), done).start(self._settings.max_concurrent_requests)
        try:
            await done
        except Exception as error:
            raise explain(error) from error

    async def write_if_absent(self, writes: Sequence[Write]) -> bool:
        """Run inserts that each say IF NOT EXISTS and share their partition key: all of them, or none.

        False where one of the rows was there. Where the answer is a ``TransientError`` either may be the case.
        """
        batch = BatchStatement(BatchType.UNLOGGED)
        for write in writes:
            batch.add(await self._prepare(write.statement, idempotent=False), write.values)
        answer = (await self._run(batch)).current_rows
        return bool(answer[0][0])

    async def close(self) -> None:
        """Close every connection; harmless when closed already."""
        await asyncio.to_thread(self._cluster.shutdown)
        self._threads.shutdown(wait=False)

    def _join(self, group: Sequence[Write]) -> Any:
        if len(group) == 1:
            return self._prepared[group[0].statement].bind(group[0].values)
        batch = BatchStatement(BatchType.UNLOGGED)
        batch.is_idempotent = True
        for write in group:
            batch.add(self._prepared[write.statement], write.values)
        return batch

    def _name_keyspace(self, statement: str) -> str:
        return statement.replace("{keyspace}", self._settings.keyspace)

    async def _prepare(self, statement: str, idempotent: bool = True) -> PreparedStatement:
        if (prepared := self._prepared.get(statement)) is None:
            prepared = await self._block(self._session.prepare, self._name_keyspace(statement))
            prepared.is_idempotent = idempotent
            self._prepared[statement] = prepared
        return prepared

    async def _run(self, statement: Any, page_state: bytes | None = None) -> ResultSet:
        attempt = 0
        while True:
            try:
                return await self._request(statement, page_state)
            except Exception as error:
                if attempt == MOST_REPEATS or not was_not_sent(error):
                    raise explain(error) from error
            attempt += 1
            await asyncio.sleep(BUSY_WAIT_S)

    async def _request(self, statement: Any, page_state: bytes | None) -> ResultSet:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        response = self._session.execute_async(statement, paging_state=page_state)
        response.add_callbacks(
            lambda rows: loop.call_soon_threadsafe(_resolve, done, rows),
            lambda error: loop.call_soon_threadsafe(_fail, done, error),
        )
        return ResultSet(response, await done)

    async def _block(self, call: Any, *arguments: Any) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)
        except Exception as error:
            raise explain(error) from error


def pack(groups: Iterable[Sequence[Write]]) -> Iterator[Sequence[Write]]:
    """Yield the writes of each request, in order: small groups together, a large one alone."""
    packed: list[Write] = []
    count = size = 0
    for group in groups:
        added = sum(map(_size_of, group))
        if packed and (count == MOST_GROUPS_A_REQUEST or size + added > MOST_BYTES_A_REQUEST):
            yield packed
            packed, count, size = [], 0, 0
        packed = [*packed, *group]
        count, size = count + 1, size + added
    if packed:
        yield packed


def _size_of(write: Write) -> int:
    """Return about how many bytes a write takes in a request."""
    return BYTES_A_WRITE + sum(len(value) for value in write.values if isinstance(value, str | bytes))


class _Writing:
    """One call of ``write``: the answer to one request sends the next, with one future for them all.

    A future and a wake-up of the event loop for each row would cost as much as the row itself. Answers come on the
    driver's own thread.
    """

    def __init__(self, session: Session, requests: Iterator[Any], done: asyncio.Future[None]) -> None:
        self._session = session
        self._requests = requests
        self._done = done
        self._loop = done.get_loop()
        self._lock = threading.Lock()
        self._unanswered = 0

    def start(self, concurrency: int) -> None:
        for _ in range(concurrency):
            if not self._send():
                break
        else:
            return
        self._finish_if_answered()

    def _send(self) -> bool:
        """Send the next request, if there is one and the caller still waits."""
        with self._lock:
            request = None if self._done.done() else next(self._requests, None)
            if request is None:
                return False
            self._unanswered += 1
        self._submit(request)
        return True

    def _submit(self, request: Any, attempt: int = 0) -> None:
        again = partial(self._refused, request, attempt)
        self._session.execute_async(request).add_callbacks(self._answered, again)

    def _refused(self, request: Any, attempt: int, error: Exception) -> None:
        """Send a request that never left once more in a moment; whatever else went wrong is told."""
        if attempt == MOST_REPEATS or not was_not_sent(error):
            self._failed(error)
        else:
            self._loop.call_soon_threadsafe(self._loop.call_later, BUSY_WAIT_S, self._send_again, request, attempt + 1)

    def _send_again(self, request: Any, attempt: int) -> None:
        try:
            self._submit(request, attempt)
        except Exception as error:
            # Raised on the event loop it would be lost, and the caller would wait for ever.
            self._failed(error)

    def _answered(self, _rows: object) -> None:
        try:
            with self._lock:
                self._unanswered -= 1
            if not self._send():
                self._finish_if_answered()
        except Exception as error:
            # Raised on the driver's thread it would be lost, and the caller would wait for ever.
            self._failed(error)

    def _finish_if_answered(self) -> None:
        with self._lock:
            finished = self._unanswered == 0
        if finished:
            self._loop.call_soon_threadsafe(_resolve, self._done, None)

    def _failed(self, error: Exception) -> None:
        self._loop.call_soon_threadsafe(_fail, self._done, error)


def _resolve(done: "asyncio.Future[Any]", value: Any) -> None:
    if not done.done():
        done.set_result(value)


def _fail(done: "asyncio.Future[Any]", error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
