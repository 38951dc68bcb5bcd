"""A pipeline is promoted while references flow: every one is answered, by the old one first and then by the new."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from infra.cassandra.images.results import ResultStore
from infra.embedded.homes.errors import StackError
from processors.pictures import DEMO_PICTURES as PICTURES
from schemas.records.pipelines import BUILT_IN_MODELS, DEFAULT_PIPELINE
from schemas.results import RecognitionResult
from tests.exports.shapes import NAMES
from tests.platforms import RunningPlatform, create_workspace, eventually, key_of

OWNER = "promotion"
OTHER = "changed@1"
PAUSE_S = 0.1
EXPORT = Path(__file__).parents[1] / "data" / "exports" / "torch.onnx"


class Flow:
    """References that are published one after the other for as long as it runs."""

    def __init__(self, platform: RunningPlatform) -> None:
        self._platform = platform
        self._pictures = sorted(platform.pictures.glob("*.jpg"))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.published = 0

    def __enter__(self) -> "Flow":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(PAUSE_S):
            picture = self._pictures[self.published % len(self._pictures)]
            self._platform.publish(owner=OWNER, uri=picture.as_uri(), image_id=f"image-{self.published}")
            self.published += 1


@pytest.fixture
async def store(platform: RunningPlatform) -> AsyncIterator[ResultStore]:
    store = await ResultStore.connect(platform.settings.cassandra)
    yield store
    await store.close()


@pytest.fixture
def promotable(platform: RunningPlatform) -> Iterator[str]:
    """Another pipeline of the same models; at the end the default one counts again, as other tests take for granted."""
    platform.platform.run("pipelines", "create", "changed", "--like", DEFAULT_PIPELINE.id, "--version", "1")
    yield OTHER
    if promoted(platform) == OTHER:
        platform.platform.run("pipelines", "rollback")
        assert promoted(platform) == DEFAULT_PIPELINE.id
        eventually(lambda: last_change(platform) == DEFAULT_PIPELINE.id)


def promoted(platform: RunningPlatform) -> str:
    return str(json.loads(platform.platform.run("pipelines", "show", "--json"))["promoted"])


def last_change(platform: RunningPlatform) -> str:
    """Return the pipeline that the worker says it changed over to last."""
    log = (platform.settings.home / "logs" / "recognise.log").read_text()
    changes = [json.loads(line) for line in log.splitlines() if '"pipeline_changed"' in line]
    return str(changes[-1]["pipeline"])


async def read(store: ResultStore, image_id: str) -> RecognitionResult | None:
    return await store.read_result(key_of(OWNER, image_id))


async def until_answered(store: ResultStore, image_id: str) -> RecognitionResult:
    for _ in range(600):
        if (result := await read(store, image_id)) is not None:
            return result
        await asyncio.sleep(0.2)
    raise AssertionError(f"{image_id} was not answered")


@pytest.mark.timeout(600)
async def test_none_is_lost_while_another_pipeline_takes_over(
    platform: RunningPlatform, store: ResultStore, promotable: str
) -> None:
    await create_workspace(platform.settings, OWNER, f"{platform.pictures.as_uri()}/")
    with Flow(platform) as flow:
        assert (await until_answered(store, "image-0")).pipeline == DEFAULT_PIPELINE.id
        await asyncio.to_thread(platform.platform.run, "pipelines", "promote", promotable, "--by", "test")
        for _ in range(600):
            if (await until_answered(store, f"image-{flow.published - 1}")).pipeline == promotable:
                break
    results = [await until_answered(store, f"image-{number}") for number in range(flow.published)]
    by_partition: dict[tuple[str, int], list[RecognitionResult]] = defaultdict(list)
    for result in results:
        by_partition[result.origin.topic, result.origin.partition].append(result)
    for ordered in by_partition.values():
        ordered.sort(key=lambda result: result.origin.offset)
        is_new = [result.pipeline == promotable for result in ordered]
        assert is_new == sorted(is_new), "the old pipeline answered after the new one had taken over"
    assert {result.pipeline for result in results} == {DEFAULT_PIPELINE.id, promotable}
    known = json.loads(platform.platform.run("pipelines", "show", "--json"))
    last = known["promotions"][-1]
    assert (last["pipeline"], last["by"], last["replaced"]) == (promotable, "test", DEFAULT_PIPELINE.id)
    needed = sorted(set(DEFAULT_PIPELINE.models.values()) - BUILT_IN_MODELS)
    assert [(one["model"], one["passed"]) for one in last["parity"]] == [(model, True) for model in needed]


async def test_a_reference_that_names_its_pipeline_is_answered_by_it_and_an_unknown_one_is_rejected(
    platform: RunningPlatform, store: ResultStore, promotable: str
) -> None:
    owner = "promotion-named"
    pictures = f"{platform.pictures.as_uri()}/"
    platform.create_account("nina@named.example", owner, allow=(pictures,))
    uri = f"{pictures}coffee.jpg"
    platform.publish(owner=owner, uri=uri, image_id="other", pipeline=promotable)
    platform.publish(owner=owner, uri=uri, image_id="gone", pipeline="gone@1")
    with platform.client("nina@named.example") as nina:
        other = eventually(lambda: settled(nina, "other"))
        gone = eventually(lambda: settled(nina, "gone"))
        assert nina.get("/v1/features").json()["pipeline"] == DEFAULT_PIPELINE.id
        refused = nina.post("/v1/images", json={"images": [{"uri": uri, "pipeline": "gone@1"}]})
    assert (other["status"], other["result"]["pipeline"]) == ("recognised", promotable)
    assert (gone["status"], gone["reason"]) == ("rejected", "unknown_pipeline")
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY


def test_a_model_of_ones_own_is_added_used_and_not_removed_while_it_is(
    platform: RunningPlatform, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(NAMES))
    options = ("--task", "classification", "--labels", str(labels), "--normalisation", "imagenet")
    run = platform.platform.run
    assert "model shapes@1 is added" in run(
        "models", "add", str(EXPORT), "--name", "shapes", "--version", "1", "--licence", "MIT", *options
    )
    run("pipelines", "create", "shapes", "--model", "labels=shapes@1", "--model", "hash=phash@1")
    with pytest.raises(StackError, match=r"model shapes@1 cannot be removed: it is used by shapes@1"):
        run("models", "remove", "shapes@1")
    verdict = json.loads(run("models", "verify", "shapes@1", str(PICTURES), "--json"))
    assert (verdict["passed"], verdict["pictures"]) == (True, 6)
    listed = run("models", "list")
    assert all(part in listed for part in ("lite0@1", "shapes@1", "MIT"))
    with pytest.raises(StackError, match=r"there is no model shapes@2"):
        run("models", "remove", "shapes@2")
    assert "model shapes-half@1 is added" in run(
        "models", "convert", "shapes@1", "shapes-half@1", "--precision", "fp16"
    )
    run("models", "remove", "shapes-half@1")
    recorded = eventually(lambda: acts_on(run, "shapes-half@1", 2))
    assert recorded == ["model.added", "model.removed"]
    # The pipeline has the model's name.
    assert acts_on(run, "shapes@1", 2) == ["model.added", "pipeline.created"]


def acts_on(run: Callable[..., str], subject: str, count: int) -> list[str] | None:
    """Return what the audit trail tells was done to ``subject``, the oldest first, once it is so many acts."""
    newest_first = map(json.loads, run("audit", "list", "--subject", subject, "--json").splitlines())
    acts = [entry["event"]["action"] for entry in newest_first][::-1]
    return acts if len(acts) == count else None


def settled(client: httpx.Client, image_id: str) -> dict[str, object] | None:
    answer = client.get(f"/v1/images/{image_id}")
    view: dict[str, object] = answer.json()
    return view if answer.status_code == httpx.codes.OK and view["status"] != "pending" else None
