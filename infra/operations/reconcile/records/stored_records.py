"""What Cassandra and Elasticsearch hold becomes records, read in bounded pages; versions alone, never the answers."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from infra.cassandra.images.cells import accepted_origin, announced_at
from infra.cassandra.images.results import LARGEST_TOKEN, SMALLEST_TOKEN
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.session import ElasticsearchSession
from infra.errors import ConfigurationError
from infra.operations.reconcile.records.records import Kind, Mark, TraceRecord, digest, pipeline_digest
from schemas.images import ImageIdentity, Origin
from schemas.queries import ImageStatus

# Every cell's write time is the version of the reference that it tells of.
IMAGES = (
    "SELECT image_key, owner, announced AS announced_cell, accepted AS accepted_cell,"
    " writetime(announced) AS announced, writetime(accepted) AS accepted, writetime(recognised) AS recognised,"
    " writetime(rejected) AS rejected, writetime(deleted) AS deleted"
    " FROM {keyspace}.images WHERE token(image_key) > ? AND token(image_key) <= ?"
)
RESULTS = (
    "SELECT image_key, pipeline, writetime(result) AS version FROM {keyspace}.results"
    " WHERE token(image_key) > ? AND token(image_key) <= ?"
)
REJECTIONS = (
    "SELECT name, writetime(rejection) AS version FROM {keyspace}.rejections"
    " WHERE token(slice) > ? AND token(slice) <= ?"
)
TOKEN_RANGES = 64
ROWS_A_PAGE = 2000
DOCUMENTS_A_PAGE = 5000
KEEP_OPEN = "2m"

STAGES = ((Kind.ROW_RECOGNISED, "recognised"), (Kind.ROW_REJECTED, "rejected"), (Kind.ROW_DELETED, "deleted"))


def token_ranges() -> list[tuple[int, int]]:
    """Return ranges that together hold every token; the smallest possible one is no row's."""
    step = 2**64 // TOKEN_RANGES
    return list(pairwise([*range(SMALLEST_TOKEN, LARGEST_TOKEN, step), LARGEST_TOKEN]))


@dataclass(frozen=True)
class PendingImage:
    """An image whose newest reference has no outcome in Cassandra; without a place where no reference was read."""

    key: bytes
    owner: str
    sent_at: datetime
    origin: Origin | None


async def read_rows(session: CassandraSession, tokens: tuple[int, int]) -> AsyncIterator[TraceRecord | PendingImage]:
    """Yield what Cassandra holds in one range of tokens."""
    async for row in session.stream(IMAGES, tokens, ROWS_A_PAGE):
        if (pending := _pending(row)) is not None:
            yield pending
        for kind, column in STAGES:
            if (version := getattr(row, column)) is not None:
                yield TraceRecord(kind, digest(row.image_key), version)
    async for row in session.stream(RESULTS, tokens, ROWS_A_PAGE):
        yield TraceRecord(
            Kind.STORED_RESULT, digest(row.image_key), row.version, pipeline=pipeline_digest(row.pipeline)
        )
    async for row in session.stream(REJECTIONS, tokens, ROWS_A_PAGE):
        # Under the message's own name: how one that names no image is known. Of the others the image's row tells. What
        # was done about a rejection may be written before the rejection itself is.
        if row.version is not None:
            yield TraceRecord(Kind.ROW_REJECTED, digest(row.name), row.version)


def _pending(row: Any) -> PendingImage | None:
    outcome = max(filter(None, (row.recognised, row.rejected, row.deleted)), default=-1)
    accepted, announced = row.accepted or -1, row.announced or -1
    if max(accepted, announced) <= outcome:
        return None
    if accepted > outcome:
        origin = accepted_origin(row.accepted_cell)
        return PendingImage(digest(row.image_key), row.owner, origin.appended_at, origin)
    # What was announced after an outcome may have been about to be sent once more.
    return None if outcome >= 0 else _announced(row)


def _announced(row: Any) -> PendingImage:
    return PendingImage(digest(row.image_key), row.owner, announced_at(row.announced_cell), None)


async def count_documents(session: ElasticsearchSession, index: str) -> int:
    """Make everything saved so far searchable, and count it."""
    await session.request("POST", f"/{index}/_refresh")
    return int((await session.request("POST", f"/{index}/_count"))["count"])


async def read_documents(session: ElasticsearchSession, index: str) -> AsyncGenerator[list[TraceRecord], None]:
    """Yield what Elasticsearch holds, as it was at one moment, page by page."""
    opened = await session.request("POST", f"/{index}/_pit", params={"keep_alive": KEEP_OPEN}, absent_is_none=True)
    if opened is None:
        raise ConfigurationError(f"there is no index {index} in Elasticsearch: run `vedette migrate`")
    pit, after = opened["id"], None
    try:
        while True:
            answer = await session.request("POST", "/_search", _page(pit, after))
            pit, hits = answer["pit_id"], answer["hits"]["hits"]
            if not hits:
                return
            yield [_document(hit) for hit in hits]
            after = hits[-1]["sort"]
    finally:
        await session.request("DELETE", "/_pit", {"id": pit})


def _page(pit: str, after: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "pit": {"id": pit, "keep_alive": KEEP_OPEN},
        "size": DOCUMENTS_A_PAGE,
        "sort": ["_shard_doc"],
        "version": True,
        "track_total_hits": False,
        "_source": False,
        "docvalue_fields": ["owner", "image_id", "status"],
    }
    return body if after is None else {**body, "search_after": after}


def _document(hit: dict[str, Any]) -> TraceRecord:
    """A document is known by the image that it names, so that a second one of another id is seen as such."""
    fields = hit.get("fields", {})
    key = hit["_id"]
    if "owner" in fields and "image_id" in fields:
        key = ImageIdentity(owner=fields["owner"][0], image_id=fields["image_id"][0]).image_key
    rejected = fields.get("status") == [ImageStatus.REJECTED]
    return TraceRecord(
        Kind.DOCUMENT, digest(key), hit["_version"], marks=Mark.SHOWS_REJECTION if rejected else Mark.NONE
    )
