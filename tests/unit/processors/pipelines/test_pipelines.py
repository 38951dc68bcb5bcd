"""A promoted pipeline takes over between batches, and one that cannot be loaded changes nothing."""

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog

from infra.errors import ConfigurationError, Rejected, TransientError
from processors.pipelines import live as module
from processors.pipelines.live import PipelineLoader, Pipelines, UnloadablePipeline
from schemas.dead_letters import Reason
from schemas.images import Feature
from schemas.records.pipelines import DEFAULT_PIPELINE, PipelineSpec
from tests.event_loop import turns_of_the_loop
from tests.fakes.stores import FakePipelineStore
from tests.samples import promotion


@dataclass(frozen=True)
class Loaded:
    """What stands for a loaded pipeline."""

    name: str


@dataclass
class Loads:
    """Loads at once, or not before it is let; remembers what it loaded."""

    done: list[str] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    let: threading.Event = field(default_factory=threading.Event)

    def __call__(self, description: PipelineSpec) -> Any:
        self.let.wait()
        self.done.append(description.id)
        if description.id in self.broken:
            raise self.broken[description.id]
        return Loaded(description.id)


@pytest.fixture
def loads() -> Loads:
    loads = Loads()
    loads.let.set()
    return loads


@pytest.fixture
async def store() -> FakePipelineStore:
    store = FakePipelineStore()
    for version in range(1, 5):
        await store.create(PipelineSpec(name="shoes", version=version, models={Feature.LABELS: "lite0@1"}))
    return store


@pytest.fixture
async def pipelines(store: FakePipelineStore, loads: Loads) -> Pipelines:
    return await Pipelines.open(store, PipelineLoader(store, loads), most=2)


async def promote(store: FakePipelineStore, name: str) -> None:
    await store.add_promotion(promotion(len(store.promotions) + 1, name))


async def used(pipelines: Pipelines, name: str | None = None) -> str:
    async with pipelines.use(name) as pipeline:
        return pipeline.name


async def test_until_something_is_promoted_the_default_pipeline_runs(pipelines: Pipelines) -> None:
    assert await used(pipelines) == DEFAULT_PIPELINE.id


async def test_what_is_promoted_takes_over_at_the_next_look(pipelines: Pipelines, store: FakePipelineStore) -> None:
    await promote(store, "shoes@1")
    async with pipelines.use(None) as begun:
        await pipelines.look()
        assert await used(pipelines) == "shoes@1"
        assert begun.name == DEFAULT_PIPELINE.id
    assert pipelines.promoted.name == "shoes@1"


async def test_the_running_pipeline_serves_while_another_is_loaded(
    pipelines: Pipelines, store: FakePipelineStore, loads: Loads
) -> None:
    await promote(store, "shoes@1")
    loads.let.clear()
    looking = asyncio.create_task(pipelines.look())
    for _ in range(100):
        assert await used(pipelines) == DEFAULT_PIPELINE.id
        await asyncio.sleep(0)
    loads.let.set()
    await looking
    assert await used(pipelines) == "shoes@1"


@pytest.mark.parametrize("broken", [ConfigurationError("altered"), OSError("gone"), ValueError("odd"), MemoryError()])
async def test_one_that_cannot_be_loaded_is_logged_and_the_running_one_goes_on(
    pipelines: Pipelines, store: FakePipelineStore, loads: Loads, broken: Exception
) -> None:
    loads.broken["shoes@1"] = broken
    await promote(store, "shoes@1")
    with structlog.testing.capture_logs() as logged:
        await pipelines.look()
        await pipelines.look()
    assert [(one["event"], one["log_level"], one["pipeline"]) for one in logged] == [
        ("pipeline_not_loaded", "error", "shoes@1")
    ]
    assert logged[0]["running"] == DEFAULT_PIPELINE.id
    assert await used(pipelines) == DEFAULT_PIPELINE.id
    await promote(store, "shoes@2")
    await pipelines.look()
    assert await used(pipelines) == "shoes@2"


