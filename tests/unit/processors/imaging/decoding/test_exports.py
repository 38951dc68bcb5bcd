"""What PyTorch and Keras export by themselves is added by one command each, and tells drawn shapes apart.

The files are made by ``make exports``, which trains and exports them anew in environments of their own.
"""

import io
import random
from pathlib import Path

import pytest

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import decode
from processors.models.adding.adding import NewModel, add_model
from processors.models.adding.proposal import NORMALISATIONS
from processors.models.feature_model import FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repository import ModelRepository
from schemas.answers import LabelsAnswer
from schemas.images import Feature
from tests.exports.shapes import NAMES, draw
from tests.places import DATA

EXPORTS = DATA / "exports"
LARGEST_BYTES = 200_000


@pytest.mark.parametrize(
    ("framework", "normalisation", "layout", "scores"),
    [("torch", "imagenet", "NCHW", "logits"), ("keras", "minus_one_one", "NHWC", "probabilities")],
)
def test_an_export_is_added_as_it_is_and_recognises(
    tmp_path: Path, framework: str, normalisation: str, layout: str, scores: str
) -> None:
    onnx = EXPORTS / f"{framework}.onnx"
    assert onnx.stat().st_size < LARGEST_BYTES
    mean, deviation = NORMALISATIONS[normalisation]
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(NAMES))
    fields = {
        "name": "shapes",
        "version": 1,
        "task": "classification",
        "input": {"mean": mean, "deviation": deviation, "resize_shorter_side": 48},
    }
    repository = ModelRepository(tmp_path / "models")
    card = add_model(NewModel(onnx, labels, fields), repository)
    assert (card.input.layout, card.input.crop) == (layout, 48)
    assert getattr(card.outputs, scores) == "scores"
    assert wrong(repository) <= 3


def wrong(repository: ModelRepository) -> int:
    """Return how many of sixty shapes, drawn four times as large as the model takes, are taken for another."""
    model = load_model("shapes@1", repository, ModelSettings(provider="cpu"))
    chance = random.Random(77)  # noqa: S311 - drawings, nothing secret
    count = 0
    for number in range(60):
        name = NAMES[number % len(NAMES)]
        written = io.BytesIO()
        draw(name, chance).save(written, "PNG")
        image = decode(written.getvalue(), [model.view], 1_000_000)
        answer = model.answer([image], [FeatureRequest((Feature.LABELS,))])[0][Feature.LABELS]
        assert isinstance(answer, LabelsAnswer)
        count += answer.labels[0].name != name
    return count
