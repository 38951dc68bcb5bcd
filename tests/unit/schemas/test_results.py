"""A result is complete by construction, and belongs to the image that it names."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.answers import (
    EmbeddingAnswer,
    FailedFeature,
    FailureCode,
    FeatureAnswers,
    FeatureFailure,
    Label,
    LabelsAnswer,
)
from schemas.images import Feature, ImageIdentity, Origin
from schemas.results import ImageDeleted, ImageFacts, RecognitionResult, StageTimings, parse_result_event
from tests.samples import HASH, PROPERTIES

NOW = datetime(2025, 1, 2, 3, 4, 5, 678_000, UTC)
NAMED = {"owner": "shop", "image_id": "a-1", "image_key": ImageIdentity(owner="shop", image_id="a-1").image_key}
DELETION = ImageDeleted(**NAMED, deleted_at=NOW)
RESULT = RecognitionResult(
    **NAMED,
    uri="s3://shop/a.jpg",
    pipeline="standard@1",
    image=ImageFacts(sha256="0" * 64, size_bytes=10, format="JPEG", width=3, height=2),
    features=FeatureAnswers(
        labels=LabelsAnswer(model="lite0@1", labels=(Label(name="tabby", confidence=0.9),)),
        embedding=EmbeddingAnswer(model="lite0@1", dimensions=3, values="AAAA"),
        text=FailedFeature(error=FeatureFailure(code=FailureCode.NOT_INSTALLED, message="none")),
    ),
    origin=Origin(topic="image-references", partition=0, offset=1, appended_at_ms=2),
    recognised_at=NOW,
    host="worker-1",
    timings=StageTimings(queue_ms=1, fetch_ms=2, decode_ms=3, inference_ms=4, batch_size=5),
    metadata={"text": "A", "whole": 2**63 - 1, "real": 0.1, "yes": True},
    correlation_id="c-1",
)


def changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(RESULT.model_dump_json(exclude_none=True)), **changes}).encode()


@pytest.mark.parametrize("event", [RESULT, DELETION])
def test_an_event_comes_back_as_it_was_sent(event: RecognitionResult | ImageDeleted) -> None:
    assert parse_result_event(event.model_dump_json(exclude_none=True).encode()) == event


def test_metadata_keeps_its_kinds() -> None:
    back = parse_result_event(changed())
    assert isinstance(back, RecognitionResult)
    assert {name: type(value) for name, value in back.metadata.items()} == {
        "text": str,
        "whole": int,
        "real": float,
        "yes": bool,
    }


def test_a_feature_stands_in_the_result_with_an_answer_or_an_error() -> None:
    assert RESULT.features.answered() == {Feature.LABELS, Feature.EMBEDDING, Feature.TEXT}


def test_every_feature_has_its_place() -> None:
    assert set(FeatureAnswers.model_fields) == {feature.value for feature in Feature}


def test_properties_and_hash_come_back_as_they_were_sent() -> None:
    answers = FeatureAnswers(properties=PROPERTIES, hash=HASH)
    back = parse_result_event(RESULT.model_copy(update={"features": answers}).model_dump_json().encode())
    assert isinstance(back, RecognitionResult)
    assert back.features == answers


def test_a_failure_is_not_taken_for_an_answer() -> None:
    failed = FailedFeature(model="lite0@1", error=FeatureFailure(code=FailureCode.MODEL_FAILED, message="no memory"))
    back = parse_result_event(
        RESULT.model_copy(update={"features": FeatureAnswers(labels=failed)}).model_dump_json().encode()
    )
    assert isinstance(back, RecognitionResult)
    assert back.features.labels == failed


def test_fields_that_later_versions_add_are_ignored() -> None:
    assert parse_result_event(changed(colour="red")) == RESULT


@pytest.mark.parametrize(
    "changes",
    [
        {"image_key": ImageIdentity(owner="bank", image_id="a-1").image_key},
        {"owner": "bank"},
        {"image_id": "a-2"},
        {"event": "guessed"},
        {"pipeline": "standard"},
        {"recognised_at": "2025-01-01T00:00:00"},
        {"image": {"sha256": "0", "size_bytes": 1, "format": "JPEG", "width": 1, "height": 1}},
        {"features": {"labels": {"model": "m@1", "labels": [{"name": "a", "confidence": 1.1}]}}},
    ],
)
def test_what_contradicts_itself_is_no_result(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parse_result_event(changed(**changes))


def test_a_deletion_must_bring_its_own_images_key() -> None:
    with pytest.raises(ValidationError, match="image_key does not belong to owner and image_id"):
        ImageDeleted(**{**NAMED, "owner": "bank"}, deleted_at=NOW)
