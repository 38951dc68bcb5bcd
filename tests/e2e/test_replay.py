"""History through another pipeline: replayed, interrupted, compared, promoted; nothing is lost or comes back."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from infra.cassandra.images.results import ResultStore
from infra.cassandra.replays import ReplayStates
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.session import ElasticsearchSession
from infra.operations.reconcile.window import Window
from processors.pipelines.diff import PipelineDiff
from schemas.messages.replays import History, ReplaySummary
from schemas.records.pipelines import DEFAULT_PIPELINE
from schemas.records.reconciliation import Reconciliation
from schemas.topics import RECOGNITION_RESULTS
from tests.exports.shapes import NAMES
from tests.platforms import RunningPlatform, create_workspace, key_of
from tests.reconciliations import counted, reconciled

pytestmark = pytest.mark.long

STANDARD, TRIAL = DEFAULT_PIPELINE.id, "trial@1"
EXPORT = Path(__file__).parents[1] / "data" / "exports" / "torch.onnx"
IMAGES = 120
GONE = "image-7"
PACED = ("--pace", "30")
HISTORY, LIVE = 300, 10
ANSWERED_S = 180.0


class Shop:
    """A workspace with pictures of its own."""

    def __init__(self, platform: RunningPlatform, store: ResultStore, elasticsearch: ElasticsearchSession) -> None:
        self.platform = platform
        self.store = store
        self.owner = f"shop-{uuid4().hex[:12]}"
        self._elasticsearch = elasticsearch
        self._pictures = sorted(platform.pictures.glob("*.jpg"))

    def publish(self, image_id: str, number: int = 0, **fields: object) -> None:
        uri = self._pictures[number % len(self._pictures)].as_uri()
        self.platform.publish(owner=self.owner, uri=uri, image_id=image_id, **fields)

    def delete(self, image_id: str) -> None:
        event = {"event": "deleted", "owner": self.owner, "image_id": image_id}
        key = key_of(self.owner, image_id)
        value = json.dumps({**event, "image_key": key, "deleted_at": "2026-01-01T00:00:00Z"}).encode()
        self.platform.publish_raw(value, topic=RECOGNITION_RESULTS)

    async def settle(self, accepted: int) -> Reconciliation:
        """Return what is counted once everything has its outcome in both stores; nothing may be lost meanwhile."""
        deadline = time.monotonic() + ANSWERED_S
        while True:
            found = await counted(self.platform.settings, Window(owner=self.owner))
            assert found.is_clean, found
            if found.accepted >= accepted and found.pending == 0:
                return found
            assert time.monotonic() < deadline, found
            await asyncio.sleep(1)

    async def until_forgotten(self, image_id: str) -> None:
        deadline = time.monotonic() + ANSWERED_S
        while await self.pipelines_of(image_id):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)

    async def shown(self) -> dict[str, str]:
        """Return by image what searches show: the pipeline, or the status of what is not recognised."""
        index = self.platform.settings.elasticsearch.index
        await self._elasticsearch.request("POST", f"/{index}/_refresh")
        body = {"size": 1000, "query": {"term": {"owner": self.owner}}, "_source": ["image_id", "pipeline", "status"]}
        found = await self._elasticsearch.request("POST", f"/{index}/_search", body)
        sources = [hit["_source"] for hit in found["hits"]["hits"]]
        return {one["image_id"]: one["pipeline"] if one["status"] == "recognised" else one["status"] for one in sources}

    async def pipelines_of(self, image_id: str) -> set[str]:
        return {one.pipeline for one in await self.store.read_history(key_of(self.owner, image_id))}


@pytest.fixture
async def cassandra(platform: RunningPlatform) -> AsyncIterator[CassandraSession]:
    session = await CassandraSession.connect(platform.settings.cassandra)
    yield session
    await session.close()


@pytest.fixture
async def shop(platform: RunningPlatform, cassandra: CassandraSession) -> AsyncIterator[Shop]:
    elasticsearch = ElasticsearchSession.open(platform.settings.elasticsearch)
    shop = Shop(platform, ResultStore(cassandra), elasticsearch)
    await create_workspace(platform.settings, shop.owner, f"{platform.pictures.as_uri()}/")
    yield shop
    await elasticsearch.close()


@pytest.fixture(scope="module")
def trial(platform: RunningPlatform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A pipeline that gives other labels than the default one, which counts again at the end.

    Whoever promotes it comes last in this file.
    """
    labels = tmp_path_factory.mktemp("labels") / "labels.txt"
    labels.write_text("\n".join(NAMES))
    run = platform.platform.run
    options = ("--task", "classification", "--labels", str(labels), "--normalisation", "imagenet")
    run("models", "add", str(EXPORT), "--name", "figures", "--version", "1", "--licence", "MIT", *options)
    run("models", "verify", "figures@1", str(platform.pictures))
    run("pipelines", "create", "trial", "--like", STANDARD, "--version", "1", "--model", "labels=figures@1")
    yield TRIAL
    if json.loads(run("pipelines", "show", "--json"))["promoted"] == TRIAL:
        run("pipelines", "rollback", "--rebuild")


@pytest.mark.timeout(600)
async def test_a_named_pipelines_answer_is_kept_beside_the_promoted_ones_and_shown_where_there_is_no_other(
    shop: Shop, trial: str
) -> None:
    shop.publish("both")
    await shop.settle(1)
    shop.publish("both", pipeline=trial)
    shop.publish("alone", pipeline=trial)
    shop.publish("both", pipeline="gone@1")
    found = await shop.settle(4)
    assert (found.recognised, found.rejected) == (3, 1)
    assert await shop.shown() == {"both": STANDARD, "alone": trial}
    assert await shop.pipelines_of("both") == {STANDARD, trial}


