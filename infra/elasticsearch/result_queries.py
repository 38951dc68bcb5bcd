"""Questions to the result index, in Elasticsearch's query language."""

from typing import Any

from infra.cursors import decode_cursor, encode_cursor
from infra.elasticsearch.result_documents import words
from schemas.queries import ImageStatus, ResultQuery, ResultSummary

# Newest first, searches for text as well: relevance says little about a handful of words, it would have to be computed
# for every hit, and its pages shift with every image that comes in.
SORT = [{"@timestamp": "desc"}, {"image_key": "desc"}]
SORT_TYPES = (int, str)
SUMMARY_FIELDS = [
    "owner",
    "image_id",
    "status",
    "uri",
    "pipeline",
    "@timestamp",
    "predictions",
    "detections.name",
    "detections.confidence",
    "reason",
]
NameFields = tuple[tuple[str, float], ...]
LABEL_FIELDS: NameFields = (("labels_90", 0.9), ("labels_50", 0.5), ("labels", 0.0))
OBJECT_FIELDS: NameFields = (("objects_50", 0.5), ("objects", 0.0))
SHOWN = (ImageStatus.RECOGNISED.value, ImageStatus.REJECTED.value)
ASKED_FOR = (*SHOWN, ImageStatus.DISCARDED.value)


def search_body(query: ResultQuery) -> dict[str, Any]:
    """Return the request for one page, with one hit more than the page holds, to see whether another follows."""
    body = {
        "query": {"bool": {"filter": filters(query)}},
        "sort": SORT,
        "size": query.limit + 1,
        "_source": SUMMARY_FIELDS,
        "track_total_hits": False,
    }
    if query.cursor is not None:
        body["search_after"] = decode_cursor(_listing(query), query.cursor, SORT_TYPES)
    return body


def filters(query: ResultQuery) -> list[dict[str, Any]]:
    """Return what a document must match: all of these."""
    statuses = SHOWN if query.status is None else {query.status.value}.intersection(ASKED_FOR)
    # Messages that named no image are shown to administrators, by another way.
    required: list[dict[str, Any]] = [{"terms": {"status": sorted(statuses)}}, {"exists": {"field": "image_id"}}]
    if query.owners is not None:
        required.append({"terms": {"owner": sorted(query.owners)}})
    if query.pipeline is not None:
        required.append({"term": {"pipeline": query.pipeline}})
    if query.reason is not None:
        required.append({"term": {"reason": query.reason.value}})
    required += [{"term": {f"metadata.{name}": value}} for name, value in query.metadata]
    if query.text is not None:
        required.append(_text(query.text))
    return [*required, *_seen(query), *_time(query)]


def next_cursor(query: ResultQuery, sort_values: list[Any]) -> str:
    """Return the cursor to what follows the hit with these sort values."""
    return encode_cursor(_listing(query), sort_values)


def read_summary(source: dict[str, Any]) -> ResultSummary:
    """Return one hit."""
    recognised = source["status"] == ImageStatus.RECOGNISED.value
    return ResultSummary(
        owner=source["owner"],
        image_id=source["image_id"],
        status=source["status"],
        uri=source.get("uri"),
        pipeline=source.get("pipeline"),
        recognised_at=source["@timestamp"] if recognised else None,
        labels=source.get("predictions", ()),
        objects=source.get("detections", ()),
        reason=source.get("reason"),
    )


def _seen(query: ResultQuery) -> list[dict[str, Any]]:
    """What was seen, at least as surely as asked for; of the top label where nothing is named."""
    least = query.min_confidence or 0.0
    if query.label is None and query.object is None:
        return [{"range": {"top_confidence": {"gte": least}}}] if least else []
    labels = _named(LABEL_FIELDS, "predictions", query.label, least)
    return [*labels, *_named(OBJECT_FIELDS, "detections", query.object, least)]


def _named(fields: NameFields, nested: str, name: str | None, least: float) -> list[dict[str, Any]]:
    """Return what finds ``name`` with a confidence of ``least``; ``fields`` are flat ones with their own least."""
    if name is None:
        return []
    field, floor = next((field, floor) for field, floor in fields if least >= floor)
    if least == floor:
        return [_names(field, name)]
    # The flat field rules out most images before the nested ones are looked at.
    return [_names(field, name), _nested(nested, name, least)]


def _names(field: str, name: str) -> dict[str, Any]:
    return {"term": {field: {"value": name, "case_insensitive": True}}}


def _nested(path: str, name: str, confidence: float) -> dict[str, Any]:
    both = [_names(f"{path}.name", name), {"range": {f"{path}.confidence": {"gte": confidence}}}]
    return {"nested": {"path": path, "query": {"bool": {"filter": both}}}}


def _text(text: str) -> dict[str, Any]:
    wanted = words(text)
    return {"match": {"search_text": {"query": wanted, "operator": "and"}}} if wanted else {"match_none": {}}


def _time(query: ResultQuery) -> list[dict[str, Any]]:
    bounds = {
        name: moment.isoformat() for name, moment in (("gte", query.since), ("lt", query.until)) if moment is not None
    }
    return [{"range": {"@timestamp": bounds}}] if bounds else []


def _listing(query: ResultQuery) -> list[object]:
    """What makes a list the same list on its next page."""
    owners = None if query.owners is None else sorted(query.owners)
    rest = query.model_dump(mode="json", exclude={"owners", "limit", "cursor"})
    return ["results", owners, sorted(rest.items())]
