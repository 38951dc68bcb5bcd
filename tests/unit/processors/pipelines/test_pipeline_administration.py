"""Pipelines are created of models that are there, promoted one over the other, and taken off again."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from infra.errors import AlreadyExists, ConfigurationError, NotFound
from infra.operations.audit.acts import command_recorder, whoever
from infra.operations.promotion.service import PromotionService
from infra.settings.settings import Settings
from processors.pipelines.service import (
    PipelineWish,
    find_description,
    plan_pipeline,
    print_json,
)
from schemas.images import Feature
from schemas.records.pipelines import DEFAULT_PIPELINE, Action, ParitySummary, PipelineSpec
from tests.api_world import FakePublisher
from tests.fakes.models import add_colours
from tests.fakes.stores import FakePipelineStore
from tests.samples import START

BY = "ada@ops-1"
ACT = command_recorder(FakePublisher()).act
PARITY = ParitySummary(model="colours@2", sha256="0" * 64, pictures=6, passed=True, verified_at=START)


@pytest.fixture
def store() -> FakePipelineStore:
    return FakePipelineStore()


async def create(store: FakePipelineStore, folder: Path, *models: str, **wish: object) -> PipelineSpec:
    known = {"name": "shoes", "version": None, "like": None, **wish}
    wanted = PipelineWish(models=models, **known)  # type: ignore[arg-type]
    planned, is_new = await plan_pipeline(store, wanted, add_colours(folder))
    if is_new:
        await store.create(planned)
    return planned


async def test_a_pipeline_is_created_with_the_next_version(store: FakePipelineStore, tmp_path: Path) -> None:
    first = await create(store, tmp_path, "labels=colours@2", version=4)
    second = await create(store, tmp_path, "labels=colours@2", "hash=phash@1")
    assert (first.id, second.id) == ("shoes@4", "shoes@5")
    assert await store.find("shoes@5") == second
    assert second.models == {Feature.LABELS: "colours@2", Feature.HASH: "phash@1"}


async def test_a_pipeline_may_be_like_another_but_for_a_model(store: FakePipelineStore, tmp_path: Path) -> None:
    await create(store, tmp_path, "labels=colours@2", "hash=phash@1", version=1)
    made = await create(store, tmp_path, "embedding=colours@2", like="shoes@1")
    assert made.models == {
        Feature.LABELS: "colours@2",
        Feature.HASH: "phash@1",
        Feature.EMBEDDING: "colours@2",
    }


async def test_the_same_models_again_are_no_second_version(store: FakePipelineStore, tmp_path: Path) -> None:
    first = await create(store, tmp_path, "labels=colours@2", "hash=phash@1")
    assert await create(store, tmp_path, "hash=phash@1", "labels=colours@2") == first
    assert await create(store, tmp_path, "hash=phash@1", like="shoes@1") == first
    other = await create(store, tmp_path, "labels=colours@2")
    assert (first.id, other.id) == ("shoes@1", "shoes@2")
    assert set(store.pipelines) == {"shoes@1", "shoes@2"}


async def test_a_removed_pipeline_is_gone_and_its_version_is_not_used_again(
    store: FakePipelineStore, tmp_path: Path
) -> None:
    first = await create(store, tmp_path, "labels=colours@2")
    await PromotionService(store).remove(first.id, BY, ACT)
    assert await store.find(first.id) is None
    assert (await create(store, tmp_path, "labels=colours@2")).id == "shoes@2"
    with pytest.raises(NotFound, match="no pipeline shoes@1"):
        await PromotionService(store).remove(first.id, BY, ACT)


async def test_what_is_promoted_or_beneath_or_ours_is_not_removed(store: FakePipelineStore, tmp_path: Path) -> None:
    for version in (1, 2):
        await create(store, tmp_path, "labels=colours@2", version=version)
        await PromotionService(store).promote(f"shoes@{version}", (PARITY,), "ada@ops-1", BY, ACT)
    for name, why in {
        "shoes@2": "is promoted",
        "shoes@1": "would return to",
        DEFAULT_PIPELINE.id: "comes with",
    }.items():
        with pytest.raises(ConfigurationError, match=why):
            await PromotionService(store).remove(name, BY, ACT)
        assert await store.find(name) is not None


class PromotedMeanwhile(FakePipelineStore):
    """Another promotes the pipeline while it is being removed."""

    async def remove(self, pipeline_id: str) -> None:
        await PromotionService(self).promote(pipeline_id, (PARITY,), "bob@ops-2", BY, ACT)
        await super().remove(pipeline_id)


async def test_a_pipeline_that_is_promoted_at_the_same_moment_stays(tmp_path: Path) -> None:
    store = PromotedMeanwhile()
    made = await create(store, tmp_path, "labels=colours@2")
    with pytest.raises(ConfigurationError, match="at the same moment"):
        await PromotionService(store).remove(made.id, BY, ACT)
    assert await store.find(made.id) == made
    assert await store.find_promoted() == made.id


@pytest.mark.parametrize(
    ("models", "why"),
    [
        (("labels",), r"write FEATURE=NAME@VERSION"),
        (("smell=colours@2",), r"a feature of labels, objects"),
        (("labels=colours",), r"write NAME@VERSION"),
        (("labels=colours@9",), r"no model colours@9"),
        (
            ("objects=colours@2",),
            r"colours@2 does not answer objects: it answers embedding, labels",
        ),
        (("labels=phash@1",), r"phash@1 does not answer labels: it answers hash"),
        ((), r"pipeline shoes: models: "),
    ],
)
async def test_a_pipeline_that_could_not_answer_is_refused(
    store: FakePipelineStore, tmp_path: Path, models: tuple[str, ...], why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why):
        await create(store, tmp_path, *models)
    assert store.pipelines == {}


async def test_a_pipeline_like_none_is_not_found(store: FakePipelineStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no pipeline gone@1"):
        await create(store, tmp_path, like="gone@1")


async def test_a_pipeline_that_is_there_never_changes(store: FakePipelineStore, tmp_path: Path) -> None:
    await create(store, tmp_path, "labels=colours@2", version=1)
    with pytest.raises(AlreadyExists):
        await create(store, tmp_path, "embedding=colours@2", version=1)


async def test_promotions_lie_on_one_another_and_are_recorded(store: FakePipelineStore, tmp_path: Path) -> None:
    for version in (1, 2):
        await create(store, tmp_path, "labels=colours@2", version=version)
        await PromotionService(store).promote(f"shoes@{version}", (PARITY,), "ada@ops-1", BY, ACT)
    assert await store.find_promoted() == "shoes@2"
    await PromotionService(store).roll_back("bob@ops-1", BY, ACT)
    assert await store.find_promoted() == "shoes@1"
    await PromotionService(store).roll_back("bob@ops-1", BY, ACT)
    assert await store.find_promoted() == DEFAULT_PIPELINE.id
    told = [(one.number, one.action, one.pipeline, one.replaced, one.by) for one in await store.list_promotions()]
    assert told == [
        (1, Action.PROMOTE, "shoes@1", DEFAULT_PIPELINE.id, "ada@ops-1"),
        (2, Action.PROMOTE, "shoes@2", "shoes@1", "ada@ops-1"),
        (3, Action.ROLLBACK, "shoes@1", "shoes@2", "bob@ops-1"),
        (4, Action.ROLLBACK, DEFAULT_PIPELINE.id, "shoes@1", "bob@ops-1"),
    ]
    assert store.promotions[0].parity == (PARITY,)
    with pytest.raises(NotFound, match="no earlier pipeline to return to"):
        await PromotionService(store).roll_back("bob@ops-1", BY, ACT)


async def test_what_is_promoted_already_is_not_promoted_again(store: FakePipelineStore) -> None:
    with pytest.raises(ConfigurationError, match="is promoted already"):
        await PromotionService(store).promote(DEFAULT_PIPELINE.id, (), "ada@ops-1", BY, ACT)
    assert store.promotions == []


async def test_everything_is_shown_as_json(store: FakePipelineStore, tmp_path: Path) -> None:
    made = await create(store, tmp_path, "labels=colours@2")
    await PromotionService(store).promote(made.id, (PARITY,), whoever(), BY, ACT)
    written = Console(file=io.StringIO())
    print_json(await store.list_pipelines(), made.id, await store.list_promotions(), written)
    told = json.loads(written.file.getvalue())  # type: ignore[attr-defined]
    assert told["promoted"] == "shoes@1"
    assert {one["name"] for one in told["pipelines"]} == {"shoes", "standard"}
    assert told["promotions"][0]["by"] == whoever()


def test_pipelines_that_come_with_vedette_need_no_server(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert find_description(settings, None) == find_description(settings, DEFAULT_PIPELINE.id) == DEFAULT_PIPELINE
    with pytest.raises(ConfigurationError, match="no Cassandra is known"):
        find_description(settings, "shoes@1")
