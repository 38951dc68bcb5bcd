"""Heads that tell, cell by cell, how far it is to each edge: NanoDet, PicoDet, YOLOv8 before it is decoded."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import ConfigurationError
from processors.models.card import ModelCard
from processors.models.feature_model import FeatureRequest
from processors.models.tasks.detections import DetectionReader
from schemas.answers import ObjectsAnswer
from schemas.images import Feature
from tests.fakes.detectors import LABELS, SIDE, Table, detector_card, detector_graph, load_detector, seen

CAR, DOG, CAR_AGAIN = (16.0, 20.0, 32.0, 36.0), (40.0, 24.0, 60.0, 44.0), (18.0, 20.0, 34.0, 36.0)
FOUND = [("car", 0.9, (0.25, 0.125, 0.25, 0.5)), ("dog", 0.5, (0.625, 0.25, 0.3125, 0.625))]
STRIDES, BINS = (8, 16), 4
NOTHING = -50.0


def cells(point: float) -> dict[tuple[int, int, int], tuple[tuple[float, ...], tuple[float, float]]]:
    """Return which cell tells which box, how surely: one whose point lies in it. The finer grid has the car again."""
    return {
        (8, 3, 3): (CAR_AGAIN, (0.0, 0.8)),
        (16, 1, 1 if point else 2): (CAR, (0.0, 0.9)),
        (16, 3, 2): (DOG, (0.5, 0.1)),
    }


def distances(box: tuple[float, ...], stride: int, column: int, row: int, point: float) -> list[float]:
    x, y = (column + point) * stride, (row + point) * stride
    return [(x - box[0]) / stride, (y - box[1]) / stride, (box[2] - x) / stride, (box[3] - y) / stride]


def distribution(distance: float) -> list[float]:
    """Return the logits of the two whole numbers around the distance, as such heads learn them."""
    logits = [NOTHING] * BINS
    below = int(distance)
    for number, share in ((below, below + 1 - distance), (below + 1, distance - below)):
        if share > 0:
            logits[number] = math.log(share)
    return logits


def grid(stride: int, point: float = 0.5, bins: bool = True) -> tuple[Table, Table]:
    """Return what each cell of one grid tells: boxes ``[cells, numbers]`` and scores ``[cells, labels]``."""
    side = SIDE // stride
    boxes = np.zeros((side * side, 4 * BINS if bins else 4), np.float32)
    scores = np.zeros((side * side, len(LABELS)), np.float32)
    for (own_stride, column, row), (box, confidences) in cells(point).items():
        if own_stride == stride:
            far = distances(box, stride, column, row, point)
            boxes[row * side + column] = np.ravel([distribution(one) for one in far]) if bins else far
            scores[row * side + column] = confidences
    return boxes, scores


def as_map(table: Table) -> Table:
    side = math.isqrt(len(table))
    return np.ascontiguousarray(table.T.reshape(-1, side, side))


GRIDS = {stride: grid(stride) for stride in STRIDES}
RULES = {"box": "ltrb", "strides": list(STRIDES), "bins": BINS}
BY_GRID = {"boxes": [f"boxes{stride}" for stride in STRIDES], "scores": [f"scores{stride}" for stride in STRIDES]}
Head = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
NANODET: Head = (
    RULES | {"row": ["scores", "box"]},
    {"boxes": "boxes"},
    {"boxes": np.concatenate([np.hstack([scores, boxes]) for boxes, scores in GRIDS.values()])},
)
PICODET: Head = (
    RULES,
    BY_GRID,
    {f"boxes{stride}": boxes for stride, (boxes, _) in GRIDS.items()}
    | {f"scores{stride}": scores for stride, (_, scores) in GRIDS.items()},
)
YOLOV8_MAPS: Head = (
    RULES | {"row": ["box", "scores"], "transposed": True},
    {"boxes": ["boxes8", "boxes16"]},
    {f"boxes{stride}": as_map(np.hstack(told)) for stride, told in GRIDS.items()},
)
SEPARATE_MAPS: Head = (
    RULES | {"transposed": True},
    BY_GRID,
    {f"boxes{stride}": as_map(boxes) for stride, (boxes, _) in GRIDS.items()}
    | {f"scores{stride}": as_map(scores) for stride, (_, scores) in GRIDS.items()},
)
NANODET_PLUS: Head = (
    RULES | {"row": ["scores", "box"], "cell_point": 0.0},
    {"boxes": "boxes"},
    {"boxes": np.concatenate([np.hstack(grid(stride, 0.0)[::-1]) for stride in STRIDES])},
)
PROBABILITIES: Head = (
    RULES | {"row": ["box", "scores"], "distribution": "probabilities"},
    {"boxes": "boxes"},
    {"boxes": np.concatenate([np.hstack([np.exp(boxes), scores]) for boxes, scores in GRIDS.values()])},
)
PLAIN: Head = (
    {"box": "ltrb", "strides": list(STRIDES), "row": ["box", "scores"]},
    {"boxes": "boxes"},
    {"boxes": np.concatenate([np.hstack(grid(stride, bins=False)) for stride in STRIDES])},
)
HEADS = {
    "NanoDet": NANODET,
    "PicoDet, grid by grid": PICODET,
    "YOLOv8, maps": YOLOV8_MAPS,
    "YOLOv8, maps of boxes and of scores": SEPARATE_MAPS,
    "NanoDet-Plus": NANODET_PLUS,
    "probabilities": PROBABILITIES,
    "plain distances": PLAIN,
}


def told(answer: Any) -> list[tuple[str, float, tuple[float, ...]]]:
    assert isinstance(answer, ObjectsAnswer), answer
    return [
        (found.name, round(found.confidence, 5), tuple(round(number, 4) for number in found.box.model_dump().values()))
        for found in answer.objects
    ]


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_every_head_of_distances_tells_the_same_objects(tmp_path: Path, head: Head) -> None:
    rules, outputs, tables = head
    detector = load_detector(tmp_path, detector_graph(tables), detector_card(rules, outputs))
    answers = detector.answer([seen(detector)] * 2, [FeatureRequest([Feature.OBJECTS])] * 2)
    assert [told(answer[Feature.OBJECTS]) for answer in answers] == [FOUND] * 2


@pytest.mark.parametrize(
    ("head", "rules", "outputs", "problem"),
    [
        (NANODET, {"bins": 5}, {}, r"row: scores 2 \+ box 20, and the graph gives 18 numbers a box"),
        (NANODET, {"strides": [8, 16, 32]}, {}, "strides: 84 cells, and the graph gives 80 boxes"),
        (
            PICODET,
            {},
            {"boxes": ["boxes16", "boxes8"]},
            r"boxes16: shape \[16, 16\], and stride 8 makes 64 cells of 64",
        ),
        (PICODET, {"strides": [16, 8]}, {}, r"boxes8: shape \[64, 16\], and stride 16 makes 16 cells"),
        (PICODET, {}, {"scores": ["scores16", "scores16"]}, r"scores16: shape \[16, 2\], and stride 8 makes 64 cells"),
        (YOLOV8_MAPS, {"transposed": False}, {}, "boxes8: a map of 18 x 8 cells, and its stride makes 8 x 8: name the"),
        (
            YOLOV8_MAPS,
            {},
            {"boxes": ["boxes16", "boxes8"]},
            "boxes16: a map of 4 x 4 cells, and its stride makes 8 x 8",
        ),
        (SEPARATE_MAPS, {"bins": 8}, {}, "row: box 32, and the graph gives 16 numbers a box"),
    ],
)
def test_a_card_that_does_not_fit_its_grids_is_told_when_it_is_loaded(
    tmp_path: Path, head: Head, rules: dict[str, Any], outputs: dict[str, Any], problem: str
) -> None:
    card = detector_card(head[0] | rules, head[1] | outputs)
    with pytest.raises(ConfigurationError, match=f"its card does not fit its graph: {problem}"):
        load_detector(tmp_path, detector_graph(head[2]), card)


@pytest.mark.parametrize(
    ("rules", "outputs", "problem"),
    [
        ({"strides": []}, {}, r"strides: ltrb boxes are distances in cells of grids.*\[8, 16, 32\]"),
        ({"unit": "ratios"}, {}, "strides: boxes told in cells of grids are cxcywh or ltrb, in pixels"),
        ({"bins": 1}, {}, "detection.bins: .*greater than or equal to 2"),
        ({"bins": 257}, {}, "detection.bins: .*less than or equal to 256"),
        ({"cell_point": 1.5}, {}, "detection.cell_point: .*less than or equal to 1"),
        ({"cell_point": math.nan}, {}, "detection.cell_point"),
        ({"distribution": "softmax"}, {}, "detection.distribution: Input should be 'logits' or 'probabilities'"),
        ({"bins": None, "distribution": "probabilities"}, {}, "distribution: it says what the bins hold"),
        ({"box": "cxcywh"}, {}, "bins: only the distances of ltrb boxes have it: leave it out, or say box: ltrb"),
        ({"box": "cxcywh", "bins": None, "cell_point": 0.0}, {}, "cell_point: only the distances of ltrb boxes"),
        ({}, {"boxes": ["boxes8"]}, "outputs.boxes: 1 outputs for 2 strides: name one output for each of detection"),
        ({}, {"scores": ["a", "b", "c"]}, "outputs.scores: 3 outputs for 2 strides"),
        ({}, {"boxes": []}, "outputs.boxes"),
        ({}, {"count": "count"}, "outputs.count: boxes are told grid by grid, and every cell counts: leave count out"),
        ({"box": "xyxy", "bins": None, "strides": []}, {}, "outputs.boxes: 2 outputs for 0 strides"),
    ],
)
def test_a_wrong_card_names_the_field_and_what_to_do(
    tmp_path: Path, rules: dict[str, Any], outputs: dict[str, Any], problem: str
) -> None:
    card = detector_card(RULES | rules, BY_GRID | outputs)
    with pytest.raises(ConfigurationError, match=rf"card\.yaml: .*{problem}"):
        load_detector(tmp_path, detector_graph(PICODET[2]), card)


def test_a_card_with_an_output_for_each_grid_that_is_written_reads_the_same(tmp_path: Path) -> None:
    card = ModelCard.model_validate(detector_card(RULES, BY_GRID, sha256="0" * 64))
    card.write(tmp_path / "card.yaml")
    assert ModelCard.read(tmp_path / "card.yaml") == card
    assert card.outputs.names == ["boxes8", "boxes16", "scores8", "scores16"]


def test_one_cell_that_holds_no_numbers_is_told(tmp_path: Path) -> None:
    head = {"boxes": NANODET[2]["boxes"].copy()}
    head["boxes"][0, 5] = math.inf
    detector = load_detector(tmp_path, detector_graph(head), detector_card(NANODET[0], NANODET[1]))
    [answer] = detector.answer([seen(detector)], [FeatureRequest([Feature.OBJECTS])])
    assert "its boxes are not numbers" in repr(answer[Feature.OBJECTS])


layouts = st.fixed_dictionaries(
    {
        "size": st.tuples(st.integers(8, 70), st.integers(8, 70)),
        "strides": st.lists(st.integers(6, 40), min_size=1, max_size=3),
        "bins": st.none() | st.integers(2, 9),
        "cell_point": st.sampled_from([0.0, 0.5, 0.25, 1.0]),
        "distribution": st.sampled_from(["logits", "probabilities"]),
        "transposed": st.booleans(),
        "together": st.booleans(),
        "maps": st.booleans(),
        "in_row": st.booleans(),
        "half": st.booleans(),
        "floor": st.sampled_from([0.0, 0.5, 0.9]),
        "seed": st.integers(0, 10**6),
    }
)


@settings(deadline=None)
@given(layouts)
def test_whatever_the_layout_boxes_are_where_a_plain_loop_over_the_cells_finds_them(layout: Mapping[str, Any]) -> None:
    numbers = np.random.default_rng(layout["seed"])
    bins, labels = layout["bins"], 3
    shapes = [[math.ceil(side / stride) for side in layout["size"]] for stride in layout["strides"]]
    dtype = np.float16 if layout["half"] else np.float32
    boxes = [_boxes(numbers, columns * rows, bins, layout["distribution"]).astype(dtype) for columns, rows in shapes]
    scores = [numbers.random((columns * rows, labels)).astype(dtype) for columns, rows in shapes]
    reader = DetectionReader(_card(layout), labels)
    found = reader.read(_outputs(layout, shapes, boxes, scores))
    expected = _slowly(layout, shapes, boxes, scores)
    assert len(found.scores) == len(expected)
    for at, (corners, confidence, number) in enumerate(expected):
        assert found.boxes[at] == pytest.approx(corners, rel=1e-4, abs=1e-3)
        assert (found.scores[at], found.classes[at]) == (pytest.approx(confidence), number)


def _boxes(numbers: np.random.Generator, cells: int, bins: int | None, kind: str) -> Table:
    if bins is None:
        return numbers.random((cells, 4), np.float32) * 5
    logits = numbers.normal(size=(cells, 4, bins)) * 3
    weights = np.exp(logits)
    told = weights / weights.sum(axis=-1, keepdims=True) if kind == "probabilities" else logits
    return np.array(told.reshape(cells, 4 * bins), np.float32)


def _card(layout: Mapping[str, Any]) -> ModelCard:
    grids = range(len(layout["strides"]))
    names: dict[str, Any] = {"boxes": "boxes"} if layout["together"] else {"boxes": [f"boxes{at}" for at in grids]}
    if not layout["in_row"]:
        names |= {"scores": "scores"} if layout["together"] else {"scores": [f"scores{at}" for at in grids]}
    rules = {name: layout[name] for name in ("strides", "bins", "cell_point", "transposed")} | {"box": "ltrb"}
    if layout["bins"] is not None:
        rules["distribution"] = layout["distribution"]
    if layout["in_row"]:
        rules["row"] = ["scores", "box"]
    width, height = layout["size"]
    card = detector_card(rules, names, input={"width": width, "height": height})
    return ModelCard.model_validate(card | {"sha256": "0" * 64, "min_confidence": layout["floor"]})


def _outputs(
    layout: Mapping[str, Any], shapes: list[list[int]], boxes: list[Table], scores: list[Table]
) -> dict[str, Table]:
    parts = {"boxes": [np.hstack(pair) for pair in zip(scores, boxes, strict=True)]} if layout["in_row"] else {}
    parts = parts or {"boxes": boxes, "scores": scores}
    if layout["together"]:
        joined = {name: np.concatenate(tables) for name, tables in parts.items()}
        return {name: table.T if layout["transposed"] else table for name, table in joined.items()}
    return {
        f"{name}{at}": _laid_out(table, shapes[at], layout)
        for name, tables in parts.items()
        for at, table in enumerate(tables)
    }


def _laid_out(table: Table, shape: list[int], layout: Mapping[str, Any]) -> Table:
    columns, rows = shape
    turned = table.T if layout["transposed"] else table
    if not layout["maps"]:
        return turned
    return turned.reshape((-1, rows, columns) if layout["transposed"] else (rows, columns, -1))


def _slowly(
    layout: Mapping[str, Any], shapes: list[list[int]], boxes: list[Table], scores: list[Table]
) -> list[tuple[list[float], float, int]]:
    """Return corners, confidence and label of every cell that counts, worked out one number after the other."""
    found = []
    for at, stride in enumerate(layout["strides"]):
        columns, rows = shapes[at]
        for cell in range(columns * rows):
            confidence = max(float(one) for one in scores[at][cell])
            if confidence < layout["floor"] or confidence <= 0:
                continue
            number = [float(one) for one in scores[at][cell]].index(confidence)
            far = [stride * one for one in _mean_distances(boxes[at][cell], layout)]
            x = (cell % columns + layout["cell_point"]) * stride
            y = (cell // columns + layout["cell_point"]) * stride
            found.append(([x - far[0], y - far[1], x + far[2], y + far[3]], confidence, number))
    return found


def _mean_distances(told: Table, layout: Mapping[str, Any]) -> list[float]:
    bins = layout["bins"]
    if bins is None:
        return [float(one) for one in told]
    sides = [[float(one) for one in told[side * bins : (side + 1) * bins]] for side in range(4)]
    if layout["distribution"] == "logits":
        weights = [[math.exp(one) for one in side] for side in sides]
        sides = [[one / sum(side) for one in side] for side in weights]
    return [sum(number * share for number, share in enumerate(side)) for side in sides]
