"""Anyone's own detector, described by its card alone: every kind of head that people export, on real small graphs.

The picture has 200 x 100 pixels, so that in a letterbox of 64 x 64 it is 64 x 32 and begins 16 from above. What there
is to find in it: a car at 16, 20 to 32, 36 in the letterbox, which is a quarter from the left and an eighth from above,
a quarter wide and half high; and a dog at 40, 24 to 60, 44.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import decode
from processors.imaging.decoding.decoder import Decoder
from processors.models.card import ModelCard
from processors.models.feature_model import FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repository import ModelRepository
from processors.models.runtime.session import ModelFailed
from processors.models.tasks.detector import Detector
from processors.pipelines.loaded import LoadedPipeline
from schemas.answers import FacesAnswer, FailedFeature, FailureCode, ObjectsAnswer
from schemas.images import FaceOptions, Feature, FeatureOptions, ObjectOptions
from schemas.records.pipelines import PipelineSpec
from tests.fakes.detectors import SIDE, detector_card, detector_graph, load_detector, saved, seen
from tests.fakes.pictures import encoded, scene

CAR, DOG = (16.0, 20.0, 32.0, 36.0), (40.0, 24.0, 60.0, 44.0)
# The same car found a second time, less surely: 14 of its 16 columns are shared, 224 of 288 pixels.
CAR_AGAIN = (18.0, 20.0, 34.0, 36.0)
NOWHERE = (0.0, 0.0, 0.0, 0.0)
FOUND = [("car", 0.9, (0.25, 0.125, 0.25, 0.5)), ("dog", 0.5, (0.625, 0.25, 0.3125, 0.625))]

Corners = tuple[float, float, float, float]
Told = list[tuple[str, float, tuple[float, ...]]]


def cxcywh(box: Corners) -> list[float]:
    left, top, right, bottom = box
    return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]


def ratios(numbers: list[float] | Corners) -> list[float]:
    return [number / SIDE for number in numbers]


def yxyx(box: Corners) -> list[float]:
    return [box[1], box[0], box[3], box[2]]


def in_cell(box: Corners, column: int, row: int, stride: int) -> list[float]:
    x, y, width, height = cxcywh(box)
    return [x / stride - column, y / stride - row, float(np.log(width / stride)), float(np.log(height / stride))]


def logits(*probabilities: float) -> list[float]:
    return [float(np.log(probability)) for probability in probabilities]


Head = tuple[dict[str, Any], dict[str, Any]]

YOLOV5: Head = (
    {"row": ["box", "objectness", "scores"], "box": "cxcywh"},
    {
        "boxes": [
            [*cxcywh(DOG), 0.625, 0.8, 0.1],
            [*cxcywh(CAR_AGAIN), 0.9, 0.0, 0.9],
            [*cxcywh(CAR), 1.0, 0.05, 0.9],
            [*cxcywh(DOG), 0.2, 0.9, 0.1],
        ]
    },
)
YOLOV8: Head = (
    {"row": ["box", "scores"], "box": "cxcywh", "transposed": True},
    {
        "boxes": np.array(
            [[*cxcywh(CAR_AGAIN), 0.0, 0.8], [*cxcywh(CAR), 0.0, 0.9], [*cxcywh(DOG), 0.5, 0.1]]
        ).T.tolist()
    },
)
YOLOV10: Head = (
    {"row": ["box", "scores", "class"], "box": "xyxy", "nms": False},
    {"boxes": [[*CAR, 0.9, 1], [*DOG, 0.5, 0], [*NOWHERE, 0.0, 0]]},
)
YOLOX: Head = (
    {"row": ["box", "objectness", "scores"], "box": "cxcywh", "strides": [32, 64]},
    {
        "boxes": [
            [*in_cell(CAR, 0, 0, 32), 0.9, 0.0, 1.0],
            [*in_cell(DOG, 1, 0, 32), 1.0, 0.5, 0.0],
            [0, 0, 0, 0, 0.0, 0.9, 0.9],
            [0, 0, 0, 0, 0.01, 0.9, 0.9],
            [*in_cell(CAR_AGAIN, 0, 0, 64), 0.8, 0.0, 1.0],
        ]
    },
)
SSD: Head = (
    {"box": "yxyx", "unit": "ratios", "activation": "softmax", "background": "first"},
    {
        "boxes": [ratios(yxyx(CAR)), ratios(yxyx(CAR_AGAIN)), ratios(yxyx(DOG))],
        "scores": [logits(0.05, 0.05, 0.9), logits(0.1, 0.1, 0.8), logits(0.4, 0.5, 0.1)],
    },
)
TENSORFLOW: Head = (
    {"box": "yxyx", "unit": "ratios", "background": "first", "nms": False},
    {
        "boxes": [ratios(yxyx(CAR)), ratios(yxyx(DOG)), ratios(yxyx(DOG))],
        "scores": [0.9, 0.5, 0.95],
        "classes": [2, 1, 1],
        "count": 2,
    },
)
TORCHVISION: Head = (
    {"box": "xyxy", "background": "first", "batched": False, "nms": False},
    {"boxes": [CAR, DOG], "scores": [0.9, 0.5], "classes": [2, 1]},
)
DETR: Head = (
    {"box": "cxcywh", "unit": "ratios", "activation": "softmax", "background": "last", "nms": False},
    {
        "boxes": [ratios(cxcywh(DOG)), ratios(cxcywh(CAR)), ratios(cxcywh(DOG))],
        "scores": [logits(0.5, 0.2, 0.3), logits(0.05, 0.9, 0.05), logits(0.04, 0.06, 0.9)],
    },
)
SIGMOIDS: Head = (
    {"box": "cxcywh", "unit": "ratios", "activation": "sigmoid", "nms": False},
    {
        "boxes": [ratios(cxcywh(DOG)), ratios(cxcywh(CAR))],
        "scores": [[0.0, -9.0], [-9.0, float(np.log(9))]],
    },
)
PADDLE: Head = (
    {"row": ["class", "scores", "box"], "box": "xyxy", "nms": False},
    {"boxes": [[1, 0.9, *CAR], [0, 0.5, *DOG], [-1, 0.7, *DOG]]},
)
END_TO_END: Head = (
    {"row": ["skip", "box", "class", "scores"], "box": "xyxy", "batched": False, "nms": False},
    {"boxes": [[0, *CAR, 1, 0.9], [0, *DOG, 0, 0.5]]},
)
CORNER_AND_SIZE: Head = (
    {"row": ["box", "scores", "class"], "box": "xywh"},
    {"boxes": [[16, 20, 16, 16, 0.9, 1], [40, 24, 20, 20, 0.5, 0]]},
)
HEADS = {
    "YOLOv5 and v7": YOLOV5,
    "YOLOv8 to v12": YOLOV8,
    "YOLOv10, v26 and others that need no suppression": YOLOV10,
    "YOLOX, its grids not decoded": YOLOX,
    "SSD": SSD,
    "TensorFlow's detection API": TENSORFLOW,
    "torchvision": TORCHVISION,
    "DETR": DETR,
    "RT-DETR without its last step": SIGMOIDS,
    "PaddleDetection": PADDLE,
    "YOLOv7 end to end": END_TO_END,
    "corner and size": CORNER_AND_SIZE,
}


def made(folder: Path, head: Head, graph: Mapping[str, Any] | None = None, **changes: Any) -> Detector:
    """Return a detector with this head; ``changes`` are to its card, or settings where they are called so."""
    detection, outputs = head
    settings = changes.pop("settings", {})
    model = detector_graph(outputs, batched=detection.get("batched", True), **(graph or {}))
    rules = detection | changes.pop("detection", {})
    return load_detector(folder, model, detector_card(rules, list(outputs), **changes), **settings)


def told(answer: Any) -> Told:
    assert isinstance(answer, ObjectsAnswer), answer
    assert answer.model == "finder@1"
    return [
        (found.name, round(found.confidence, 5), tuple(round(number, 5) for number in found.box.model_dump().values()))
        for found in answer.objects
    ]


def objects(detector: Detector, *images: Any, **options: Any) -> list[Told]:
    request = FeatureRequest([Feature.OBJECTS], FeatureOptions(objects=ObjectOptions(**options)))
    return [told(answer[Feature.OBJECTS]) for answer in detector.answer(images, [request] * len(images))]


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_every_kind_of_head_tells_the_same_objects(tmp_path: Path, head: Head) -> None:
    detector = made(tmp_path, head)
    assert objects(detector, seen(detector)) == [FOUND]


@pytest.mark.parametrize("head", [YOLOV8, TORCHVISION], ids=["batched", "image by image"])
@pytest.mark.parametrize("batch", ["batch", 1])
def test_a_batch_is_answered_image_by_image(tmp_path: Path, head: Head, batch: int | str) -> None:
    detector = made(tmp_path, head, {"batch": batch})
    wide, high = seen(detector), seen(detector, 100, 200)
    first, second, third = objects(detector, wide, high, wide)
    assert first == third == FOUND
    # The high picture is 32 wide in the letterbox and begins 16 from the left, where the car does.
    assert second[0] == ("car", 0.9, (0.0, 0.3125, 0.5, 0.25))


def test_a_graph_that_takes_four_images_at_once_takes_any_number_of_them(tmp_path: Path) -> None:
    detector = made(tmp_path, YOLOV8, {"batch": 4})
    assert objects(detector, *[seen(detector)] * 5) == [FOUND] * 5
    assert objects(detector) == []


def test_a_stretched_picture_is_told_in_its_own_ratios(tmp_path: Path) -> None:
    detector = made(tmp_path, YOLOV8, input={"resize": "stretch"})
    [[car, _]] = objects(detector, seen(detector))
    assert car == ("car", 0.9, (0.25, 0.3125, 0.25, 0.25))


def test_a_picture_in_the_corner_of_its_letterbox_is_told_in_its_own_ratios(tmp_path: Path) -> None:
    detector = made(tmp_path, YOLOV8, input={"anchor": "top_left"})
    [[car, _]] = objects(detector, seen(detector))
    assert car == ("car", 0.9, (0.25, 0.625, 0.25, 0.375)), "what reaches over the lower edge is cut off"


def test_boxes_beside_the_picture_are_not_told(tmp_path: Path) -> None:
    head = (YOLOV10[0], {"boxes": [[0, 0, 64, 16, 0.9, 1], [-20, 10, 20, 30, 0.8, 0]]})
    detector = made(tmp_path, head)
    assert objects(detector, seen(detector)) == [[("dog", 0.8, (0.0, 0.0, 0.3125, 0.4375))]]


def test_of_two_classes_at_one_place_both_are_told(tmp_path: Path) -> None:
    head = (CORNER_AND_SIZE[0], {"boxes": [[16, 20, 16, 16, 0.9, 1], [16, 20, 16, 16, 0.5, 0]]})
    detector = made(tmp_path, head)
    assert [name for name, *_ in objects(detector, seen(detector))[0]] == ["car", "dog"]


@pytest.mark.parametrize(("threshold", "cars"), [(0.77, 1), (0.78, 2)])
def test_how_much_two_boxes_may_share_is_said_on_the_card(tmp_path: Path, threshold: float, cars: int) -> None:
    # They share 224 of 288 pixels: 0.777….
    detector = made(tmp_path, YOLOV8, detection={"iou_threshold": threshold})
    assert [name for name, *_ in objects(detector, seen(detector))[0]] == ["car"] * cars + ["dog"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["car", "dog"]),
        ({"max_objects": 1}, ["car"]),
        ({"min_confidence": 0.6}, ["car"]),
        ({"min_confidence": 0.1}, ["car", "dog", "dog"]),
        ({"min_confidence": 0.91}, []),
        ({"include": ["DOG"]}, ["dog"]),
        ({"include": ["cat"]}, []),
        ({"exclude": ["dog"]}, ["car"]),
        ({"include": ["dog", "car"], "exclude": ["Car"], "max_objects": 1}, ["dog"]),
    ],
)
def test_a_caller_gets_what_was_asked_for_and_nothing_else(
    tmp_path: Path, asked: dict[str, Any], names: list[str]
) -> None:
    elsewhere = (0.0, 40.0, 10.0, 48.0)
    head = (YOLOV5[0], {"boxes": [*YOLOV5[1]["boxes"], [*cxcywh(elsewhere), 0.2, 1.0, 0.0]]})
    detector = made(tmp_path, head)
    assert [name for name, *_ in objects(detector, seen(detector), **asked)[0]] == names


def test_settings_hold_where_the_caller_says_nothing(tmp_path: Path) -> None:
    detector = made(tmp_path, YOLOV8, settings={"min_object_confidence": 0.6})
    assert [name for name, *_ in objects(detector, seen(detector))[0]] == ["car"]
    assert len(objects(detector, seen(detector), min_confidence=0.3)[0]) == 2


@pytest.mark.parametrize(
    ("card", "setting", "least"),
    [({}, None, 0.25), ({"default_min_confidence": 0.6}, None, 0.6), ({"default_min_confidence": 0.6}, 0.3, 0.3)],
)
def test_the_cards_own_least_confidence_holds_where_nobody_says_another(
    tmp_path: Path, card: dict[str, Any], setting: float | None, least: float
) -> None:
    detector = made(tmp_path, YOLOV8, settings={"min_object_confidence": setting}, **card)
    assert detector.least_confidence == least
    assert {name for name, *_ in objects(detector, seen(detector))[0]} == {"car", *({"dog"} if least < 0.6 else ())}
    assert len(objects(detector, seen(detector), min_confidence=0.3)[0]) == 2


def test_at_most_so_many_objects_are_told(tmp_path: Path) -> None:
    detector = made(tmp_path, YOLOV10, settings={"max_objects": 1})
    assert len(objects(detector, seen(detector))[0]) == 1
    assert len(objects(detector, seen(detector), max_objects=1000)[0]) == 2


def test_no_caller_gets_objects_below_what_the_model_means(tmp_path: Path) -> None:
    detector = made(tmp_path, YOLOV8, min_confidence=0.6)
    assert [name for name, *_ in objects(detector, seen(detector), min_confidence=0.0)[0]] == ["car"]


def test_numbers_that_are_none_cost_only_their_own_image(tmp_path: Path) -> None:
    for name, head in (("dense", YOLOV8), ("separate", TENSORFLOW), ("alone", TORCHVISION)):
        # On black alone the graph divides by zero. It must load all the same: there it has boxes to read.
        detector = made(tmp_path / name, head, settings={})
        images = [seen(detector), seen(detector, level=0), seen(detector)]
        first, black, third = detector.answer(images, [FeatureRequest([Feature.OBJECTS])] * 3)
        assert told(first[Feature.OBJECTS]) == told(third[Feature.OBJECTS]) == FOUND
        failed = black[Feature.OBJECTS]
        assert isinstance(failed, FailedFeature)
        assert failed.error.code is FailureCode.MODEL_FAILED
        assert "are not numbers" in failed.error.message


def test_a_size_too_large_for_a_number_costs_only_its_own_image(tmp_path: Path) -> None:
    rows = [[0, 0, 500.0, 0, 0.9, 0.0, 1.0], *([[0] * 7] * 4)]
    detector = made(tmp_path, (YOLOX[0], {"boxes": rows}))
    [answer] = detector.answer([seen(detector)], [FeatureRequest([Feature.OBJECTS])])
    failed = answer[Feature.OBJECTS]
    assert isinstance(failed, FailedFeature)
    assert failed.error.message == "the model failed: its boxes are not numbers"


def test_an_export_that_answers_for_one_image_whatever_it_is_shown_is_asked_singly(tmp_path: Path) -> None:
    """Some exporters say that the input takes any number of images, and fix the outputs to one."""
    detection, outputs = TORCHVISION
    batched = {name: [table] for name, table in outputs.items()}
    model = detector_graph(batched, batched=False)
    detector = load_detector(tmp_path, model, detector_card(detection | {"batched": True}, list(outputs)))
    images = [seen(detector)] * 2
    with pytest.raises(ModelFailed, match="shown 2 images and answered for fewer"):
        detector.answer(images, [FeatureRequest([Feature.OBJECTS])] * 2)
    description = PipelineSpec(name="finding", version=1, models={Feature.OBJECTS: "finder@1"})
    pipeline = LoadedPipeline(description, {"finder@1": detector}, Decoder(1_000_000, None))
    answers = pipeline.answer(images, [FeatureRequest([Feature.OBJECTS])] * 2)
    assert [told(answer.objects) for answer in answers] == [FOUND, FOUND]


def test_a_class_that_has_no_label_is_an_error_and_no_guess(tmp_path: Path) -> None:
    detector = made(tmp_path, (TENSORFLOW[0], TENSORFLOW[1] | {"classes": [2, 3, 1]}))
    [answer] = detector.answer([seen(detector)], [FeatureRequest([Feature.OBJECTS])])
    failed = answer[Feature.OBJECTS]
    assert isinstance(failed, FailedFeature)
    assert failed.error.message == "the model failed: its class 2 has no label: there are 2"


def faces(detector: Detector, **options: Any) -> FacesAnswer:
    request = FeatureRequest([Feature.FACES], FeatureOptions(faces=FaceOptions(**options)))
    [answers] = detector.answer([seen(detector)], [request])
    assert answers.keys() == {Feature.FACES}, "nothing but what is asked for"
    answer = answers[Feature.FACES]
    assert isinstance(answer, FacesAnswer), answer
    return answer


def test_the_boxes_of_the_label_that_stands_for_a_face_are_faces(tmp_path: Path) -> None:
    detector = made(tmp_path, YOLOV8, detection={"face_label": "car"})
    assert detector.features == {Feature.OBJECTS, Feature.FACES}
    [face] = faces(detector).faces
    assert face.model_dump() == {
        "confidence": pytest.approx(0.9),
        "box": {"left": 0.25, "top": 0.125, "width": 0.25, "height": 0.5},
    }
    assert faces(detector, min_confidence=0.91).faces == ()
    assert objects(detector, seen(detector)) == [FOUND], "objects are told as ever"


def test_faces_have_settings_and_options_of_their_own(tmp_path: Path) -> None:
    detector = made(
        tmp_path,
        YOLOV8,
        detection={"face_label": "dog"},
        settings={"min_object_confidence": 0.95, "min_face_confidence": 0.6},
    )
    assert faces(detector).faces == ()
    assert len(faces(detector, min_confidence=0.5).faces) == 1
    crowd = ({"row": ["box", "scores", "class"], "box": "xyxy"}, {"boxes": [[*CAR, 0.9, 0], [*DOG, 0.8, 0]]})
    crowded = made(tmp_path / "crowd", crowd, detection={"face_label": "dog"}, settings={"max_faces": 1})
    assert [face.confidence for face in faces(crowded).faces] == [pytest.approx(0.9)]
    assert len(faces(crowded, max_faces=2).faces) == 2


def test_a_label_of_faces_that_the_model_does_not_know_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"detection\.face_label: head is none of its labels"):
        made(tmp_path, YOLOV8, detection={"face_label": "head"})


def test_faces_that_cannot_be_read_are_an_error_of_their_own_image(tmp_path: Path) -> None:
    detector = made(tmp_path, YOLOV8, detection={"face_label": "dog"})
    [answers] = detector.answer([seen(detector, level=0)], [FeatureRequest([Feature.FACES])])
    assert answers.keys() == {Feature.FACES}
    assert isinstance(answers[Feature.FACES], FailedFeature)


def test_a_detector_of_one_kind_of_thing_needs_no_classes(tmp_path: Path) -> None:
    outputs = {"boxes": [CAR, DOG], "scores": [0.9, 0.5]}
    card = detector_card({"box": "xyxy"}, list(outputs))
    detector = load_detector(tmp_path, detector_graph(outputs), card, ["thing"])
    assert [name for name, *_ in objects(detector, seen(detector))[0]] == ["thing", "thing"]


def test_further_inputs_are_given_what_the_card_says(tmp_path: Path) -> None:
    """As RT-DETR and PaddleDetection want the picture's size: here what the letterbox has, so that pixels come out."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Div", ["mean", "mean"], ["one"]),
        helper.make_node("Reshape", ["one", "three"], ["ones"]),
        helper.make_node("Mul", ["ones", "table"], ["tables"]),
        helper.make_node("Cast", ["sizes"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["floats", "floats"], ["scale"], axis=1),
        helper.make_node("Unsqueeze", ["scale", "axis"], ["scales"]),
        helper.make_node("Mul", ["tables", "scales"], ["boxes"]),
        helper.make_node("ReduceMax", ["tables"], ["scores"], axes=[2], keepdims=0),
    ]
    constants = [
        numpy_helper.from_array(np.array([-1, 1, 1]), "three"),
        numpy_helper.from_array(np.array([1]), "axis"),
        numpy_helper.from_array(np.array([[ratios(CAR)]], np.float32).reshape(1, 1, 4), "table"),
    ]
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE]),
        helper.make_tensor_value_info("sizes", TensorProto.INT64, ["batch", 2]),
    ]
    gives = [
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["batch", 1, 4]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 1]),
    ]
    model = saved(helper.make_graph(nodes, "sized", inputs, gives, constants))
    card = detector_card({"box": "xyxy"}, ["boxes", "scores"], input={"constants": {"sizes": [SIDE, SIDE]}})
    detector = load_detector(tmp_path / "told", model, card, ["car"])
    assert objects(detector, *[seen(detector)] * 2) == [[("car", 0.5625, FOUND[0][2])]] * 2
    with pytest.raises(ConfigurationError, match="input x: the graph takes x, sizes"):
        load_detector(tmp_path / "untold", model, detector_card({"box": "xyxy"}, ["boxes", "scores"]), ["car"])


