"""Counts, suggestions and look-alikes out of the result index, in Elasticsearch's query language."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from infra.elasticsearch.result_documents import hash_bands, words
from infra.elasticsearch.result_queries import SUMMARY_FIELDS, filters, read_summary
from schemas.images import ImageIdentity
from schemas.queries import (
    Bucket,
    ImageStatus,
    Interval,
    Latency,
    ResultQuery,
    SimilarImage,
    StageLatency,
    Statistics,
)

MOST_BUCKETS = 20
LOOKED_AT = 100
# So many images that share a band are compared at most, the newest.
COMPARED = 2000
NAMED = {
    "labels": "labels",
    "label_tree": "label_tree",
    "categories": "categories",
    "objects": "objects",
    "faces": "face_count",
    "moderation": "moderation",
    "owners": "owner",
    "statuses": "status",
    "reasons": "reason",
    "pipelines": "pipeline",
    "cameras": "camera",
}
TENTHS = {"confidences": "top_confidence", "known": "known"}
NAME_FIELDS = ("labels", "label_tree", "objects")
# So many names are looked through for those that hold all the words.
MOST_NAMES = 200
STAGES = ("queue", "fetch", "decode", "inference")
PERCENTS = [50, 95]
CONFIDENCE_BOUNDS = tuple(step / 10 for step in range(11))


def statistics_body(query: ResultQuery, interval: Interval) -> dict[str, Any]:
    """Return the request for counts over everything that ``query`` means."""
    terms = {name: {"terms": {"field": field, "size": MOST_BUCKETS}} for name, field in NAMED.items()}
    ranges = [
        {"key": f"{low:.1f}", "from": low, **({} if high == 1.0 else {"to": high})}
        for low, high in pairwise(CONFIDENCE_BOUNDS)
    ]
    return {
        "size": 0,
        "track_total_hits": True,
        "query": {"bool": {"filter": filters(query)}},
        "aggs": {
            **terms,
            "over_time": {
                "date_histogram": {"field": "@timestamp", "calendar_interval": interval.value, "min_doc_count": 1}
            },
            **{name: {"range": {"field": field, "ranges": ranges}} for name, field in TENTHS.items()},
        },
    }


def read_statistics(answer: Mapping[str, Any], interval: Interval) -> Statistics:
    """Return the counts of an answer to ``statistics_body``."""
    found = answer["aggregations"]
    return Statistics(
        total=answer["hits"]["total"]["value"],
        over_time=_buckets(found["over_time"], "key_as_string"),
        interval=interval,
        **{name: _buckets(found[name], "key") for name in (*NAMED, *TENTHS)},
    )


def suggestions_body(query: ResultQuery, begun: str) -> dict[str, Any] | None:
    """Return the request for names in which a word begins as ``begun`` ends; None where that holds no word.

    Images without all of its words are ruled out first: their names need not be looked at.
    """
    *whole, last = words(begun).split() or [""]
    if not last:
        return None
    required = [*filters(query), {"prefix": {"search_text": {"value": last}}}]
    if whole:
        required.append({"match": {"search_text": {"query": " ".join(whole), "operator": "and"}}})
    names = {"size": MOST_NAMES, "include": _with_word(last)}
    return {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": required}},
        "aggs": {field: {"terms": {"field": field, **names}} for field in NAME_FIELDS},
    }


def read_suggestions(answer: Mapping[str, Any], query: ResultQuery, begun: str) -> tuple[Bucket, ...]:
    """Return the names of an answer to ``suggestions_body`` that hold all the words, the most frequent first."""
    counts: Counter[str] = Counter()
    for field in NAME_FIELDS:
        # The larger of the two: of a name that is both a label and an object, many images have both.
        counts |= Counter({each.key: each.count for each in _buckets(answer["aggregations"][field], "key")})
    return suggestions_of(counts, begun, query.limit)


def suggestions_of(counts: Mapping[str, int], begun: str, most: int) -> tuple[Bucket, ...]:
    """Return those of the names that hold every word in ``begun``, the last one perhaps unfinished."""
    *whole, last = words(begun).split() or [""]
    if not last:
        return ()
    matching = [
        Bucket(key=name, count=count)
        for name, count in counts.items()
        if (held := words(name).split()) and set(whole) <= set(held) and any(word.startswith(last) for word in held)
    ]
    return tuple(sorted(matching, key=lambda bucket: (-bucket.count, bucket.key))[:most])


def similar_body(query: ResultQuery, vector: str, model: str, but: ImageIdentity | None) -> dict[str, Any]:
    """Return the request for the images nearest to ``vector``, of the same model, without the one that it is of."""
    wanted = [*filters(query), {"term": {"embedding_model": model}}]
    found = {"bool": {"filter": wanted, "must_not": [] if but is None else [_is(but)]}}
    knn = {
        "field": "embedding",
        "query_vector": vector,
        "k": query.limit,
        "num_candidates": max(query.limit, LOOKED_AT),
        "filter": found,
    }
    return {"knn": knn, "size": query.limit, "_source": SUMMARY_FIELDS, "track_total_hits": False}


def read_similar(hits: list[dict[str, Any]]) -> tuple[SimilarImage, ...]:
    """Return hits with the cosine that their scores stand for."""
    return tuple(
        SimilarImage(**read_summary(hit["_source"]).model_dump(), similarity=min(1.0, 2 * hit["_score"] - 1))
        for hit in hits
    )


def duplicates_body(query: ResultQuery, perceptual: str, model: str, but: ImageIdentity) -> dict[str, Any]:
    """Return the request for the images that share a band of 16 bits with this hash."""
    wanted = [*filters(query), {"terms": {"hash_bands": hash_bands(perceptual)}}, {"term": {"hash_model": model}}]
    return {
        "query": {"bool": {"filter": wanted, "must_not": [_is(but)]}},
        "size": COMPARED,
        "sort": [{"@timestamp": "desc"}],
        "_source": [*SUMMARY_FIELDS, "hash"],
        "track_total_hits": False,
    }


def read_duplicates(sources: list[dict[str, Any]], perceptual: str, most_bits: int) -> tuple[SimilarImage, ...]:
    """Return those whose hashes differ in ``most_bits`` at most, the nearest first."""
    measured = [(_distance(source["hash"], perceptual), source) for source in sources]
    near = sorted((pair for pair in measured if pair[0] <= most_bits), key=lambda pair: pair[0])
    return tuple(SimilarImage(**read_summary(source).model_dump(), distance_bits=bits) for bits, source in near)


def latency_body(since: datetime) -> dict[str, Any]:
    """Return the request for how long each stage took, of the images recognised since then."""
    wanted = filters(ResultQuery(owners=None, status=ImageStatus.RECOGNISED, since=since))
    return {
        "size": 0,
        "track_total_hits": True,
        "query": {"bool": {"filter": wanted}},
        "aggs": {stage: {"percentiles": {"field": f"timings.{stage}_ms", "percents": PERCENTS}} for stage in STAGES},
    }


def read_latency(answer: Mapping[str, Any]) -> Latency:
    """Return what an answer to ``latency_body`` says; a stage that no image went through is left out."""
    found = {stage: answer["aggregations"][stage]["values"] for stage in STAGES}
    return Latency(
        images=answer["hits"]["total"]["value"],
        stages=tuple(
            StageLatency(stage=stage, p50_ms=values["50.0"], p95_ms=values["95.0"])
            for stage, values in found.items()
            if values.get("50.0") is not None
        ),
    )


def _with_word(beginning: str) -> str:
    """Return a pattern, as Lucene writes them, of names in which a word begins so, in whatever case.

    It takes a few names too many, where a word is not of ASCII. ``beginning`` is letters and digits alone.
    """
    letters = (f"[{letter}{letter.upper()}]" if len(letter.upper()) == 1 else letter for letter in beginning)
    return f"(.*[^A-Za-z0-9])?{''.join(letters)}.*"


def _distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _is(image: ImageIdentity) -> dict[str, Any]:
    return {"bool": {"filter": [{"term": {"owner": image.owner}}, {"term": {"image_id": image.image_id}}]}}


def _buckets(aggregation: Mapping[str, Any], key: str) -> tuple[Bucket, ...]:
    return tuple(Bucket(key=str(each[key]), count=each["doc_count"]) for each in aggregation["buckets"])
