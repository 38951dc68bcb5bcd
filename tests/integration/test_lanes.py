"""Urgent references overtake a backlog of others, which goes on meanwhile."""

import asyncio
import time
from pathlib import Path
from statistics import median
from uuid import uuid4

import pytest
from confluent_kafka import Message

from infra.embedded.platform import Platform
from processors.pictures import DEMO_PICTURES as PICTURES
from producers.publisher import ImagePublisher
from schemas.images import ImageReference
from schemas.results import RecognitionResult, parse_result_event
from schemas.topics import IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, RECOGNITION_RESULTS
from tests.platforms import create_workspace
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail
from tests.workers import running_worker, skip_backlog

pytestmark = pytest.mark.long

BACKLOG = 2000
URGENT = 20
ROOTS = {"VEDETTE_SOURCES__FILE_ROOTS": str(PICTURES)}


async def test_an_urgent_image_does_not_wait_behind_a_backlog_and_the_backlog_goes_on(
    stack: RunningStack, tmp_path: Path
) -> None:
    """The worker is told to stop in the middle; another one does the rest, and nothing is missing or done twice."""
    Platform(stack.settings).migrate()
    skip_backlog(stack.settings)
    owner = f"lanes-{uuid4().hex[:12]}"
    await create_workspace(stack.settings, owner, f"{PICTURES.as_uri()}/")
    uri = (PICTURES / "chelsea.jpg").as_uri()
    with (
        TopicTail(stack.settings.kafka, RECOGNITION_RESULTS) as results,
        running_worker(stack.settings, "recognise", tmp_path, ROOTS) as first,
    ):
        with ImagePublisher(stack.settings.kafka, priority="batch") as backlog:
            for number in range(BACKLOG):
                backlog.publish(ImageReference(owner=owner, uri=uri, image_id=f"batch-{number}"))
        found = await asyncio.to_thread(results.read, 100, 60, naming=owner)
        with ImagePublisher(stack.settings.kafka) as urgent:
            for number in range(URGENT):
                urgent.publish(ImageReference(owner=owner, uri=uri, image_id=f"urgent-{number}"))
                urgent.flush()
                await asyncio.sleep(0.25)
        deadline = time.monotonic() + 60
        while len(latencies_s(found, IMAGE_REFERENCES)) < URGENT and time.monotonic() < deadline:
            found += await asyncio.to_thread(results.read, 50, 1, naming=owner)
        overtaken = len(found)
        assert first.stop() == 0, first.log.read_text()
        with running_worker(stack.settings, "recognise", tmp_path, ROOTS):
            missing = BACKLOG + URGENT - overtaken
            rest = await asyncio.to_thread(results.read, missing, 120, naming=owner)
    urgent_s = latencies_s(found, IMAGE_REFERENCES)
    batch_s = latencies_s(found, IMAGE_REFERENCES_BATCH)
    assert len(urgent_s) == URGENT, f"{len(batch_s)} of the backlog are done"
    assert len(batch_s) < BACKLOG, "there was no backlog any more"
    assert len(batch_s) > 100 + URGENT, "the backlog stood still"
    print(f"urgent: median {median(urgent_s):.2f} s, longest {max(urgent_s):.2f} s; batch: {median(batch_s):.2f} s")  # noqa: T201 - a measurement
    assert median(urgent_s) < 1
    assert max(urgent_s) < 3
    assert len(rest) == missing
    assert len(origins(found + rest)) == BACKLOG + URGENT


def origins(found: list[Message]) -> set[str]:
    """Return the places of the references that were recognised."""
    events = [parse_result_event(message.value() or b"") for message in found]
    return {event.origin.name for event in events if isinstance(event, RecognitionResult)}


def latencies_s(found: list[Message], topic: str) -> list[float]:
    """Return how long each image of ``topic`` took, from the broker's append to that of its result."""
    events = [(message, parse_result_event(message.value() or b"")) for message in found]
    return [
        message.timestamp()[1] / 1000 - event.origin.appended_at.timestamp()
        for message, event in events
        if isinstance(event, RecognitionResult) and event.origin.topic == topic
    ]
