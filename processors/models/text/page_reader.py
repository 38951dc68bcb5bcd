"""Reads a whole picture: finds its lines, turns those that stand on their heads, recognises them."""

import queue
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from infra.settings.recognition import ModelSettings
from processors.imaging.views import Pixels
from processors.models.runtime.session import open_session
from processors.models.text.direction import DirectionClassifier
from processors.models.text.line_images import cut_out
from processors.models.text.lines import Line, Quadrangle
from processors.models.text.recogniser import LineRecogniser, Recognised
from processors.models.text.words import words_of

if TYPE_CHECKING:
    import onnxruntime as ort
    from rapidocr import RapidOCR

# The package enlarges the shorter side to 736 pixels, whatever becomes of the longer one: a strip of one pixel's height
# would become hundreds of millions of pixels, and of large letters it finds the pieces.
LEAST_SIDE = 320
# Lines are found in a picture of at most this size, which takes half the time; they are read in the larger one.
MOST_SIDE = 1200
# Less sure lines are mostly none: what a detector takes for letters in leaves and bricks.
LEAST_CONFIDENCE = 0.5
# One letter or two are what an eye, a wheel and a beak look like: of 66 photos six had such a line below 0.65, each of
# them wrong.
FEW_LETTERS = 2
LEAST_OF_FEW = 0.7
# A line that is read less surely than this may stand on its head.
SURE = 0.9


class PageReader:
    """The loaded models; may be used from several threads at once."""

    def __init__(self, files: Mapping[str, Path], settings: ModelSettings) -> None:
        """``files`` holds the models that find lines, tell their direction and read them: ``Det``, ``Cls``, ``Rec``."""
        # The package's arithmetic on pixels would else take every processor for each of the threads that read.
        cv2.setNumThreads(1)
        self._detection = open_session(files["Det"], settings)
        self._engines: queue.LifoQueue[RapidOCR] = queue.LifoQueue()
        self._engines.put(_engine(self._detection))
        self._direction = DirectionClassifier(open_session(files["Cls"], settings))
        self._recogniser = LineRecogniser(open_session(files["Rec"], settings))

    def read(self, pixels: Pixels) -> list[Line]:
        """Return the lines from top to bottom; raises whatever the package does where it stumbles."""
        boxes = self._find(pixels)
        found = self._turned(self._recogniser.read([cut_out(pixels, corners) for corners in boxes]))
        lines = [_line(one, corners) for one, corners in zip(found, boxes, strict=True)]
        return [line for line in lines if _is_text(line)]

    def _turned(self, found: Sequence[Recognised]) -> list[Recognised]:
        """Read once more what may stand on its head, and take the surer reading; a line that is read well does not."""
        doubtful = [place for place, one in enumerate(found) if one.confidence < SURE]
        tell = self._direction.are_upside_down([found[place].line for place in doubtful])
        places = [place for place, is_turned in zip(doubtful, tell, strict=True) if is_turned]
        again = self._recogniser.read([found[place].line.turned() for place in places])
        surest = list(found)
        for place, one in zip(places, again, strict=True):
            surest[place] = max(found[place], one, key=lambda each: each.confidence)
        return surest

    def _find(self, pixels: Pixels) -> Sequence[Quadrangle]:
        """Return the corners of each line in order."""
        shown = _smaller(pixels)
        scale = pixels.shape[1] / shown.shape[1], pixels.shape[0] / shown.shape[0]
        with self._taken() as engine:
            # The package takes blue first, as OpenCV does.
            found: Any = engine(roomy(shown)[..., ::-1], use_cls=False, use_rec=False)
        return () if found.boxes is None else [np.asarray(box, np.float64) * scale for box in found.boxes]

    @contextmanager
    def _taken(self) -> Iterator["RapidOCR"]:
        """Lend an engine; there come to be as many as threads that read at once, all with the same model."""
        try:
            engine = self._engines.get_nowait()
        except queue.Empty:
            engine = _engine(self._detection)
        try:
            yield engine
        finally:
            self._engines.put(engine)


def roomy(pixels: Pixels) -> Pixels:
    """Return a picture with no side below ``LEAST_SIDE``: its last row or column is repeated, what is in it stays."""
    missing = [max(0, LEAST_SIDE - side) for side in pixels.shape[:2]]
    return np.pad(pixels, [*((0, room) for room in missing), (0, 0)], mode="edge") if any(missing) else pixels


def _smaller(pixels: Pixels) -> Pixels:
    longer = max(pixels.shape[:2])
    if longer <= MOST_SIDE:
        return pixels
    height, width = (max(1, round(side * MOST_SIDE / longer)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _is_text(line: Line) -> bool:
    letters = len(line.text.strip())
    return letters > 0 and line.confidence >= (LEAST_CONFIDENCE if letters > FEW_LETTERS else LEAST_OF_FEW)


def _line(found: Recognised, corners: Quadrangle) -> Line:
    return Line(found.read.text, found.confidence, corners, tuple(words_of(found.line, found.read, found.columns)))


def _engine(detection: "ort.InferenceSession") -> "RapidOCR":
    """Return an engine that finds lines with a session that is there: it never looks for a network."""
    from omegaconf import flag_override
    from rapidocr import RapidOCR

    # Its sizes are kept by ``roomy``; what it logs is that a picture has no text.
    engine = RapidOCR(params={"Global.log_level": "critical", "Global.use_preprocess_img": False})
    with flag_override(engine.cfg, "allow_objects", True):
        engine.cfg.Det.session = detection
    return engine
