"""An image that kills its child is rejected; one that does not is recognised there as it would be anywhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errors import Rejected
from infra.settings.settings import Settings
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline
from processors.recognition.isolation import Isolation
from schemas.dead_letters import Reason
from schemas.images import Feature
from schemas.records.pipelines import DEFAULT_PIPELINE, PipelineSpec
from schemas.results import ResultWarning, VersionedName
from tests.killing_worker import DEADLY, RAISING, build

ASKED = FeatureRequest((Feature.LABELS, Feature.HASH))


async def find(name: VersionedName) -> PipelineSpec | None:
    return DEFAULT_PIPELINE if name == DEFAULT_PIPELINE.id else None


@pytest.fixture
def isolation(settings: Settings) -> Iterator[Isolation]:
    isolation = Isolation(settings, build, find, lambda name: name == "t:0:1")
    yield isolation
    isolation.close()


@pytest.fixture(scope="module")
def picture(pictures: Path) -> bytes:
    return (pictures / "coffee.jpg").read_bytes()


async def test_a_harmless_image_is_recognised_in_the_child_as_it_is_here(
    isolation: Isolation, pipeline: LoadedPipeline, picture: bytes
) -> None:
    trial = await isolation.recognise(DEFAULT_PIPELINE.id, picture, ASKED)
    (here,) = pipeline.answer([pipeline.decode(picture, ASKED.features)], [ASKED])
    assert trial.answers == here
    assert (trial.facts.format, trial.facts.size_bytes) == ("JPEG", len(picture))
    assert trial.warnings == ()
    cut_off = await isolation.recognise(DEFAULT_PIPELINE.id, picture[:-2], ASKED)
    assert (cut_off.answers, cut_off.warnings) == (here, (ResultWarning.TRUNCATED,))
    assert isolation._child is None


@pytest.mark.parametrize(("ending", "told"), [(DEADLY, "ended with code -11"), (RAISING, "raised ZeroDivisionError")])
async def test_an_image_that_kills_is_rejected_and_the_next_one_is_recognised(
    isolation: Isolation, picture: bytes, ending: bytes, told: str
) -> None:
    with pytest.raises(Rejected, match=told) as rejected:
        await isolation.recognise(DEFAULT_PIPELINE.id, picture + ending, ASKED)
    assert rejected.value.reason is Reason.CRASHED_WORKER
    assert (await isolation.recognise(DEFAULT_PIPELINE.id, picture, ASKED)).facts.size_bytes == len(picture)


async def test_an_image_that_is_only_corrupt_keeps_its_own_reason(isolation: Isolation, picture: bytes) -> None:
    with pytest.raises(Rejected) as rejected:
        await isolation.recognise(DEFAULT_PIPELINE.id, picture[:2000], ASKED)
    assert rejected.value.reason is Reason.CORRUPT_IMAGE


def broken(_settings: Settings, _description: PipelineSpec) -> LoadedPipeline:
    raise KeyError("a bug that has nothing to do with any image")


async def test_a_child_that_cannot_start_is_held_against_no_image(settings: Settings, picture: bytes) -> None:
    isolation = Isolation(settings, broken, find, lambda _name: True)
    with pytest.raises(RuntimeError, match="cannot be loaded"):
        await isolation.recognise(DEFAULT_PIPELINE.id, picture, ASKED)


async def test_an_image_that_asks_for_no_pipeline_there_is_is_rejected(isolation: Isolation, picture: bytes) -> None:
    with pytest.raises(Rejected) as rejected:
        await isolation.recognise("none@1", picture, ASKED)
    assert rejected.value.reason is Reason.UNKNOWN_PIPELINE


def test_only_suspects_are_tried_alone(isolation: Isolation) -> None:
    assert isolation.is_suspect("t:0:1")
    assert not isolation.is_suspect("t:0:2")
