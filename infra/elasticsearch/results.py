"""Every image's latest outcome, searchable in Elasticsearch."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from typing import Any

from infra.elasticsearch.aggregations import (
    duplicates_body,
    latency_body,
    read_duplicates,
    read_latency,
    read_similar,
    read_statistics,
    read_suggestions,
    similar_body,
    statistics_body,
    suggestions_body,
)
from infra.elasticsearch.exports.snapshots import PAGE_SIZE, Snapshot, taken
from infra.elasticsearch.migration import migrate_index
from infra.elasticsearch.result_documents import (
    Document,
    bulk_bodies,
    deletion_document,
    rejection_document,
    resolution_document,
    result_document,
    vector_of,
)
from infra.elasticsearch.result_queries import SHOWN, next_cursor, read_summary, search_body
from infra.elasticsearch.session import MISSING_INDEX, ElasticsearchSession, MissingIndex, is_transient
from infra.errors import OutsideSystem, TransientError, VedetteError
from infra.settings.servers import ElasticsearchSettings
from schemas.answers import EmbeddingAnswer, HashAnswer
from schemas.dead_letters import Rejection, Resolved
from schemas.images import ImageIdentity, Origin
from schemas.queries import Bucket, Interval, Latency, Page, ResultQuery, ResultSummary, SimilarImage, Statistics
from schemas.results import ImageDeleted, RecognitionResult, VersionedName

# Elasticsearch takes 100 MB; the client holds up the event loop while it sends more than this, and warns of it.
MAX_BULK_BYTES = 1024 * 1024
# Of 500 items a full answer would say a lot that nobody reads.
BULK_ANSWER = "errors,items.*.status,items.*.error"


class RefusedDocument(VedetteError):
    """Elasticsearch will never take this document: the mapping and what we write have come apart, which is a bug."""


class ResultIndex:
    """One document an image, with the outcome of its newest reference.

    Saving twice, or an older outcome after a newer one, changes nothing. Methods raise ``TransientError`` while
    Elasticsearch cannot answer; of a failed save some documents may have been written.
    """

    def __init__(self, session: ElasticsearchSession, settings: ElasticsearchSettings) -> None:
        self._session = session
        self._settings = settings
        self._alias = settings.index

    @classmethod
    def connect(cls, settings: ElasticsearchSettings) -> "ResultIndex":
        """Prepare to use the index of the settings, which ``vedette migrate`` has made; nothing is sent yet."""
        return cls(ElasticsearchSession.open(settings), settings)

    async def migrate(self) -> bool:
        """Bring index and alias to the present state; False where nothing had to be done."""
        return await migrate_index(self._session, self._settings)

    async def save_results(self, results: Sequence[RecognitionResult], promoted: VersionedName | None = None) -> None:
        """Upsert recognised images; searchable within a second.

        An answer of a pipeline that did not count when it gave it is shown only while an image has nothing else.
        ``promoted`` names the one that counts now, where that is known: its answers count, whenever it gave them.
        """
        await self._save(result_document(result, promoted) for result in results)

    async def save_rejections(self, rejections: Sequence[Rejection]) -> None:
        """Upsert rejected images, and messages that named none under ``topic:partition:offset``."""
        await self._save(map(rejection_document, rejections))

    async def save_resolutions(self, resolved: Sequence[Resolved]) -> None:
        """Take dead letters that were replayed or discarded out of those that are rejected."""
        await self._save(map(resolution_document, resolved))

    async def save_deletions(self, deletions: Sequence[tuple[ImageDeleted, Origin]]) -> None:
        """Replace images by a mark that they were deleted; ``Origin`` is that of the deletion itself."""
        await self._save(deletion_document(deleted, origin) for deleted, origin in deletions)

    async def search(self, query: ResultQuery) -> Page[ResultSummary]:
        """Return the images that match, newest outcome first; raises ``InvalidCursor``."""
        answer = await self._session.request("POST", f"/{self._alias}/_search", search_body(query))
        hits = answer["hits"]["hits"]
        shown = hits[: query.limit]
        more = len(hits) > query.limit
        return Page(
            items=tuple(read_summary(hit["_source"]) for hit in shown),
            next_cursor=next_cursor(query, shown[-1]["sort"]) if more else None,
        )

    def snapshot(self, query: ResultQuery, page_size: int = PAGE_SIZE) -> AbstractAsyncContextManager[Snapshot]:
        """Return all that matches at one moment, for as long as the block lasts; limit and cursor count for nothing."""
        return taken(self._session, self._alias, query, page_size)

    async def statistics(self, query: ResultQuery, interval: Interval = Interval.DAY) -> Statistics:
        """Return counts over all images that match; limit and cursor count for nothing."""
        answer = await self._session.request("POST", f"/{self._alias}/_search", statistics_body(query, interval))
        return read_statistics(answer, interval)

    async def suggest(self, query: ResultQuery, begun: str) -> tuple[Bucket, ...]:
        """Return names of labels and objects, in the images that match, that hold the words in ``begun``.

        The last word may be unfinished. Each is told with the number of images that it is in, the most frequent first.
        """
        body = suggestions_body(query, begun)
        if body is None:
            return ()
        answer = await self._session.request("POST", f"/{self._alias}/_search", body)
        return read_suggestions(answer, query, begun)

    async def similar(
        self, query: ResultQuery, embedding: EmbeddingAnswer, but: ImageIdentity | None = None
    ) -> tuple[SimilarImage, ...]:
        """Return the images that match and are nearest to an embedding of the same model, nearest first.

        ``but`` is the image that it is of, if it is of one. None are where the index cannot hold vectors like it.
        """
        vector = vector_of(embedding)
        if vector is None:
            return ()
        body = similar_body(query, vector, embedding.model, but)
        answer = await self._session.request("POST", f"/{self._alias}/_search", body)
        return read_similar(answer["hits"]["hits"])

    async def duplicates(
        self, query: ResultQuery, look: HashAnswer, most_bits: int, but: ImageIdentity
    ) -> tuple[SimilarImage, ...]:
        """Return the images that match and whose hash differs in at most ``most_bits``, nearest first.

        Up to 3 bits, all are found; with more, only those that share a band of 16 bits. Of more than 2,000 images that
        share one, the newest are compared.
        """
        body = duplicates_body(query, look.perceptual, look.model, but)
        answer = await self._session.request("POST", f"/{self._alias}/_search", body)
        sources = [hit["_source"] for hit in answer["hits"]["hits"]]
        return read_duplicates(sources, look.perceptual, most_bits)[: query.limit]

    async def latency(self, since: datetime) -> Latency:
        """Return how long each stage of recognition took for the images that were recognised since then."""
        answer = await self._session.request("POST", f"/{self._alias}/_search", latency_body(since))
        return read_latency(answer)

    async def count(self, owner: str | None = None) -> int:
        """Count the documents of recognised and rejected images, one workspace's or all, as of the last refresh."""
        filters: list[dict[str, Any]] = [{"terms": {"status": SHOWN}}]
        if owner is not None:
            filters.append({"term": {"owner": owner}})
        shown = {"query": {"bool": {"filter": filters}}}
        return int((await self._session.request("POST", f"/{self._alias}/_count", shown))["count"])

    async def refresh(self) -> None:
        """Make everything saved so far searchable now; for tests and checks."""
        await self._session.request("POST", f"/{self._alias}/_refresh")

    async def ping(self) -> None:
        """Return if the index can be searched; raises ``TransientError`` if not, ``NotSetUp`` where it is gone."""
        # Of an index that is gone its health says no more than that the time is up.
        if await self._session.request("GET", f"/_alias/{self._alias}", absent_is_none=True) is None:
            raise MissingIndex(self._alias)
        health = await self._session.request("GET", f"/_cluster/health/{self._alias}", params={"timeout": "1s"})
        if health["status"] == "red":
            raise TransientError(
                f"Elasticsearch has no copy of {self._alias} to search", part=OutsideSystem.ELASTICSEARCH
            )

    async def close(self) -> None:
        await self._session.close()

    async def _save(self, documents: Iterable[Document]) -> None:
        await save_documents(self._session, self._alias, documents)


