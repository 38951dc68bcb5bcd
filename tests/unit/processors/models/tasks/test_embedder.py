"""A model that only embeds, described by its card alone."""

import base64
import hashlib
from pathlib import Path

import numpy as np
import pytest

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.models.card import CardOutputs
from processors.models.feature_model import FeatureModel, FeatureRequest
from processors.models.loading import load_model
from processors.models.tasks.embedder import Embedder
from schemas.answers import EmbeddingAnswer, FailedFeature
from schemas.images import Feature
from tests.fakes.models import MEAN, SIDE, add_colours, colour_model

ASKED = FeatureRequest([Feature.EMBEDDING])


def load(folder: Path, output: str = "pooled", model: bytes | None = None) -> FeatureModel:
    content = model or colour_model()
    sha256 = hashlib.sha256(content).hexdigest()
    outputs = CardOutputs(embedding=output)
    repository = add_colours(folder, model=content, task="embedding", outputs=outputs, labels=None, sha256=sha256)
    return load_model("colours@2", repository, ModelSettings())


def even(embedder: FeatureModel, *colour: int) -> DecodedImage:
    return DecodedImage({embedder.view: np.full((SIDE, SIDE, 3), colour, np.uint8)}, SIDE, SIDE, "PNG")


def test_an_embedding_is_told_at_length_one_and_nothing_else_is(tmp_path: Path) -> None:
    embedder = load(tmp_path)
    assert isinstance(embedder, Embedder)
    assert embedder.features == {Feature.EMBEDDING}
    # The card feeds blue first: 10 + 150, 20 and 30 less the means, by the deviations 50, 60 and 70.
    image = even(embedder, int(MEAN[2]), int(MEAN[1]), int(MEAN[0]) + 150)
    first, second = embedder.answer([image] * 2, [ASKED] * 2)
    answer = first[Feature.EMBEDDING]
    assert isinstance(answer, EmbeddingAnswer)
    assert (answer.model, answer.dimensions) == ("colours@2", 3)
    assert np.frombuffer(base64.b64decode(answer.values), np.int8).tolist() == [127, 0, 0]
    assert second == first


def test_numbers_that_are_none_cost_only_their_own_image(tmp_path: Path) -> None:
    embedder = load(tmp_path, model=colour_model("Sqrt"))
    bright, dark = embedder.answer([even(embedder, 200, 200, 200), even(embedder, 0, 0, 0)], [ASKED] * 2)
    assert isinstance(bright[Feature.EMBEDDING], EmbeddingAnswer)
    assert isinstance(dark[Feature.EMBEDDING], FailedFeature)


def test_a_card_that_does_not_fit_its_graph_is_told_when_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="output vector: the graph gives logits, pooled"):
        load(tmp_path, output="vector")
