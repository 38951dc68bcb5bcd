"""How long one image takes on an idle system, from publishing until the API returns it and until a search finds it."""

import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from confluent_kafka import Producer
from rich.progress import Progress

from infra.embedded.platform import Platform
from infra.kafka.event_bus import producer_configuration
from infra.settings.servers import KafkaSettings
from processors.bench.api_client import connect, create_account, log_in, new_account
from processors.bench.measures.result_flow import BenchFailed
from schemas.images import ImageReference
from schemas.messages.cloud_events import REFERENCE_TYPE, headers_for
from schemas.topics import IMAGE_REFERENCES

WORKSPACE = "bench-latency"
EMAIL = "bench@vedette.example"
MEASURED_IMAGES = 50
WARM_UP_IMAGES = 5
READ_INTERVAL_S = 0.005
SEARCH_INTERVAL_S = 0.02
ANSWER_TIMEOUT_S = 60.0
CONFIRM_TIMEOUT_S = 10.0
# The golden ratio's fraction: pauses spread evenly over the index's refresh interval. Without them every image would be
# published just after a refresh, and would wait for the whole of the next.
PAUSE_STEP = 0.618
REFRESH_INTERVAL_S = 1.0


@dataclass(frozen=True)
class Latency:
    """Seconds from publishing one image until the API returns its result, and until a search finds it."""

    readable_s: float
    searchable_s: float


def run_latency(platform: Platform, folder: Path, pictures: Sequence[Path], progress: Progress) -> list[Latency]:
    """Publish images one by one, each once the one before it is searchable; raises ``BenchFailed`` without an answer.

    The first images warm everything up and are not returned.
    """
    account = new_account(EMAIL, WORKSPACE)
    create_account(platform, account, f"{folder.as_uri()}/")
    task = progress.add_task("single images", total=WARM_UP_IMAGES + MEASURED_IMAGES)
    measured = []
    with connect(platform.settings.api.port) as api:
        log_in(api, account)
        probe = LatencyProbe(api, ReferencePublisher(platform.settings.kafka).publish)
        for number in range(WARM_UP_IMAGES + MEASURED_IMAGES):
            time.sleep(pause_s(number))
            measured.append(probe.measure(pictures[number % len(pictures)], f"single-{number}"))
            progress.advance(task)
    return measured[WARM_UP_IMAGES:]


def pause_s(number: int) -> float:
    """Return the seconds to wait before an image: over many, every part of the refresh interval equally often."""
    return number * PAUSE_STEP % REFRESH_INTERVAL_S


class LatencyProbe:
    """Has one image published at a time and watches for it through a client that is logged in."""

    def __init__(self, api: httpx.Client, publish: Callable[[ImageReference], None]) -> None:
        self._api = api
        self._publish = publish

    def measure(self, picture: Path, image_id: str) -> Latency:
        """Publish one image and return how long it took; raises ``BenchFailed`` if it never comes."""
        began = time.perf_counter()
        self._publish(ImageReference(owner=WORKSPACE, uri=picture.as_uri(), image_id=image_id))
        with ThreadPoolExecutor(2, thread_name_prefix="latency") as pool:
            readable = pool.submit(await_sight, lambda: self._is_readable(image_id), READ_INTERVAL_S, image_id)
            searchable = pool.submit(await_sight, lambda: self._is_searchable(image_id), SEARCH_INTERVAL_S, image_id)
            return Latency(readable.result() - began, searchable.result() - began)

    def _is_readable(self, image_id: str) -> bool:
        response = self._api.get(f"/v1/images/{image_id}", params={"owner": WORKSPACE})
        if response.status_code == httpx.codes.NOT_FOUND:
            return False
        view = response.raise_for_status().json()
        if view["status"] == "rejected":
            raise BenchFailed(f"{view['uri']} was rejected: {view.get('detail') or view['reason']}")
        return bool(view["status"] == "recognised" and view.get("result"))

    def _is_searchable(self, image_id: str) -> bool:
        response = self._api.get("/v1/results", params={"owner": WORKSPACE, "limit": 5})
        return any(item["image_id"] == image_id for item in response.raise_for_status().json()["items"])


def await_sight(
    look: Callable[[], bool], interval_s: float, image_id: str, timeout_s: float = ANSWER_TIMEOUT_S
) -> float:
    """Return the ``perf_counter`` at which ``look`` first saw the image; raises ``BenchFailed`` after ``timeout_s``."""
    deadline = time.perf_counter() + timeout_s
    while not look():
        if time.perf_counter() > deadline:
            raise BenchFailed(f"no answer for {image_id} within {timeout_s:.0f} s: see the logs of the workers")
        time.sleep(interval_s)
    return time.perf_counter()


class ReferencePublisher:
    """Publishes references one at a time, with no wait for a batch to fill."""

    def __init__(self, kafka: KafkaSettings) -> None:
        configuration = producer_configuration(kafka, delivery_timeout_s=CONFIRM_TIMEOUT_S, linger_ms=0)
        self._producer = Producer(configuration)

    def publish(self, reference: ImageReference) -> None:
        """Return once the broker has it; raises ``BenchFailed`` if it does not confirm."""
        now = datetime.now(UTC)
        headers = headers_for(REFERENCE_TYPE, event_id=str(uuid.uuid4()), source="vedette/bench", time=now)
        value = reference.model_dump_json(exclude_none=True, exclude_unset=True).encode()
        self._producer.produce(IMAGE_REFERENCES, value, reference.identity.image_key.encode(), headers=list(headers))
        if self._producer.flush(CONFIRM_TIMEOUT_S):
            raise BenchFailed(f"Kafka did not confirm {reference.image_id} within {CONFIRM_TIMEOUT_S:.0f} s")
