"""Counts and look-alikes out of the result index, in Elasticsearch's query language."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from infra.index_documents import hash_bands
from infra.index_queries import SUMMARY_FIELDS, filters, read_summary
from schemas.images import ImageIdentity
from schemas.queries import Bucket, Interval, ResultQuery, SimilarImage, Statistics

MOST_BUCKETS = 20
LOOKED_AT = 100
# So many images that share a band are compared at most, the newest.
COMPARED = 2000
NAMED = {
    "labels": "labels",
    "objects": "objects",
    "owners": "owner",
    "statuses": "status",
    "reasons": "reason",
    "pipelines": "pipeline",
}
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
            "confidences": {"range": {"field": "top_confidence", "ranges": ranges}},
        },
    }


def read_statistics(answer: Mapping[str, Any], interval: Interval) -> Statistics:
    """Return the counts of an answer to ``statistics_body``."""
    found = answer["aggregations"]
    return Statistics(
        total=answer["hits"]["total"]["value"],
        over_time=_buckets(found["over_time"], "key_as_string"),
        interval=interval,
        confidences=_buckets(found["confidences"], "key"),
        **{name: _buckets(found[name], "key") for name in NAMED},
    )


def similar_body(query: ResultQuery, vector: str, model: str, but: ImageIdentity) -> dict[str, Any]:
    """Return the request for the images nearest to ``vector``, of the same model, without the one that it is of."""
    wanted = [*filters(query), {"term": {"embedding_model": model}}]
    found = {"bool": {"filter": wanted, "must_not": [_is(but)]}}
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


def _distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _is(image: ImageIdentity) -> dict[str, Any]:
    return {"bool": {"filter": [{"term": {"owner": image.owner}}, {"term": {"image_id": image.image_id}}]}}


def _buckets(aggregation: Mapping[str, Any], key: str) -> tuple[Bucket, ...]:
    return tuple(Bucket(key=str(each[key]), count=each["doc_count"]) for each in aggregation["buckets"])
