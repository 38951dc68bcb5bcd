"""Every example of the README and of docs/ is of a kind that a test checks, or says why no test can run it."""

import ast
import json
from collections import Counter

import orjson
import pytest
import yaml

from api.http.problems import InvalidFields
from processors.evaluation.text.transcripts import TranscriptLine
from processors.models.card import ModelCard
from schemas.activity import parse_activity
from schemas.results import parse_result_event
from schemas.wire import parse_reference
from tests.examples import NOT_RUN, README, TUTORIAL, Example, examples, tour

CHECKED = {"sh", "json", "python", "java", "js", "ts", "yaml"}
# What prints, and what Sphinx reads: usage lines of generated pages, lists of pages.
SHOWN = {"text", "{toctree}"}
LEFT_OUT = {
    "add-a-model.md": 1,
    "analyse-in-kibana.md": 1,
    "first-images.md": 1,
    "publish-from-a-shell.md": 1,
    "query-the-api.md": 3,
    "watch-the-platform.md": 2,
}
EVENTS = {"recognised": parse_result_event, "deleted": parse_result_event}


def each(*languages: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", examples(*languages), ids=str)


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert {example.language for example in examples()} <= CHECKED | SHOWN


def test_what_no_test_runs_is_little_and_says_why() -> None:
    left_out = [example for example in examples() if example.mark and not example.is_run]
    assert all(len(example.mark.removeprefix(NOT_RUN)) > 10 for example in left_out)
    assert Counter(example.page.name for example in left_out) == LEFT_OUT


@each("json")
def test_a_json_block_is_something_that_the_platform_itself_would_read(example: Example) -> None:
    shown = json.loads(example.text)
    encoded = orjson.dumps(shown)
    if "event" in shown:
        EVENTS.get(shown["event"], parse_activity)(encoded)
    elif "owner" in shown:
        parse_reference(encoded)
    elif "text" in shown:
        TranscriptLine.model_validate_json(encoded, strict=True)
    else:
        InvalidFields.model_validate_json(encoded, strict=True)


@each("yaml")
def test_a_card_is_one_that_the_platform_takes(example: Example) -> None:
    ModelCard.model_validate(yaml.safe_load(example.text))


@each("python")
def test_a_python_block_compiles(example: Example) -> None:
    ast.parse(example.text)


def test_the_readme_shows_the_tutorials_tour() -> None:
    told = [line for line in tour(README).splitlines() if line]
    assert len(told) > 10
    rest = iter(tour(TUTORIAL).splitlines())
    assert [line for line in told if line not in rest] == []
