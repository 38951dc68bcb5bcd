"""What peers answer is what the platform's pipeline answers."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from processors.bench.peers.answering import Answerer, topics_from_arguments
from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from schemas.answers import FeatureAnswers, HashAnswer
from schemas.images import Feature, ImageReference


class HashingPipeline:
    """Answers with the size of the file that was read."""

    def decode(self, data: bytes, features: Collection[Feature] = ()) -> DecodedImage:
        return DecodedImage({}, width=len(data), height=1, format="JPEG")

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        return [
            FeatureAnswers(hash=HashAnswer(model="hash@1", perceptual=f"{image.width:016x}"))
            for image, _ in zip(images, asked, strict=True)
        ]


def test_each_reference_gets_the_answer_to_its_own_picture(tmp_path: Path) -> None:
    pictures = [tmp_path / "a cat.jpg", tmp_path / "dog.jpg"]
    for number, picture in enumerate(pictures, 1):
        picture.write_bytes(b"x" * number)
    references = [ImageReference(owner="shop", uri=picture.as_uri()) for picture in pictures]

    answers = Answerer(HashingPipeline()).answer(references)  # type: ignore[arg-type]  # a fake

    assert [answer.image_key for answer in answers] == [reference.identity.image_key for reference in references]
    assert [answer.features.hash for answer in answers] == [
        HashAnswer(model="hash@1", perceptual=f"{number:016x}") for number in (1, 2)
    ]


def test_a_peer_is_told_its_topics_and_group_and_finds_the_brokers_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_KAFKA__BOOTSTRAP_SERVERS", "broker:9092")

    topics = topics_from_arguments(["--references", "in", "--answers", "out", "--group", "peer"])

    assert topics.kafka.bootstrap_servers == "broker:9092"
    assert (topics.references, topics.answers, topics.group) == ("in", "out", "peer")
