"""The committed contract says what the models say, and the examples in the documentation follow it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError
from typer.testing import CliRunner

from processors.imaging.decoding.containers import FORMATS
from producers.contract.commands import FOLDER
from producers.contract.commands import contract as contract_command
from producers.contract.contract import render_contract
from schemas.activity import Action, AuditEvent, parse_activity
from schemas.activity_queries import ActivityKind
from schemas.dead_letters import Reason
from schemas.images import ImageReference
from schemas.messages.cloud_events import (
    ANSWER_TYPE,
    DELETION_TYPE,
    JOB_FINISHED_TYPE,
    QUESTION_TYPE,
    REFERENCE_TYPE,
    RESULT_TYPE,
    activity_type,
)
from schemas.reason_meanings import REASON_MEANINGS
from schemas.results import RecognitionResult, parse_result_event
from schemas.topics import TOPICS
from schemas.wire import parse_reference
from tests.places import ROOT
from tests.typer_apps import app_of

PAGE = (ROOT / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)]
REFERENCES = [example for example in EXAMPLES if "event" not in example]
RESULTS = [example for example in EXAMPLES if example.get("event") in {"recognised", "deleted"}]
AUDITED = [example for example in EXAMPLES if example.get("event") == "audit"]
ACTIVITY = [example for example in EXAMPLES if example.get("event") in {"audit", "access"}]


def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("name", sorted(render_contract()))
def test_the_committed_file_is_what_the_models_give(name: str) -> None:
    assert (FOLDER / name).read_bytes() == render_contract()[name], "run `vedette contract`"


def _fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field of a schema and of its parts, with its name."""
    for part, definition in {"": schema, **schema.get("$defs", {})}.items():
        for name, field in definition.get("properties", {}).items():
            yield f"{part}.{name}", field


@pytest.mark.parametrize("name", sorted(name for name in render_contract() if name.endswith(".schema.json")))
def test_every_field_says_what_it_means(name: str) -> None:
    fields = list(_fields(json.loads(render_contract()[name])))
    assert fields
    assert [of for of, field in fields if "description" not in field and "$ref" not in field] == []


def test_no_other_file_is_committed_beside_them() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(render_contract())


def test_the_page_shows_references_and_both_result_events() -> None:
    assert len(REFERENCES) >= 2
    assert {example["event"] for example in RESULTS} == {"recognised", "deleted"}


@pytest.mark.parametrize("example", REFERENCES)
def test_a_reference_on_the_page_is_valid(example: dict[str, Any]) -> None:
    _validator("image-reference").validate(example)
    parse_reference(orjson.dumps(example))


@pytest.mark.parametrize("example", ACTIVITY, ids=["audit", "access"])
def test_an_activity_event_on_the_page_is_valid(example: dict[str, Any]) -> None:
    _validator("activity-event").validate(example)
    parse_activity(orjson.dumps(example))


@pytest.mark.parametrize("example", RESULTS)
def test_a_result_on_the_page_is_valid(example: dict[str, Any]) -> None:
    _validator("result-event").validate(example)
    parse_result_event(orjson.dumps(example))


def test_the_audit_event_on_the_page_is_valid_and_every_action_is_named() -> None:
    (example,) = AUDITED
    _validator("audit-event").validate(example)
    AuditEvent.model_validate_json(orjson.dumps(example))
    assert [action.value for action in Action if f"`{action.value}`" not in PAGE] == []


@pytest.mark.parametrize(
    "wrong", [{"owner": "shop"}, {"owner": "A B", "uri": "s3://a/b"}, {"owner": "a", "uri": "s3://a/b", "features": []}]
)
def test_the_schema_refuses_what_the_worker_rejects(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _validator("image-reference").validate(wrong)
    with pytest.raises(ValueError, match="invalid_reference"):
        parse_reference(orjson.dumps(wrong))


@pytest.mark.parametrize("model", [ImageReference, RecognitionResult])
def test_every_field_of_an_event_is_in_the_tables_of_the_page(model: Any) -> None:
    missing = [name for name in model.model_fields if f"| `{name}` |" not in PAGE]
    assert not missing


def test_every_reason_code_has_its_meaning() -> None:
    assert list(REASON_MEANINGS) == list(Reason)


def test_every_type_of_event_is_in_the_table_of_the_page() -> None:
    ours = {REFERENCE_TYPE, RESULT_TYPE, DELETION_TYPE, QUESTION_TYPE, ANSWER_TYPE, JOB_FINISHED_TYPE}
    told = {activity_type(kind.value) for kind in ActivityKind if kind is not ActivityKind.UNREADABLE}
    assert set(re.findall(r"^\| `(vedette\.[\w.]+)` \|", PAGE, flags=re.MULTILINE)) == ours | told


def test_the_format_of_the_picture_on_the_page_is_one_that_results_have() -> None:
    shown = {example["image"]["format"] for example in RESULTS if "image" in example}
    assert shown <= set(FORMATS)


def test_every_topic_is_a_channel_and_in_the_table_of_the_page() -> None:
    document = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text())
    of_topics = {topic.name for topic in TOPICS}
    assert {channel["address"] for channel in document["channels"].values()} == of_topics | {"/v1/live"}
    assert [topic.name for topic in TOPICS if f"| `{topic.name}` |" not in PAGE] == []


def test_every_link_within_the_asyncapi_document_leads_somewhere() -> None:
    document = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text())
    for link in _links(document):
        target = document
        for part in link.removeprefix("#/").split("/"):
            target = target[part]
        assert target


def test_the_identities_on_the_page_are_those_the_platform_derives() -> None:
    rows = re.findall(r"^\| `shop` \| `(.+?)` \| (.+?) \| `(.+?)` \| `(.+?)` \|$", PAGE, flags=re.MULTILINE)
    assert len(rows) == 3
    for uri, given, image_id, image_key in rows:
        reference = ImageReference(owner="shop", uri=uri, image_id=None if given == "none" else given.strip("`"))
        assert (reference.identity.image_id, reference.identity.image_key) == (image_id, image_key)


def test_check_finds_a_file_that_was_changed_and_writing_repairs_it(tmp_path: Path) -> None:
    run = CliRunner()
    command = app_of(contract_command)
    assert run.invoke(command, ["--folder", str(tmp_path)]).exit_code == 0
    assert run.invoke(command, ["--folder", str(tmp_path), "--check"]).exit_code == 0
    (tmp_path / "asyncapi.yaml").write_text("changed")
    refused = run.invoke(command, ["--folder", str(tmp_path), "--check"])
    assert (refused.exit_code, refused.output) == (1, "asyncapi.yaml differs: run `vedette contract`\n")


def _links(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [link for value in node.values() for link in _links(value)]
    return [link for item in node for link in _links(item)] if isinstance(node, list) else []
