"""``docs/reference/contract.md`` and ``reason-codes.md``: topics, fields of events and reasons, out of the models."""

from collections.abc import Iterator
from typing import Any

import orjson

from infra.documentation.json_schema import fields
from infra.documentation.markdown import page, table
from producers.contract.contract import render_contract
from schemas.answers import FailureCode
from schemas.dead_letters import Reason
from schemas.reason_meanings import REASON_MEANINGS
from schemas.results import ResultWarning
from schemas.topics import DAY_MS, GROUP_TOPICS, KIB, MINUTE_MS, QUESTION_GROUP, QUESTIONS, TOPICS

CONTRACT = """# Event contract

The fields of every event, generated from the models with which the platform validates. [Events](events.md) explains
them, with examples. Programs find the same contract as JSON Schemas and an AsyncAPI 3 document in `schemas/contract/`
of the source code.

## Topics

`vedette migrate` creates the topics with these limits. The largest message also limits a batch of messages, as Kafka
stores it."""
REASONS = """# Reason codes

A message that cannot be recognised becomes a dead letter with one of these codes in its header `dlq-reason`. The API
shows the same code as `reason`. Codes are never renamed; new ones may be added.
[What to do about dead letters](../how-to/operate-the-platform.md#what-could-not-be-recognised)."""


def contract_page() -> str:
    """Return the page of topics, consumer groups and the fields of every event and header."""
    lines = [CONTRACT, "", *_topics(), "", "## Consumer groups", "", *_groups()]
    for name, content in sorted(render_contract().items()):
        if name.endswith(".schema.json"):
            lines += _schema(name, orjson.loads(content))
    return page(*lines)


def reason_codes_page() -> str:
    """Return the page of reasons for rejections, failures of one feature, and warnings."""
    reasons = ((f"`{reason.value}`", REASON_MEANINGS[reason]) for reason in Reason)
    failures = ", ".join(f"`{code.value}`" for code in FailureCode)
    warnings = ", ".join(f"`{code.value}`" for code in ResultWarning)
    return page(
        REASONS,
        "",
        *table(("reason", "meaning"), reasons),
        "",
        "## Codes on results",
        "",
        f"The entry of a feature that has no answer holds an `error` with one of these codes: {failures}.",
        "",
        f"`warnings` of a result holds these codes: {warnings}. [Events](events.md#warnings) explains them.",
    )


def _topics() -> Iterator[str]:
    rows = (
        (f"`{topic.name}`", f"{topic.max_message_bytes // KIB:,} KiB", _time(topic.retention_ms)) for topic in TOPICS
    )
    yield from table(("topic", "largest message", "kept for"), rows)


def _time(kept_ms: int) -> str:
    return f"{kept_ms // DAY_MS} days" if kept_ms >= DAY_MS else f"{kept_ms // MINUTE_MS} minutes"


def _groups() -> Iterator[str]:
    groups = {**GROUP_TOPICS, QUESTION_GROUP: (QUESTIONS,)}
    rows = ((f"`{group}`", ", ".join(f"`{name}`" for name in read)) for group, read in groups.items())
    yield from table(("consumer group", "reads"), rows)


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield from ("", f"## {schema['title']}", "", f"`{name}`")
    if "properties" in schema:
        yield from ("", *fields(schema))
    # What several events share stands once in the schema, and once here.
    for part, definition in schema.get("$defs", {}).items():
        if "properties" in definition:
            yield from ("", f"### {part} in {schema['title'].lower()}", "", *fields(definition))