@pytest.mark.parametrize(
    ("head", "detection", "problem"),
    [
        (YOLOV8, {"transposed": False}, "row: box 4 \\+ scores 2, and the graph gives 3 numbers a box"),
        (YOLOV5, {"row": ["box", "scores"]}, "row: box 4 \\+ scores 2, and the graph gives 7 numbers a box"),
        (YOLOX, {"strides": [8, 16, 32]}, "strides: 84 cells, and the graph gives 5 boxes"),
        (SSD, {"background": "none"}, r"scores: \(3, 3\) for 3 boxes of 2 classes"),
        (TORCHVISION, {"batched": True}, "row: box 4, and the graph gives 1 numbers a box"),
        (TENSORFLOW, {"batched": False}, "boxes: 3 dimensions besides the image's"),
    ],
)
def test_a_card_that_does_not_fit_its_graph_is_told_when_it_is_loaded(
    tmp_path: Path, head: Head, detection: dict[str, Any], problem: str
) -> None:
    graph_of = detector_graph(head[1], batched=head[0].get("batched", True))
    card = detector_card(head[0] | detection, list(head[1]))
    with pytest.raises(ConfigurationError, match=rf"finder@1: its card does not fit its graph: {problem}"):
        load_detector(tmp_path, graph_of, card)


