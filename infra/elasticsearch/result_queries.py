"""Questions to the result index, in Elasticsearch's query language."""

from datetime import datetime
from typing import Any

from infra.cursors import decode_cursor, encode_cursor
from infra.elasticsearch.answer_fields import least_score_term, score_term
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
    "known",
    "face_count",
    "moderation",
    "taken_at",
    "taken_at_local",
    "camera",
    "reason",
]
NameFields = tuple[tuple[str, float], ...]
LABEL_FIELDS: NameFields = (("labels_90", 0.9), ("labels_50", 0.5), ("labels", 0.0))
OBJECT_FIELDS: NameFields = (("objects_50", 0.5), ("objects", 0.0))
TREE_FIELDS = ("label_tree", "label_tree_scores")
CATEGORY_FIELDS = ("categories", "category_scores")
MODERATION_FIELDS = ("moderation", "moderation_scores")
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
    return [*required, *content_filters(query)]


def content_filters(query: ResultQuery) -> list[dict[str, Any]]:
    """Return what a document must match, whosever image it is of and whatever became of that."""
    required: list[dict[str, Any]] = []
    if query.pipeline is not None:
        required.append({"term": {"pipeline": query.pipeline}})
    if query.reason is not None:
        required.append({"term": {"reason": query.reason.value}})
    if query.camera is not None:
        required.append(_names("camera", query.camera))
    required += [{"term": {f"metadata.{name}": value}} for name, value in query.metadata]
    if query.text is not None:
        required.append(_text(query.text))
    taken = _between("taken_at", query.taken_since, query.taken_until)
    seen = [*_seen(query), *_known(query), *_faces(query)]
    return [*required, *seen, *_between("@timestamp", query.since, query.until), *taken]


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
        known=source.get("known"),
        faces=source.get("face_count"),
        moderation=source.get("moderation", ()),
        taken_at=source.get("taken_at"),
        taken_at_local=source.get("taken_at_local"),
        camera=source.get("camera"),
        reason=source.get("reason"),
    )


def _seen(query: ResultQuery) -> list[dict[str, Any]]:
    """What was seen, at least as surely as asked for; of the top label where nothing is named."""
    least = query.min_confidence or 0.0
    unwanted = [shows(name, least) for name in query.exclude_labels]
    return [*_named_in(query, least), *([{"bool": {"must_not": unwanted}}] if unwanted else [])]


def _named_in(query: ResultQuery, least: float) -> list[dict[str, Any]]:
    named = [
        *([shows(query.label, least)] if query.label is not None else []),
        *_named(LABEL_FIELDS, "predictions", query.label_exact, least),
        *_named(OBJECT_FIELDS, "detections", query.object, least),
        *([_surely(CATEGORY_FIELDS, query.category, least)] if query.category is not None else []),
        *([_surely(MODERATION_FIELDS, query.moderation, least)] if query.moderation is not None else []),
    ]
    if not named and least and not query.exclude_labels:
        return [{"range": {"top_confidence": {"gte": least}}}]
    return named


def shows(name: str, least: float) -> dict[str, Any]:
    """Return what finds a label, an object or anything more general of this name, with a confidence of ``least``."""
    kinds = [
        {"bool": {"filter": _named(LABEL_FIELDS, "predictions", name, least)}},
        {"bool": {"filter": _named(OBJECT_FIELDS, "detections", name, least)}},
        _surely(TREE_FIELDS, name, least),
    ]
    return {"bool": {"should": kinds, "minimum_should_match": 1}}


def _surely(fields: tuple[str, str], name: str, least: float) -> dict[str, Any]:
    """Return what finds ``name`` in the first of two fields, or where it must be sure in that of its scores."""
    names, scores = fields
    if not least:
        return _names(names, name)
    return {"range": {scores: {"gte": least_score_term(name, least), "lte": score_term(name, 1.0)}}}


def _known(query: ResultQuery) -> list[dict[str, Any]]:
    bounds = {name: one for name, one in (("gte", query.min_known), ("lt", query.max_known)) if one is not None}
    return [{"range": {"known": bounds}}] if bounds else []


def _faces(query: ResultQuery) -> list[dict[str, Any]]:
    bounds = {"gte": query.min_faces, "lte": query.max_faces}
    told = {name: bound for name, bound in bounds.items() if bound is not None}
    return [{"range": {"face_count": told}}] if told else []


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


def _between(field: str, since: datetime | None, until: datetime | None) -> list[dict[str, Any]]:
    bounds = {name: moment.isoformat() for name, moment in (("gte", since), ("lt", until)) if moment is not None}
    return [{"range": {field: bounds}}] if bounds else []


def _listing(query: ResultQuery) -> list[object]:
    """What makes a list the same list on its next page."""
    owners = None if query.owners is None else sorted(query.owners)
    rest = query.model_dump(mode="json", exclude={"owners", "limit", "cursor"})
    return ["results", owners, sorted(rest.items())]
