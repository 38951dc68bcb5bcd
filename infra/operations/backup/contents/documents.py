"""The documents of the index, as rows of a backup: the id is the key, the version the write time of the one cell."""

import re
from collections.abc import AsyncIterator, Iterable
from typing import Any

import orjson

from infra.elasticsearch.result_documents import Document
from infra.elasticsearch.results import save_documents
from infra.elasticsearch.session import ElasticsearchSession
from infra.errors import ConfigurationError, TransientError
from infra.operations.backup.format.rows import Cell, Row
from infra.retries import retry_outage
from schemas.records.backups import Column

COLUMNS = (
    Column(name="id", type="text", kind="partition_key"),
    Column(name="source", type="text", kind="regular"),
)
DOCUMENTS_A_PAGE = 1000
KEEP_OPEN = "5m"


async def count_documents(session: ElasticsearchSession, index: str) -> int:
    """Make everything saved so far searchable, and count it; deleted images' marks too."""
    if await session.request("POST", f"/{index}/_refresh", absent_is_none=True) is None:
        raise ConfigurationError(f"there is no index {index} in Elasticsearch: run `vedette migrate`")
    return int((await session.request("POST", f"/{index}/_count"))["count"])


async def read_documents(session: ElasticsearchSession, index: str) -> AsyncIterator[Row]:
    """Yield every document as they were at one moment, reading a page at a time; call ``count_documents`` before."""
    opened = await session.request("POST", f"/{index}/_pit", params={"keep_alive": KEEP_OPEN})
    pit, after = opened["id"], None
    try:
        while True:
            page = await _read_page(session, _page(pit, after))
            pit, hits = page["pit_id"], page["hits"]["hits"]
            for hit in hits:
                yield _row(hit)
            if len(hits) < DOCUMENTS_A_PAGE:
                return
            after = hits[-1]["sort"]
    finally:
        await session.request("DELETE", "/_pit", {"id": pit}, absent_is_none=True)


async def write_documents(session: ElasticsearchSession, index: str, rows: Iterable[Row]) -> None:
    """Write documents back under their versions: what is newer already is left as it is."""
    documents = [_document(row) for row in rows]
    await retry_outage(lambda: save_documents(session, index, documents), doing="write documents to Elasticsearch")


async def delete_indices(session: ElasticsearchSession, index: str) -> None:
    """Delete what stands behind the alias, and what a rebuilding may have left beside it under its numbers."""
    found = await session.request("GET", f"/{index}-*", absent_is_none=True) or {}
    behind = await session.request("GET", f"/{index}", absent_is_none=True) or {}
    for name in sorted({*behind, *(one for one in found if re.fullmatch(rf"{re.escape(index)}-\d+", one))}):
        await session.request("DELETE", f"/{name}")


async def _read_page(session: ElasticsearchSession, page: dict[str, Any]) -> Any:
    async def read() -> Any:
        return await session.request("POST", "/_search", page, absent_is_none=True)

    found = await retry_outage(read, doing="read documents from Elasticsearch")
    if found is None:
        raise TransientError(
            "Elasticsearch has lost the position of the reading, for example because it was restarted: "
            "run the command again"
        )
    return found


def _page(pit: str, after: Any) -> dict[str, Any]:
    page: dict[str, Any] = {
        "pit": {"id": pit, "keep_alive": KEEP_OPEN},
        "size": DOCUMENTS_A_PAGE,
        "sort": [{"_shard_doc": "asc"}],
        "version": True,
        "track_total_hits": False,
    }
    return page if after is None else {**page, "search_after": after}


def _row(hit: dict[str, Any]) -> Row:
    source = orjson.dumps(hit["_source"], option=orjson.OPT_SORT_KEYS)
    return Row((hit["_id"].encode(),), (Cell(source, int(hit["_version"])),))


def _document(row: Row) -> Document:
    (cell,) = row.cells
    if cell is None:
        raise ValueError("a document without a source")
    return Document(row.key[0].decode(), cell.written, orjson.loads(cell.value))
