"""An ONNX graph that takes images, run as its card says: bytes in, named tensors out."""

from collections.abc import Sequence

import numpy as np

from infra.errors import ConfigurationError
from processors.imaging.decode import DecodedImage
from processors.imaging.views import Pixels, View
from processors.models.card import ModelCard
from processors.models.session import ModelFailed, OnnxSession, Tensor

Outputs = dict[str, Tensor]


class ImageGraph:
    """One loaded graph, fed with the view that its card describes."""

    def __init__(self, card: ModelCard, session: OnnxSession) -> None:
        """Raises ``ConfigurationError`` where the card names an input or output that the graph does not have."""
        self.card = card
        self.view: View = card.input.view
        self._session = session
        self._check_names()
        self._fixed_batch = _fixed_batch(session.inputs[card.input.name])

    def run(self, images: Sequence[DecodedImage], outputs: Sequence[str]) -> Outputs:
        """Return ``outputs``, the first dimension being the image; raises ``ModelFailed``."""
        return self._run(np.stack([image.views[self.view] for image in images]), outputs)

    def try_out(self, outputs: Sequence[str]) -> Outputs:
        """Run once on a black image, so that a card that does not fit its graph is told now and not by an image.

        Raises ``ConfigurationError`` that says what does not fit.
        """
        width, height = self.card.input.size
        try:
            return self._run(np.zeros((1, height, width, 3), np.uint8), outputs)
        except ModelFailed as error:
            raise self.unfit(" ".join(str(error.__cause__).split())) from None

    def unfit(self, what: str) -> ConfigurationError:
        """Return the error that says what of the card does not fit."""
        return ConfigurationError(f"model {self.card.id}: its card does not fit its graph: {what}")

    def _run(self, pixels: Pixels, outputs: Sequence[str]) -> Outputs:
        """Run in pieces of the size that the graph was fixed to, if it was."""
        size = self._fixed_batch or len(pixels)
        runs = [self._run_once(pixels[start : start + size], size, outputs) for start in range(0, len(pixels), size)]
        return {name: np.concatenate([run[at] for run in runs]) for at, name in enumerate(outputs)}

    def _run_once(self, pixels: Pixels, size: int, outputs: Sequence[str]) -> list[Tensor]:
        count = len(pixels)
        if count < size:
            pixels = np.concatenate([pixels, np.zeros((size - count, *pixels.shape[1:]), pixels.dtype)])
        tensors = self._session.run({self.card.input.name: self._tensor(pixels)}, list(outputs))
        return [tensor[:count] for tensor in tensors]

    def _tensor(self, pixels: Tensor) -> Tensor:
        """Return ``[images, height, width, RGB]`` bytes as the card's input wants them."""
        card = self.card.input
        if card.colour == "BGR":
            pixels = pixels[..., ::-1]
        if card.dtype != "uint8":
            scaled = (pixels - np.array(card.mean, np.float32)) / np.array(card.deviation, np.float32)
            pixels = scaled.astype(card.dtype, copy=False)
        if card.layout == "NCHW":
            pixels = pixels.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(pixels)

    def _check_names(self) -> None:
        if list(self._session.inputs) != [self.card.input.name]:
            raise self.unfit(f"input {self.card.input.name}: the graph takes {', '.join(self._session.inputs)}")
        if missing := [name for name in self.card.outputs.names if name not in self._session.outputs]:
            given = ", ".join(sorted(self._session.outputs))
            raise self.unfit(f"output {missing[0]}: the graph gives {given}")


def _fixed_batch(shape: list[int | str | None]) -> int | None:
    """Return the only batch size that the graph takes; ``None`` where it takes any."""
    first = shape[0] if shape else None
    return first if isinstance(first, int) and first > 0 else None
