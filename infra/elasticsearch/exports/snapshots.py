"""The index at one moment, read page by page: what is written meanwhile moves nothing between the pages."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import stamina

from infra.elasticsearch.result_queries import SORT, SUMMARY_FIELDS, filters, read_summary
from infra.elasticsearch.session import ElasticsearchSession
from infra.errors import NotSetUp, OutsideSystem, TransientError
from schemas.queries import ResultQuery
from schemas.records.exports import ExportedImage

PAGE_SIZE = 500
# From one page to the next, however slowly somebody takes what was read.
KEPT = "15m"
FIELDS = [*SUMMARY_FIELDS, "detections.box", "width", "height"]
# An export that has begun waits so long for an index that does not answer.
PATIENCE_S = 60.0
ATTEMPTS = 10


class SnapshotLost(TransientError):
    """The moment is no longer kept: the index was rebuilt, its server started anew, or too much time has passed."""

    def __init__(self) -> None:
        super().__init__("Elasticsearch no longer has the snapshot that is read", part=OutsideSystem.ELASTICSEARCH)


class Snapshot:
    """What a query finds at one moment, newest outcome first; ``pages`` may be read again, and is the same then."""

    def __init__(self, session: ElasticsearchSession, id_: str, query: ResultQuery, page_size: int) -> None:
        self._session = session
        self._query = query
        self._page_size = page_size
        self.id = id_

    async def pages(self) -> AsyncGenerator[Sequence[ExportedImage], None]:
        """Yield all that is found, some at a time.

        Waits a minute for an index that does not answer, then raises ``TransientError``; so it does, as
        ``SnapshotLost``, where the moment is no longer kept.
        """
        after: list[Any] | None = None
        while True:
            hits = await self._hits(after)
            if hits:
                yield await asyncio.to_thread(_read, hits)
            if len(hits) < self._page_size:
                return
            after = hits[-1]["sort"]

    async def _hits(self, after: list[Any] | None) -> list[dict[str, Any]]:
        body = self._body(after)
        # Of a snapshot with a part missing nobody shall believe that it is whole.
        params = {"allow_partial_search_results": "false"}
        answer: Any = None
        async for attempt in stamina.retry_context(on=_passes, attempts=ATTEMPTS, timeout=PATIENCE_S):
            with attempt:
                answer = await self._session.request("POST", "/_search", body, params, absent_is_none=True)
        if answer is None:
            raise SnapshotLost
        self.id = answer["pit_id"]
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        return hits

    def _body(self, after: list[Any] | None) -> dict[str, Any]:
        body: dict[str, Any] = {
            "query": {"bool": {"filter": filters(self._query)}},
            "pit": {"id": self.id, "keep_alive": KEPT},
            "sort": SORT,
            "size": self._page_size,
            "_source": FIELDS,
            "track_total_hits": False,
        }
        return body if after is None else body | {"search_after": after}


@asynccontextmanager
async def taken(
    session: ElasticsearchSession, alias: str, query: ResultQuery, page_size: int = PAGE_SIZE
) -> AsyncIterator[Snapshot]:
    """Keep the index as it is now until the end of the block; raises ``TransientError``."""
    opened = await session.request("POST", f"/{alias}/_pit", params={"keep_alive": KEPT})
    snapshot = Snapshot(session, opened["id"], query, page_size)
    try:
        yield snapshot
    finally:
        # What is not given back now is given up by the server once its time is over.
        with suppress(TransientError):
            await session.request("DELETE", "/_pit", {"id": snapshot.id}, absent_is_none=True)


def read_exported(source: dict[str, Any]) -> ExportedImage:
    """Return one hit."""
    return ExportedImage(
        summary=read_summary(source),
        width=source.get("width"),
        height=source.get("height"),
        objects=source.get("detections", ()),
    )


def _read(hits: Sequence[dict[str, Any]]) -> Sequence[ExportedImage]:
    return [read_exported(hit["_source"]) for hit in hits]


def _passes(error: Exception) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, NotSetUp)
