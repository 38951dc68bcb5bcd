"""The default model for moderation ``nsfw@1``: its card, and how it is built from the npm package that carries it."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from processors.models.card import CardInput, CardOutputs, ModelCard
from processors.models.default.fetched import LABELS_FILE, FetchedModel
from processors.models.default.graph_model.tensorflow_graph import GraphModel, parse_graph
from processors.models.default.nsfw.bundle import read_bundle
from processors.models.moderation_card import CardCategory, CardModeration

if TYPE_CHECKING:
    from onnx import ModelProto

NAME, VERSION = "nsfw", 1
PACKAGE = "nsfwjs@4.3.0"
FOLDER = "package/dist/models/mobilenet_v2_mid"
TOPOLOGY = f"{FOLDER}/model.min.js"
WEIGHTS = (f"{FOLDER}/group1-shard1of2.min.js", f"{FOLDER}/group1-shard2of2.min.js")
FILES = {
    TOPOLOGY: "a7a9e701491e2449b221dab7c424957f853e700602b5575da33cfd745616f964",
    WEIGHTS[0]: "f2e79a209e44d668220ec5f1533a98f2be954e3953685bf074d201b82fefc29a",
    WEIGHTS[1]: "f291df992a0131741372506a6072fb9f1645bff7c973c983fd6276f5f9625d5e",
}
MODEL_SHA256 = "5ced727856cce438545faaf0618da3cded5f3dd5be6e3a1df2a9f39493a3e84c"
PIXELS = 224
LABELS = ("Drawing", "Hentai", "Neutral", "Porn", "Sexy")
EXPLICIT, SUGGESTIVE = "Explicit", "Non-Explicit Nudity"
LIMITS = (
    "Trained by its makers on pictures that were gathered from the web by where they were found, about 60 GB of them."
    " It tells nudity and sexual acts, in photos and drawings, and nothing else: no violence, no weapons, drugs or hate"
    " symbols, no words. It was not measured on people of every skin tone, sex and age alike. Expect errors on art,"
    " medical pictures, breast-feeding, swimwear and close-ups of anything like skin, and on drawings, among which it"
    " counts many photos. Let people decide on what it tells."
)


def moderator() -> FetchedModel:
    """Return how the default model for moderation is made."""
    return FetchedModel(moderator_card(), LABELS, PACKAGE, FILES, _build)


def moderator_card() -> ModelCard:
    """Return the card of the default model for moderation, NSFWJS's MobileNet v2 of middle size."""
    categories = (
        CardCategory(name="Explicit Nudity", parent=EXPLICIT, classes=("Porn",)),
        CardCategory(name="Illustrated Explicit Nudity", parent=EXPLICIT, classes=("Hentai",)),
        CardCategory(name="Suggestive", parent=SUGGESTIVE, classes=("Sexy",)),
    )
    return ModelCard(
        name=NAME,
        version=VERSION,
        task="classification",
        input=CardInput(
            name="input",
            layout="NHWC",
            dtype="float32",
            resize="stretch",
            width=PIXELS,
            height=PIXELS,
            resampling="bilinear",
            deviation=(255.0, 255.0, 255.0),
        ),
        outputs=CardOutputs(probabilities="probabilities"),
        moderation=CardModeration(categories=categories, min_confidence=0.6),
        labels=LABELS_FILE,
        limits=LIMITS,
        licence="MIT",
        source=f"NSFWJS (Infinite Red, github.com/infinitered/nsfwjs), mobilenet_v2_mid from npm package {PACKAGE}",
        sha256=MODEL_SHA256,
    )


def read_package(kept: Path) -> GraphModel:
    """Return the graph out of the package's files, which are kept there."""
    topology, *weights = (read_bundle((kept / Path(name).name).read_text(encoding="ascii")) for name in FILES)
    return parse_graph(TOPOLOGY, topology, b"".join(base64.b64decode(part) for part in weights))


def _build(kept: Path) -> "ModelProto":
    # onnx is needed once in an installation's life: not worth a worker's start-up time.
    from processors.models.default.graph_model.conversion import convert

    return convert(read_package(kept), {"Identity": "probabilities"}, "moderation")
