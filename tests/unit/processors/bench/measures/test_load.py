"""A load repeats its pictures under names of their own; a warm-up ends once two runs are alike."""

from pathlib import Path

import orjson
import pytest

from processors.bench.measures.load import Load
from processors.bench.rounds import is_steady
from schemas.images import Feature
from schemas.wire import parse_reference

PICTURES = [Path("/pictures/a cat.jpg"), Path("/pictures/dog.jpg")]


def test_a_load_repeats_its_pictures_until_it_has_enough() -> None:
    records = Load(Path("/pictures"), PICTURES, 5).records("shop", "some-topic")

    uris = [parse_reference(record.value).uri for record in records]
    assert uris == [PICTURES[number % 2].as_uri() for number in range(5)]
    assert {record.topic for record in records} == {"some-topic"}


def test_every_image_of_a_load_has_a_name_and_a_key_of_its_own() -> None:
    records = Load(Path("/pictures"), PICTURES, 500).records("shop")

    assert len({record.key for record in records}) == 500
    assert len({orjson.loads(record.value or b"")["image_id"] for record in records}) == 500


def test_the_references_ask_for_the_features_of_the_load_or_name_none() -> None:
    features = (Feature.OBJECTS, Feature.LABELS)
    asking = Load(Path("/pictures"), PICTURES, 2, features)

    assert [parse_reference(record.value).features for record in asking.records("shop")] == [features] * 2
    assert "features" not in orjson.loads(Load(Path("/pictures"), PICTURES, 1).records("shop")[0].value or b"")
    assert asking.asked == ["--feature", "objects", "--feature", "labels"]


@pytest.mark.parametrize(
    ("speeds", "steady"),
    [
        ([100.0], False),
        ([100.0, 102.9], True),
        ([100.0, 97.1], True),
        ([100.0, 104.0], False),
        ([9.0, 99.0, 100.0], True),
    ],
)
def test_a_warm_up_is_steady_once_two_runs_in_a_row_are_alike(speeds: list[float], steady: bool) -> None:
    assert is_steady(speeds) is steady
