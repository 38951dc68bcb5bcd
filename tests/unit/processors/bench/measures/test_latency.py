"""A single image is published and watched for; the API here is a transport that answers as the real one does."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from processors.bench.measures.latency import LatencyProbe, await_sight, pause_s
from processors.bench.measures.result_flow import BenchFailed
from schemas.images import ImageReference

PICTURE = Path("/pictures/cup.jpg")


class SlowApi:
    """Knows an image once it was asked for it a few times: later in a search than by name."""

    def __init__(self, outcome: dict[str, Any], *, read_after: int = 2, found_after: int = 3) -> None:
        self._outcome = outcome
        self._left = {"read": read_after, "search": found_after}
        self.published: list[ImageReference] = []

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://api", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        way = "search" if request.url.path == "/v1/results" else "read"
        self._left[way] -= 1
        known = bool(self.published) and self._left[way] < 0
        if way == "search":
            return httpx.Response(200, json={"items": [{"image_id": "single-1"}] if known else []})
        return httpx.Response(200, json=self._outcome) if known else httpx.Response(404)


def test_an_image_is_published_once_and_seen_in_both_ways() -> None:
    api = SlowApi({"status": "recognised", "result": {"features": {}}})
    with api.client() as client:
        latency = LatencyProbe(client, api.published.append).measure(PICTURE, "single-1")

    assert [(sent.image_id, sent.uri) for sent in api.published] == [("single-1", PICTURE.as_uri())]
    assert latency.readable_s > 0
    assert latency.searchable_s > 0


def test_a_rejected_image_fails_the_run_with_its_reason() -> None:
    outcome = {"status": "rejected", "uri": PICTURE.as_uri(), "reason": "not_an_image", "detail": "no picture"}
    api = SlowApi(outcome)
    with api.client() as client, pytest.raises(BenchFailed, match="no picture"):
        LatencyProbe(client, api.published.append).measure(PICTURE, "single-1")


def test_an_api_that_refuses_the_question_fails_the_run() -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(403))
    with httpx.Client(base_url="http://api", transport=refusing) as client, pytest.raises(httpx.HTTPStatusError):
        LatencyProbe(client, lambda _: None).measure(PICTURE, "single-1")


def test_an_image_that_never_comes_fails_the_run_by_its_name() -> None:
    with pytest.raises(BenchFailed, match="single-9"):
        await_sight(lambda: False, 0.001, "single-9", timeout_s=0.01)


def test_pauses_fall_into_every_tenth_of_the_refresh_interval() -> None:
    pauses = [pause_s(number) for number in range(50)]

    assert {int(pause * 10) for pause in pauses} == set(range(10))
    assert max(later - sooner for sooner, later in pairwise(sorted(pauses))) < 0.05
