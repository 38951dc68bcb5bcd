"""Reads text in pictures: ``ppocr@1``, PaddleOCR's models as the package rapidocr carries them.

The package is an extra, ``vedette[ocr]``. Where it is not installed the feature is answered by an error that says so.
"""

import importlib.util
import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import Pixels, View, Within
from processors.models.feature_model import Answer, Answers, FeatureModel, FeatureRequest, model_failed
from processors.models.missing import MissingModel
from processors.models.repository.repository import check_sha256
from processors.models.runtime.session import open_session
from processors.models.tasks.answers import text_answer
from schemas.images import Feature
from schemas.results import VersionedName

if TYPE_CHECKING:
    import onnxruntime as ort
    from rapidocr import RapidOCR

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
# The package enlarges the shorter side to 736 pixels, whatever becomes of the longer one: a strip of one pixel's height
# would become hundreds of millions of pixels, and of large letters it finds the pieces.
LEAST_SIDE = 320

MISSING = f"{NAME} is not installed: its worker lacks the extra ocr (pip install 'vedette[ocr]')"

log = structlog.get_logger(__name__)


def load_text_reader(settings: ModelSettings) -> FeatureModel:
    """Return the reader, or what stands in its place where the extra is not installed.

    Raises ``ConfigurationError`` where the package's models are not those of this name and version.
    """
    if importlib.util.find_spec(PACKAGE) is None:
        log.warning("text_not_installed", model=NAME, extra="ocr")
        return MissingModel(NAME, TextReader.features, MISSING)
    return TextReader(settings)


class TextReader:
    """The loaded models; each thread that reads takes an engine of its own, which keeps state while it works."""

    id: VersionedName = NAME
    view: View = VIEW
    features = frozenset({Feature.TEXT})

    def __init__(self, settings: ModelSettings) -> None:
        import cv2

        # The package's arithmetic on pixels would else take every processor for each of the threads that read.
        cv2.setNumThreads(1)
        self._sessions = {step: _session(file, sha256, settings) for step, (file, sha256) in MODELS.items()}
        self._engines: queue.LifoQueue[RapidOCR] = queue.LifoQueue()
        self._engines.put(_engine(self._sessions))

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        """Return what is written in each image; whatever the package stumbles over costs only its own image."""
        return [{Feature.TEXT: self._read(image)} for image in images]

    def _read(self, image: DecodedImage) -> Answer:
        pixels = image.views[self.view]
        height, width, _ = pixels.shape
        try:
            with self._taken() as engine:
                found: Any = engine(roomy(pixels)[..., ::-1])
        except Exception as error:
            # A package of this size raises whatever it likes; a picture that it cannot read must cost no other feature.
            log.exception("model_failed", model=self.id)
            return model_failed(self.id, f"the model failed: {type(error).__name__}")
        if not found.txts:
            return text_answer(self.id, (), (), np.zeros((0, 4, 2)))
        return text_answer(self.id, found.txts, found.scores, np.asarray(found.boxes) / (width, height))

    @contextmanager
    def _taken(self) -> Iterator["RapidOCR"]:
        """Lend an engine; there come to be as many as threads that read at once, all with the same models."""
        try:
            engine = self._engines.get_nowait()
        except queue.Empty:
            engine = _engine(self._sessions)
        try:
            yield engine
        finally:
            self._engines.put(engine)


def roomy(pixels: Pixels) -> Pixels:
    """Return a picture with no side below ``LEAST_SIDE``: its last row or column is repeated, what is in it stays."""
    missing = [max(0, LEAST_SIDE - side) for side in pixels.shape[:2]]
    return np.pad(pixels, [*((0, room) for room in missing), (0, 0)], mode="edge") if any(missing) else pixels


def _session(file: str, sha256: str, settings: ModelSettings) -> "ort.InferenceSession":
    import rapidocr

    path = Path(rapidocr.__file__).parent / "models" / file
    check_sha256(path, sha256, remedy=REINSTALL)
    return open_session(path, settings)


def _engine(sessions: dict[str, "ort.InferenceSession"]) -> "RapidOCR":
    """Return an engine on sessions that are there: it loads nothing by itself, and never looks for a network."""
    from omegaconf import flag_override
    from rapidocr import RapidOCR

    # Its sizes are kept by ``roomy``; what it logs is that a picture has no text.
    engine = RapidOCR(params={"Global.log_level": "critical", "Global.use_preprocess_img": False})
    with flag_override(engine.cfg, "allow_objects", True):
        for step, session in sessions.items():
            engine.cfg[step].session = session
    return engine
