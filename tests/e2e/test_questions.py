"""Pictures that are recognised while their callers wait, all the way: answered at once, and kept nowhere."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.kafka.topic_facts import TopicFacts
from processors.models.default.install import NAME
from schemas.messages.questions import PART_BYTES
from schemas.topics import (
    ANSWERS,
    DEAD_LETTERS,
    IMAGE_REFERENCES,
    IMAGE_REFERENCES_BATCH,
    QUESTIONS,
    RECOGNITION_RESULTS,
)
from tests.platforms import RunningPlatform
from tests.topic_tail import TopicTail

QUINN = "quinn@questions.example"
OWNER = "questions-shop"
KEPT = (IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, RECOGNITION_RESULTS, DEAD_LETTERS)


@pytest.fixture(scope="module")
def quinn(platform: RunningPlatform) -> Iterator[httpx.Client]:
    platform.create_account(QUINN, OWNER)
    with platform.client(QUINN) as client:
        yield client


@pytest.fixture
def nothing_is_kept(platform: RunningPlatform, quinn: httpx.Client) -> Iterator[None]:
    """Whatever the test asks, no topic that anybody keeps, no store and no folder has it afterwards."""
    with ExitStack() as opened:
        tails = [opened.enter_context(TopicTail(platform.settings.kafka, topic)) for topic in KEPT]
        yield
        assert [tail.read_to_end(naming=OWNER) for tail in tails] == [[]] * len(KEPT)
    assert quinn.get("/v1/images").raise_for_status().json() == {"items": []}
    assert quinn.get("/v1/results").raise_for_status().json()["items"] == []
    uploads = platform.settings.home / "uploads" / OWNER
    assert not [path for path in uploads.rglob("*") if path.is_file()]


def ask(client: httpx.Client, picture: bytes, **params: Any) -> httpx.Response:
    return client.post("/v1/recognise", content=picture, params=params)


async def ask_at_once(platform: RunningPlatform, picture: bytes, times: int) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {platform.token(QUINN)}"}
    async with httpx.AsyncClient(base_url=platform.url, headers=headers, timeout=120) as client:
        return await asyncio.gather(*(client.post("/v1/recognise", content=picture) for _ in range(times)))


@pytest.mark.usefixtures("nothing_is_kept")
def test_a_picture_is_recognised_at_once(quinn: httpx.Client, chelsea: Path) -> None:
    answer = ask(quinn, chelsea.read_bytes(), options='{"labels":{"max_labels":2}}')
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert "cat" in shown["features"]["labels"]["labels"][0]["name"]
    assert len(shown["features"]["labels"]["labels"]) == 2
    assert shown["features_from"] == "workspace"
    assert shown["features"]["labels"]["model"].startswith(NAME)


@pytest.mark.usefixtures("nothing_is_kept")
def test_a_large_picture_goes_in_parts_and_is_answered(quinn: httpx.Client, chelsea: Path) -> None:
    large = chelsea.read_bytes() + bytes(5 * PART_BYTES)
    answer = ask(quinn, large, features=["hash"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["image"]["size_bytes"] == len(large)


@pytest.mark.usefixtures("nothing_is_kept")
def test_what_cannot_be_recognised_says_why(quinn: httpx.Client, chelsea: Path) -> None:
    torn = ask(quinn, chelsea.read_bytes()[:300])
    assert torn.status_code == 422, torn.text
    assert torn.json()["errors"][0]["field"] == "body"
    unknown = ask(quinn, chelsea.read_bytes(), pipeline="nobody@7")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "pipeline")


@pytest.mark.usefixtures("nothing_is_kept")
def test_of_a_hundred_at_once_each_is_answered_or_told_when_to_come_back(
    platform: RunningPlatform, chelsea: Path
) -> None:
    answers = asyncio.run(ask_at_once(platform, chelsea.read_bytes(), 100))
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert any(answer.status_code == 200 for answer in answers)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all("Retry-After" in answer.headers and answer.json()["reason"] == "busy" for answer in refused)


def test_kafka_keeps_questions_for_ten_minutes(platform: RunningPlatform) -> None:
    kept_s = TopicFacts(platform.settings.kafka).ask_retentions_s([QUESTIONS, ANSWERS])
    assert kept_s == {QUESTIONS: 600, ANSWERS: 600}
