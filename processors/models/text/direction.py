"""Which lines of text stand on their heads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from processors.models.text.line_images import HEIGHT, LineImage, resized, stacked

if TYPE_CHECKING:
    import onnxruntime as ort

# The model looks at as much of a line.
WIDTH = 192
# How sure it must be: most lines stand upright.
LEAST_CONFIDENCE = 0.9


class DirectionClassifier:
    """Tells lines that stand on their heads; may be used from several threads at once."""

    def __init__(self, session: "ort.InferenceSession") -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def are_upside_down(self, lines: Sequence[LineImage]) -> list[bool]:
        """Return for each line whether it is to be turned."""
        return [self._is_upside_down(line) for line in lines]

    def _is_upside_down(self, line: LineImage) -> bool:
        shown = np.zeros((1, 3, HEIGHT, WIDTH), np.float32)
        squeezed = line.pixels if line.width <= WIDTH else resized(line.pixels, WIDTH)
        shown[:, :, :, : squeezed.shape[1]] = stacked([LineImage(squeezed, line.corners)])
        [[[_, turned]]] = self._session.run(None, {self._input: shown})
        return bool(turned > LEAST_CONFIDENCE)