@pytest.mark.timeout(600)
async def test_live_references_overtake_a_replay(shop: Shop, trial: str) -> None:
    for number in range(HISTORY):
        shop.publish(f"old-{number}", number)
    await shop.settle(HISTORY)
    sent = ReplaySummary.model_validate_json(await asyncio.to_thread(run_replay, shop, trial, "--no-wait"))
    assert sent.published == HISTORY
    for number in range(LIVE):
        shop.publish(f"live-{number}", number)
    await shop.settle(2 * HISTORY + LIVE)
    live = [await shop.store.read_result(key_of(shop.owner, f"live-{number}")) for number in range(LIVE)]
    replayed = [await shop.store.read_result(key_of(shop.owner, f"old-{number}"), trial) for number in range(HISTORY)]
    answered = sorted(one.recognised_at for one in replayed if one is not None)
    assert len(answered) == HISTORY
    # Published behind all of them, and answered before most of what was still to do.
    waits_s = [(one.recognised_at - one.origin.appended_at).total_seconds() for one in live if one is not None]
    print(f"live answers after {max(waits_s):.2f} s at most")  # noqa: T201 - a measurement
    assert len(waits_s) == LIVE
    assert max(one.recognised_at for one in live if one is not None) < answered[-1]


@pytest.mark.timeout(900)
async def test_history_is_replayed_through_another_pipeline_and_shown_once_that_is_promoted(
    platform: RunningPlatform, shop: Shop, cassandra: CassandraSession, trial: str
) -> None:
    platform.create_account("rita@replay.example", shop.owner)
    names = [f"image-{number}" for number in range(IMAGES)]
    for number, name in enumerate(names):
        shop.publish(name, number, metadata={"number": number})
    await shop.settle(IMAGES)
    shop.delete(GONE)
    kept = set(names) - {GONE}
    await shop.until_forgotten(GONE)

    published = await kill_in_the_middle(shop, ReplayStates(cassandra), trial)
    assert 0 < published < len(kept)
    done = ReplaySummary.model_validate_json(await asyncio.to_thread(run_replay, shop, trial, *PACED))
    assert done.resumed
    assert done.images == done.published + done.answered_before == len(kept)

    # Every answer is in Cassandra by now, beside the older ones; searches show what they showed.
    for name in kept:
        assert await shop.pipelines_of(name) == {STANDARD, trial}
    assert await shop.pipelines_of(GONE) == set()
    found = await shop.settle(IMAGES + len(kept))
    assert (found.lost, found.doubled, found.lost_deletions) == (0, 0, 0)
    assert await shop.shown() == {**dict.fromkeys(kept, STANDARD), GONE: "deleted"}

    answers = await shop.store.read_history(key_of(shop.owner, "image-3"))
    assert {one.pipeline: one.metadata["number"] for one in answers} == {STANDARD: 3, trial: 3}
    assert len({one.origin.id for one in answers}) == 1
    assert len({frozenset(one.features.answered()) for one in answers}) == 1

    told = await asyncio.to_thread(
        platform.platform.run, "pipelines", "diff", STANDARD, trial, "--owner", shop.owner, "--limit", "5", "--json"
    )
    diff = PipelineDiff.model_validate_json(told)
    assert (diff.compared, diff.only_old, diff.only_new, diff.flipped) == (len(kept), 0, 0, len(kept))
    assert {one.new.name for one in diff.most_different if one.new} <= set(NAMES)
    assert len(diff.most_different) == 5
    table = await asyncio.to_thread(platform.platform.run, "pipelines", "diff", STANDARD, trial, "--owner", shop.owner)
    assert "0.0% keep their top label" in table

    with platform.client("rita@replay.example") as rita:
        assert shown_by_api(rita) == STANDARD
        await asyncio.to_thread(platform.platform.run, "pipelines", "promote", trial, "--rebuild")
        assert shown_by_api(rita) == trial
        assert rita.get(f"/v1/images/{GONE}").status_code == httpx.codes.NOT_FOUND
    assert await shop.shown() == {**dict.fromkeys(kept, trial), GONE: "deleted"}
    everything = await asyncio.to_thread(reconciled, platform.settings, "--owner", shop.owner)
    assert (everything.lost, everything.doubled, everything.pending) == (0, 0, 0)

    again = ReplaySummary.model_validate_json(await asyncio.to_thread(run_replay, shop, trial))
    assert (again.resumed, again.published, again.answered_before) == (False, 0, len(kept))


def replay_command(shop: Shop, pipeline: str, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "infra.cli", "replay", "--json"),
            *("--owner", shop.owner, "--pipeline", pipeline, *options),
        ],
        env={**os.environ, "VEDETTE_HOME": str(shop.platform.settings.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def kill_in_the_middle(shop: Shop, states: ReplayStates, pipeline: str) -> int:
    """Start a replay and kill it as soon as it has remembered something; returns how much that was."""
    history = History(owner=shop.owner)
    with replay_command(shop, pipeline, *PACED) as replay:
        while (state := await states.find(pipeline, history)) is None:
            assert replay.poll() is None, replay.communicate()
            await asyncio.sleep(0.05)
        replay.kill()
    assert not state.finished
    return state.published


def run_replay(shop: Shop, pipeline: str, *options: str) -> str:
    with replay_command(shop, pipeline, *options) as replay:
        told, complaints = replay.communicate(timeout=300)
    assert replay.returncode == 0, complaints
    return told


def shown_by_api(client: httpx.Client) -> str:
    return str(client.get("/v1/images/image-3").json()["result"]["pipeline"])