async def test_one_that_could_not_be_loaded_is_tried_again_later(
    pipelines: Pipelines, store: FakePipelineStore, loads: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads.broken["shoes@1"] = ConfigurationError("altered")
    await promote(store, "shoes@1")
    await pipelines.look()
    loads.broken.clear()
    monkeypatch.setattr(module, "RETRY_S", 0.0)
    await pipelines.look()
    assert await used(pipelines) == "shoes@1"


async def test_while_the_store_is_down_the_running_one_goes_on_and_it_is_said_once(
    pipelines: Pipelines, store: FakePipelineStore
) -> None:
    store.down = True
    with structlog.testing.capture_logs() as logged:
        await pipelines.look()
        await pipelines.look()
    assert [one["log_level"] for one in logged] == ["warning", "debug"]
    assert await used(pipelines) == DEFAULT_PIPELINE.id


async def test_a_worker_without_any_pipeline_does_not_start(store: FakePipelineStore, loads: Loads) -> None:
    await promote(store, "gone@1")
    with pytest.raises(UnloadablePipeline, match="there is no pipeline gone@1"):
        await Pipelines.open(store, PipelineLoader(store, loads), most=2)


async def test_a_named_pipeline_is_loaded_once(pipelines: Pipelines, loads: Loads) -> None:
    assert await asyncio.gather(*(used(pipelines, "shoes@1") for _ in range(5))) == ["shoes@1"] * 5
    assert loads.done == [DEFAULT_PIPELINE.id, "shoes@1"]


async def test_the_promoted_one_may_be_named_and_is_not_loaded_again(pipelines: Pipelines, loads: Loads) -> None:
    assert await used(pipelines, DEFAULT_PIPELINE.id) == DEFAULT_PIPELINE.id
    assert loads.done == [DEFAULT_PIPELINE.id]


async def test_the_longest_unused_makes_room(pipelines: Pipelines, loads: Loads) -> None:
    for name in ("shoes@1", "shoes@2", "shoes@1", "shoes@3", "shoes@1", "shoes@2"):
        await used(pipelines, name)
    assert loads.done[1:] == ["shoes@1", "shoes@2", "shoes@3", "shoes@2"]


async def test_one_in_use_is_not_put_away_and_another_waits(pipelines: Pipelines, loads: Loads) -> None:
    async with pipelines.use("shoes@1"), pipelines.use("shoes@2"):
        waiting = asyncio.create_task(used(pipelines, "shoes@3"))
        await turns_of_the_loop()
        assert not waiting.done()
        assert await used(pipelines, "shoes@1") == "shoes@1"
    assert await waiting == "shoes@3"
    assert loads.done[1:] == ["shoes@1", "shoes@2", "shoes@3"]


@pytest.mark.parametrize("name", ["gone@1", "shoes@9"])
async def test_an_unknown_pipeline_is_a_rejection_of_its_own(pipelines: Pipelines, name: str) -> None:
    for _ in range(2):
        with pytest.raises(Rejected, match=f"pipeline: {name}: there is no such pipeline") as refused:
            await used(pipelines, name)
        assert refused.value.reason is Reason.UNKNOWN_PIPELINE


async def test_a_named_pipeline_that_cannot_be_loaded_is_a_rejection_that_tells_nothing_of_the_inside(
    pipelines: Pipelines, loads: Loads
) -> None:
    loads.broken["shoes@1"] = ConfigurationError("/secret/folder")
    for _ in range(2):
        with pytest.raises(Rejected, match="its models cannot be loaded") as refused:
            await used(pipelines, "shoes@1")
        assert "secret" not in refused.value.detail
    assert loads.done.count("shoes@1") == 1


async def test_while_the_store_is_down_a_named_pipeline_is_waited_for(
    pipelines: Pipelines, store: FakePipelineStore
) -> None:
    store.down = True
    with pytest.raises(TransientError):
        await used(pipelines, "shoes@1")
    store.down = False
    assert await used(pipelines, "shoes@1") == "shoes@1"
