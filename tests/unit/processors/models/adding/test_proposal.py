"""A card is completed from the graph, and what contradicts the graph is refused by the name of its field."""

from typing import Any

import pytest

from processors.models.adding.inspection import GraphValue, Inspection, RefusedModel
from processors.models.adding.proposal import NORMALISATIONS, complete_card

NAMES = ("ant", "bee", "cat", "dog")
MEAN, DEVIATION = NORMALISATIONS["imagenet"]
SCALED = {"mean": MEAN, "deviation": DEVIATION}


def inspection(
    shape: tuple[int | None, ...] = (None, 3, 224, 224),
    dtype: str = "float32",
    outputs: tuple[tuple[str, tuple[int | None, ...]], ...] = (("scores", (None, 4)),),
    softmaxed: frozenset[str] = frozenset(),
    inputs: int = 1,
) -> Inspection:
    images = tuple(GraphValue(f"image{at or ''}", dtype, shape) for at in range(inputs))
    return Inspection(images, tuple(GraphValue(name, "float32", size) for name, size in outputs), softmaxed)


def complete(found: Inspection, task: str = "classification", **fields: Any) -> dict[str, Any]:
    image = {**SCALED, **fields.pop("input", {})}
    return complete_card({"task": task, "input": image, **fields}, found, NAMES)


def test_layout_size_and_type_are_read_from_the_graph() -> None:
    image = complete(inspection())["input"]
    assert image == {
        "name": "image",
        "layout": "NCHW",
        "dtype": "float32",
        "resize": "crop",
        "crop": 224,
        "resize_shorter_side": 256,
        **SCALED,
    }


def test_a_model_of_bytes_needs_no_normalisation() -> None:
    fields = complete_card({"task": "classification"}, inspection((None, 96, 96, 3), "uint8"), NAMES)
    assert fields["input"]["layout"] == "NHWC"
    assert fields["input"]["crop"] == 96
    assert "mean" not in fields["input"]


def test_what_is_not_square_is_stretched() -> None:
    image = complete(inspection((1, 3, 320, 640)))["input"]
    assert (image["resize"], image["width"], image["height"]) == ("stretch", 640, 320)
    assert "crop" not in image


def test_a_size_that_the_graph_leaves_open_can_be_given() -> None:
    image = complete(inspection((None, 3, None, None)), input={"size": (288, 288), "resize": "letterbox"})["input"]
    assert (image["resize"], image["width"], image["height"]) == ("letterbox", 288, 288)


@pytest.mark.parametrize(("softmaxed", "role"), [(frozenset(), "logits"), (frozenset({"scores"}), "probabilities")])
def test_scores_are_probabilities_where_a_softmax_gives_them(softmaxed: frozenset[str], role: str) -> None:
    assert complete(inspection(softmaxed=softmaxed))["outputs"] == {role: "scores"}


def test_of_several_outputs_the_one_with_a_value_a_label_holds_the_scores() -> None:
    found = inspection(outputs=(("pooled", (None, 512)), ("logits", (None, 4, 1, 1))))
    assert complete(found)["outputs"] == {"logits": "logits"}


def test_an_output_can_be_named_and_its_kind_be_left_to_the_graph() -> None:
    found = inspection(outputs=(("a", (None, 4)), ("b", (None, 4))), softmaxed=frozenset({"b"}))
    assert complete(found, outputs={"scores": "a"})["outputs"] == {"logits": "a"}
    assert complete(found)["outputs"] == {"probabilities": "b"}


def test_an_embedding_model_has_one_output() -> None:
    found = inspection(outputs=(("vector", (None, 512)),))
    assert complete(found, "embedding")["outputs"] == {"embedding": "vector"}


@pytest.mark.parametrize(
    ("found", "fields", "why"),
    [
        (inspection(inputs=2), {}, "^input: the graph takes image, image1"),
        (inspection(dtype="int64"), {}, r"^input\.dtype: image is of int64"),
        (inspection((None, 224, 224)), {}, r"^input\.layout: image has 3 dimensions"),
        (inspection((None, 1, 28, 28)), {}, r"^input\.layout: image is \? x 1 x 28 x 28: neither NCHW nor NHWC"),
        (inspection((None, 3, 3, 3)), {}, r"^input\.layout: .*say whether"),
        (inspection((None, None, None, None)), {}, r"^input\.layout: .*say whether"),
        (inspection(), {"input": {"layout": "NHWC"}}, r"^input\.layout: NHWC was given, and the graph takes NCHW"),
        (inspection(), {"input": {"dtype": "uint8"}}, r"^input\.dtype: uint8 was given"),
        (inspection(), {"input": {"name": "pixels"}}, r"^input\.name: pixels was given, and the graph takes image"),
        (inspection(), {"input": {"crop": 299}}, r"^input\.width: 299 was given, and the graph takes 224"),
        (inspection((None, 3, None, None)), {}, r"^input\.crop: the graph takes images of any size"),
        (inspection((None, 3, 10, 20)), {"input": {"resize": "crop"}}, r"^input\.resize: crop gives squares"),
        (inspection(outputs=(("scores", (None, 1000)),)), {}, r"^labels: 4 names, .* scores with 1000"),
        (inspection(outputs=(("a", (None, 4)), ("b", (None, 4)))), {}, r"^outputs: --scores: the graph gives a, b"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(
    found: Inspection, fields: dict[str, Any], why: str
) -> None:
    with pytest.raises(RefusedModel, match=why):
        complete(found, **fields)


def test_how_floats_are_scaled_is_never_guessed() -> None:
    with pytest.raises(RefusedModel, match=r"^input\.mean, input\.deviation: .* --normalisation imagenet, zero_one"):
        complete_card({"task": "classification"}, inspection(), NAMES)
