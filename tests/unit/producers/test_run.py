"""Repeating a list for load, and the report of a run."""

import json

import pytest

from infra.errors import TransientError
from infra.manifests.references import Refusal
from producers.problems import MAX_REASONS, OTHER_REASONS
from producers.report import PublishReport
from producers.run import repeated
from schemas.images import ImageReference

NAMED = ImageReference(owner="shop", uri="s3://a/1.jpg", image_id="one")
UNNAMED = ImageReference(owner="shop", uri="s3://a/2.jpg")
REFUSED = Refusal("line 1", "not JSON")


def test_the_list_is_repeated_under_other_names_and_refusals_count_once() -> None:
    refusal, *references = repeated([NAMED, REFUSED, UNNAMED], 2)
    assert refusal == REFUSED
    names = [reference.image_id for reference in references if isinstance(reference, ImageReference)]
    derived = UNNAMED.identity.image_id
    assert names == ["one-r0001", f"{derived}-r0001", "one-r0002", f"{derived}-r0002"]


def test_a_name_that_is_too_long_to_be_repeated_is_refused() -> None:
    (refusal,) = repeated([NAMED.model_copy(update={"image_id": "x" * 123})], 1)
    assert refusal == Refusal("s3://a/1.jpg", "image_id: too long to be repeated under another name")


def test_the_summary_groups_reasons_and_shows_the_first_examples(capsys: pytest.CaptureFixture[str]) -> None:
    report = PublishReport()
    report.count_confirmed(NAMED)
    for number in range(5):
        report.count_refused(Refusal(f"line {number}", "not [bold]JSON"))
    report.count_failed(
        ImageReference(owner="shop", uri="https://h/a?sig=secret"), TransientError("Kafka did not confirm")
    )
    report.show(as_json=True)
    facts = json.loads(capsys.readouterr().out)
    assert (facts["published"], facts["refused"], facts["failed"]) == (1, 5, 1)
    assert facts["problems"] == [
        {"reason": "not [bold]JSON", "count": 5, "examples": ["line 0", "line 1", "line 2"]},
        {"reason": "Kafka did not confirm", "count": 1, "examples": ["https://h/a"]},
    ]
    report.show(as_json=False)
    text = capsys.readouterr().out
    assert "1 published, 5 refused, 1 not confirmed" in text
    assert "not [bold]JSON" in text


def test_a_name_that_no_terminal_can_show_does_not_break_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    report = PublishReport()
    report.count_refused(Refusal("\udcff.jpg", "not a regular file"))
    report.show(as_json=True)
    assert json.loads(capsys.readouterr().out)["problems"][0]["examples"] == ["?.jpg"]


def test_a_million_different_reasons_do_not_fill_the_memory() -> None:
    report = PublishReport()
    for number in range(MAX_REASONS + 10):
        report.count_refused(Refusal("somewhere", f"reason {number}"))
    assert len(report.problems) == MAX_REASONS + 1
    assert report.problems[0].reason == OTHER_REASONS
