"""Exports of a real index, through the API as its own process and by the command: all of it, the same both ways."""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.elasticsearch.results import ResultIndex
from infra.embedded.platform import Platform
from infra.settings.settings import Settings
from schemas.answers import FeatureAnswers, Label
from schemas.images import Origin
from schemas.results import RecognitionResult
from schemas.topics import IMAGE_REFERENCES
from tests import samples
from tests.served import Served, served
from tests.stacks import RunningStack

# Three pages of a snapshot.
IMAGES = 1203
ESPRESSO = Label(name="espresso", confidence=0.9)


@pytest.fixture(scope="module")
def workspace() -> str:
    return f"w{uuid4().hex[:10]}"


@pytest.fixture(scope="module")
def api(stack: RunningStack, workspace: str) -> Iterator[Served]:
    Platform(stack.settings).migrate()
    asyncio.run(save(stack.settings, [recognised(workspace, number) for number in range(IMAGES)]))
    with served(stack.settings) as api:
        yield api


@pytest.fixture(scope="module")
def member(api: Served, workspace: str) -> Iterator[httpx.Client]:
    with api.log_in(api.create_account(workspace)) as client:
        yield client


def recognised(owner: str, number: int) -> RecognitionResult:
    # Many of one millisecond: the order must not depend on the time alone.
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(milliseconds=number // 7)
    stood = Origin(topic=IMAGE_REFERENCES, partition=0, offset=number, appended_at_ms=int(at.timestamp() * 1000))
    seen: dict[str, Any] = {"labels": (ESPRESSO if number % 3 else samples.CAT,)}
    if number == 5:
        seen = {"features": FeatureAnswers(objects=samples.OBJECTS)}
    return samples.result(owner, f"{number}.jpg", of=stood, recognised_at=at, **seen)


async def save(settings: Settings, results: list[RecognitionResult]) -> None:
    index = ResultIndex.connect(settings.elasticsearch)
    try:
        await index.save_results(results)
        await index.refresh()
    finally:
        await index.close()


def listed(client: httpx.Client, **asked: str) -> list[dict[str, Any]]:
    """Return every item of a list, page after page."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/v1/results", params={"limit": "200", **asked, **cursor}).raise_for_status().json()
        items += page["items"]
        if "next_cursor" not in page:
            return items
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("asked", [{}, {"label": "espresso", "min_confidence": "0.5"}], ids=str)
def test_an_export_has_every_image_that_lists_have_in_their_order(member: httpx.Client, asked: dict[str, str]) -> None:
    with member.stream("GET", "/v1/export", params=asked, headers={"Accept-Encoding": "gzip"}) as answer:
        lines = gzip.decompress(b"".join(answer.iter_raw())).splitlines()
    *items, end = map(json.loads, lines)
    assert items == listed(member, **asked)
    assert end == {"end": True, "items": len(items)}


def test_the_command_writes_what_the_api_sends(
    api: Served, member: httpx.Client, workspace: str, tmp_path: Path
) -> None:
    sent = member.get("/v1/export", params={"format": "csv"}).raise_for_status().text
    path = tmp_path / "all.csv"
    Platform(api.settings).run("export", str(path), "--format", "csv", "--owner", workspace)
    assert path.read_bytes().decode() == sent
    assert len(list(csv.reader(io.StringIO(sent)))) == IMAGES + 2


def test_objects_come_with_their_boxes(member: httpx.Client) -> None:
    document = member.get("/v1/export", params={"format": "coco"}).raise_for_status().json()
    assert len(document["images"]) == IMAGES
    numbers = {box["image_id"] for box in document["annotations"]}
    assert [document["images"][number - 1]["image_id"] for number in numbers] == ["5.jpg"]
