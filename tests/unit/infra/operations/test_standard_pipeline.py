"""An upgrade that brings a new standard pipeline changes nothing of what counts, and says once that it is there."""

import pytest

from infra.errors import AlreadyExists
from infra.operations.audit.acts import Act, command_recorder
from infra.operations.promotion.service import PromotionService
from infra.operations.promotion.standard import BY, TOLD_OF_MODELS, keep_promoted, told
from schemas.records.pipelines import DEFAULT_PIPELINE, STANDARD_2, STANDARD_3, Promotion, pipeline_beneath
from tests.api_world import FakePublisher
from tests.fakes.stores import FakePipelineStore
from tests.samples import promotion


@pytest.fixture
def act() -> Act:
    return command_recorder(FakePublisher()).act


async def test_a_new_installation_has_the_newest_promoted() -> None:
    assert await FakePipelineStore().find_promoted() == STANDARD_3.id == DEFAULT_PIPELINE.id


async def test_where_nothing_was_promoted_what_counted_goes_on_to_count(act: Act) -> None:
    store = FakePipelineStore()
    assert await keep_promoted(store, act) == await store.find_promoted() == STANDARD_2.id
    assert [(one.pipeline, one.by) for one in await store.list_promotions()] == [(STANDARD_2.id, BY)]
    assert pipeline_beneath(await store.list_promotions()) == STANDARD_3.id
    assert await keep_promoted(store, act) == STANDARD_2.id
    assert len(await store.list_promotions()) == 1


async def test_what_was_promoted_stays_so(act: Act) -> None:
    store = FakePipelineStore()
    await store.add_promotion(promotion(1, "shoes@1"))
    assert await keep_promoted(store, act) == "shoes@1"
    assert await store.list_promotions() == (promotion(1, "shoes@1"),)


async def test_what_another_promotes_at_the_same_moment_counts(act: Act) -> None:
    class Hasty(FakePipelineStore):
        async def add_promotion(self, _mine: Promotion) -> None:
            await super().add_promotion(promotion(1, "shoes@1"))
            raise AlreadyExists("another pipeline was promoted at the same moment")

    assert await keep_promoted(Hasty(), act) == "shoes@1"


@pytest.mark.parametrize("wanted", [STANDARD_2.id, STANDARD_3.id])
async def test_each_standard_pipeline_can_be_promoted(wanted: str, act: Act) -> None:
    store = FakePipelineStore()
    await store.add_promotion(promotion(1, "shoes@1"))
    assert (await PromotionService(store).promote(wanted, (), "ada", "ada@ops-1", act)).pipeline == wanted


def test_what_is_told_names_both_and_the_command() -> None:
    assert "Pipeline shoes@1 stays promoted" in told("shoes@1")
    assert told("shoes@1").endswith("vedette pipelines promote standard@3")


def test_what_is_told_of_other_models_names_them_and_the_way_back() -> None:
    for said in ("standard@3", "lite0@2", "nanodet@2", "--model labels=lite0@1 --model objects=nanodet@1"):
        assert said in TOLD_OF_MODELS
