"""Questions on their topic: what their headers tell, and what no header may tell."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.features import Feature, FeatureOptions, LabelOptions
from schemas.images import ImageReference
from schemas.messages.questions import (
    MOST_PARTS,
    MOST_QUESTION_BYTES,
    PART_BYTES,
    Question,
    answer_headers,
    decode_question,
    is_answer_to,
    question_headers,
    split_picture,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def question(**fields: Any) -> Question:
    known = {"id": "a" * 32, "reply_to": "b" * 32, "owner": "shop", "deadline": NOW, "size_bytes": 5}
    return Question(**{**known, **fields})


def with_header(name: str, value: bytes | None) -> list[tuple[str, bytes | None]]:
    kept = [(each, old) for each, old in question_headers(question(), 0, "vedette/api", NOW) if each != name]
    return [*kept, (name, value)]


def test_a_question_comes_back_from_its_headers() -> None:
    asked = question(
        features=(Feature.LABELS, Feature.TEXT),
        options=FeatureOptions(labels=LabelOptions(max_labels=3, include=("Größe",))),
        pipeline="standard@2",
        size_bytes=3 * PART_BYTES,
    )
    assert decode_question(question_headers(asked, 2, "vedette/api", NOW)) == (asked, 2)


def test_a_question_asks_as_a_reference_asks() -> None:
    options = FeatureOptions(labels=LabelOptions(max_labels=3))
    reference = question(features=(Feature.HASH, Feature.HASH), options=options, pipeline="standard@2").reference
    assert isinstance(reference, ImageReference)
    assert (reference.features, reference.options, reference.pipeline) == ((Feature.HASH,), options, "standard@2")
    assert (reference.owner, reference.deadline) == ("shop", NOW)
    assert question().reference.features is None, "the workspace's default"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("question", None),
        ("question", b""),
        ("question", b"\xff"),
        ("question", b"[]"),
        ("question", b'{"id":"x"}'),
        ("question", b" " * (MOST_QUESTION_BYTES + 1)),
        ("question-part", None),
        ("question-part", b"1"),
        ("question-part", b"-1"),
        ("question-part", b"0x0"),
        ("question-part", "\N{ARABIC-INDIC DIGIT ZERO}".encode()),
        ("question-part", b"9" * 5000),
    ],
)
def test_headers_that_hold_no_question_are_refused(name: str, value: bytes | None) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is, it is no question
        decode_question(with_header(name, value))


@pytest.mark.parametrize("deadline", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_deadline_at_the_edge_of_the_calendar_is_refused(deadline: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        question(deadline=deadline)


@pytest.mark.parametrize(
    "fields", [{"size_bytes": 0}, {"size_bytes": MOST_PARTS * PART_BYTES + 1}, {"id": "../x"}, {"owner": "A B"}]
)
def test_a_question_within_bounds_alone_is_one(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))):
        question(**fields)


@given(headers=st.lists(st.tuples(st.sampled_from(["question", "question-part", "x"]), st.binary() | st.none())))
def test_no_headers_make_reading_fail_otherwise(headers: list[tuple[str, bytes | None]]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - chance makes no question
        decode_question(headers)


@pytest.mark.parametrize("size_bytes", [1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_a_picture_is_split_into_as_many_parts_as_its_question_says(size_bytes: int) -> None:
    picture = bytes(size_bytes)
    parts = split_picture(picture)
    assert b"".join(parts) == picture
    assert len(parts) == question(size_bytes=size_bytes).parts


def test_an_answer_names_the_process_that_asked() -> None:
    headers = answer_headers(question(), "vedette/recognise/w", NOW)
    assert is_answer_to("b" * 32, headers)
    assert not is_answer_to("a" * 32, headers)
    assert dict(headers)["correlation-id"] == b"a" * 32