def test_a_graph_fixed_to_several_images_cannot_answer_for_one_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="batched: false, and the graph takes 4 images at once"):
        made(tmp_path, YOLOV8, {"batch": 4}, detection={"batched": False})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"detection": None}, "says how its outputs are to be read"),
        ({"labels": None}, "a detector needs a file of labels"),
        ({"outputs": {"scores": "scores"}}, "a detector needs boxes"),
        ({"outputs": {"boxes": "boxes", "scores": "scores"}}, "either there or in detection.row"),
        ({"outputs": {"boxes": "boxes", "classes": "classes"}, "detection": YOLOV10[0]}, "classes stand either"),
        ({"input": {"resize": "crop", "resize_shorter_side": 64, "crop": 64}}, "shown the whole image"),
        ({"detection": {"box": "xyxy"}}, "either there or in detection.row"),
        ({"detection": {"row": ["scores"], "box": "xyxy"}}, "row must hold box, once"),
        ({"detection": {"row": ["box", "scores", "scores"], "box": "xyxy"}}, "nothing twice but skip"),
        ({"detection": YOLOV8[0] | {"strides": [8], "unit": "ratios"}}, "cells of grids are cxcywh or ltrb, in pixels"),
        ({"detection": YOLOV10[0] | {"activation": "softmax"}}, "softmax needs a score for each class"),
        ({"detection": YOLOV5[0] | {"activation": "softmax"}}, "and no objectness"),
        ({"detection": YOLOV8[0] | {"iou_treshold": 0.6}}, "detection.iou_treshold: Extra inputs"),
        ({"detection": YOLOV8[0] | {"iou_threshold": 0.0}}, "detection.iou_threshold"),
        ({"detection": YOLOV8[0] | {"box": "corners"}}, "detection.box"),
    ],
)
def test_a_wrong_card_names_what_is_wrong(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    card = detector_card(YOLOV8[0], ["boxes"]) | changes
    if "input" in changes:
        card["input"] = {"name": "x", "layout": "NCHW", "dtype": "float32", **changes["input"]}
    with pytest.raises(ConfigurationError, match=rf"card\.yaml: .*{problem}"):
        load_detector(tmp_path, detector_graph(YOLOV8[1]), card)


def test_a_card_that_is_written_reads_the_same(tmp_path: Path) -> None:
    made(tmp_path, SSD)
    path = tmp_path / "finder" / "1" / "card.yaml"
    read = ModelCard.read(path)
    read.write(path)
    assert ModelCard.read(path) == read


def test_a_detector_is_loaded_by_its_name_and_finds_objects_in_a_file(tmp_path: Path) -> None:
    made(tmp_path, YOLOV8)
    detector = load_model("finder@1", ModelRepository(tmp_path), ModelSettings())
    assert detector.features == {Feature.OBJECTS}
    image = decode(encoded(scene(200, 100)), [detector.view], 1_000_000)
    [answer] = detector.answer([image], [FeatureRequest([Feature.OBJECTS])])
    assert told(answer[Feature.OBJECTS]) == FOUND
