"""Reads text in pictures: ``ppocr@1``, PaddleOCR's models as the package rapidocr carries them.

The package is an extra, ``vedette[ocr]``. Where it is not installed the feature is answered by an error that says so.
"""

import importlib.util
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import View, Within
from processors.models.feature_model import Answer, Answers, FeatureModel, FeatureRequest, model_failed
from processors.models.missing import MissingModel
from processors.models.repository.repository import check_sha256
from processors.models.text.text_answer import text_answer
from schemas.images import Feature
from schemas.results import VersionedName

if TYPE_CHECKING:
    from processors.models.text.page_reader import PageReader

NAME = "ppocr@1"
PACKAGE = "rapidocr"
REINSTALL = "install the packages that requirements-ocr.lock names"
# Each of the package's three steps with its model. A package with other models would be another version.
MODELS = {
    "Det": ("PP-OCRv6_det_small.onnx", "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"),
    "Cls": ("ch_ppocr_mobile_v2.0_cls_mobile.onnx", "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c"),
    "Rec": ("PP-OCRv6_rec_small.onnx", "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"),
}
# A page's small print can be read at this size; at twice as much one picture would take a processor for ten seconds.
VIEW = Within(1600)
MISSING = f"{NAME} is not installed: its worker lacks the extra ocr (pip install 'vedette[ocr]')"

log = structlog.get_logger(__name__)


def is_installed() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def load_text_reader(settings: ModelSettings) -> FeatureModel:
    """Return the reader, or what stands in its place where the extra is not installed.

    Raises ``ConfigurationError`` where the package's models are not those of this name and version.
    """
    if not is_installed():
        log.warning("text_not_installed", model=NAME, extra="ocr")
        return MissingModel(NAME, TextReader.features, MISSING)
    return TextReader(settings)


class TextReader:
    """Reads text; its models are loaded when a picture is first to be read, since most workers never are asked."""

    id: VersionedName = NAME
    view: View = VIEW
    features = frozenset({Feature.TEXT})

    def __init__(self, settings: ModelSettings) -> None:
        """Raise ``ConfigurationError`` where the models are not what they should be: they are looked at now."""
        self._settings = settings
        self._files = {step: _checked(file, sha256) for step, (file, sha256) in MODELS.items()}
        self._loading = threading.Lock()
        self._pages: PageReader | None = None

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return what is written in each image; whatever the package stumbles over costs only its own image."""
        pages = self._loaded()
        return [{Feature.TEXT: self._read(image, pages)} for image in images]

    def _loaded(self) -> "PageReader":
        with self._loading:
            if self._pages is None:
                from processors.models.text.page_reader import PageReader

                started = time.perf_counter()
                self._pages = PageReader(self._files, self._settings)
                log.info("text_reader_loaded", model=self.id, seconds=round(time.perf_counter() - started, 3))
            return self._pages

    def _read(self, image: DecodedImage, pages: "PageReader") -> Answer:
        pixels = image.views[self.view]
        try:
            lines = pages.read(pixels)
        except Exception as error:
            # A package of this size raises whatever it likes; a picture that it cannot read must cost no other feature.
            log.exception("model_failed", model=self.id)
            return model_failed(self.id, f"the model failed: {type(error).__name__}")
        return text_answer(self.id, lines, pixels.shape[1], pixels.shape[0])


def _checked(file: str, sha256: str) -> Path:
    """Return where the package keeps a model, without importing the package."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ConfigurationError(MISSING)
    path = Path(found.origin).parent / "models" / file
    check_sha256(path, sha256, remedy=REINSTALL)
    return path