async def save_documents(session: ElasticsearchSession, alias: str, documents: Iterable[Document]) -> None:
    """Write documents as they are, unless the index holds newer ones; raises ``RefusedDocument``."""
    for ids, body in bulk_bodies(documents, MAX_BULK_BYTES):
        # Without the alias an index with a guessed mapping would spring into being.
        params = {"require_alias": "true", "filter_path": BULK_ANSWER}
        answer = await session.request("POST", f"/{alias}/_bulk", body, params)
        if answer["errors"]:
            _require_saved(ids, answer["items"])


def _require_saved(ids: Sequence[str], items: Sequence[dict[str, Any]]) -> None:
    """Raise for the first document that was not saved, those that will never be first."""
    failures = [
        (document_id, outcome)
        for document_id, outcome in zip(ids, chain.from_iterable(item.values() for item in items), strict=True)
        # A conflict says that the index knows something newer already.
        if "error" in outcome and outcome["status"] != HTTPStatus.CONFLICT
    ]
    for document_id, outcome in sorted(failures, key=lambda failure: is_transient(failure[1]["status"])):
        raise _explain(document_id, outcome["status"], outcome["error"])


def _explain(document_id: str, status: int, error: dict[str, Any]) -> VedetteError:
    reason = f"{error['type']}: {error.get('reason')}"
    if error["type"] == MISSING_INDEX:
        return MissingIndex(str(error.get("index", "")))
    if is_transient(status):
        return TransientError(
            f"Elasticsearch cannot save {document_id} now: {reason}", part=OutsideSystem.ELASTICSEARCH
        )
    return RefusedDocument(f"Elasticsearch refuses {document_id}: {reason}")
