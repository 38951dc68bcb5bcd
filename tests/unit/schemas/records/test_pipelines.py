"""What a rollback leads to."""

import pytest
from pydantic import ValidationError

from schemas.images import Feature
from schemas.records.pipelines import Action, PipelineSpec, Promotion, pipeline_beneath, split_id
from tests.samples import promotion


def history(*steps: str) -> list[Promotion]:
    """Return promotions in order: a name is promoted, ``-`` is a rollback to ``-name``."""
    return [
        promotion(
            number,
            f"{step.removeprefix('-')}@1",
            replaced="standard@2",
            action=Action.ROLLBACK if step.startswith("-") else Action.PROMOTE,
        )
        for number, step in enumerate(steps, 1)
    ]


@pytest.mark.parametrize(
    ("steps", "beneath"),
    [
        ([], None),
        (["a"], "standard@2"),
        (["a", "b"], "a@1"),
        (["a", "b", "-a"], "standard@2"),
        (["a", "b", "-a", "c"], "a@1"),
        (["a", "b", "-a", "-standard"], None),
        (["a", "-standard", "b"], "standard@2"),
    ],
)
def test_a_rollback_leads_one_back_and_never_forth_again(steps: list[str], beneath: str | None) -> None:
    assert pipeline_beneath(history(*steps)) == beneath


def test_an_id_is_split_into_name_and_version() -> None:
    assert split_id("shoes-2.b@12") == ("shoes-2.b", 12)


def test_a_pipeline_answers_something() -> None:
    with pytest.raises(ValidationError, match="models"):
        PipelineSpec(name="empty", version=1, models={})


def test_a_pipeline_reads_back_from_json() -> None:
    pipeline = PipelineSpec(name="shoes", version=3, models={Feature.HASH: "phash@1"})
    assert PipelineSpec.model_validate_json(pipeline.model_dump_json()) == pipeline
