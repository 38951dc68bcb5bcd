"""An ONNX graph that takes images, run as its card says: bytes in, named tensors out."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import structlog

from infra.errors import ConfigurationError
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.photometric import even_exposure
from processors.imaging.views import Pixels, View
from processors.models.card import ModelCard
from processors.models.runtime.session import ModelFailed, OnnxSession, OutOfMemory, Tensor

Outputs = dict[str, Tensor]

log = structlog.get_logger(__name__)


class ImageGraph:
    """One loaded graph, fed with the view that its card describes."""

    def __init__(self, card: ModelCard, session: OnnxSession) -> None:
        """Raises ``ConfigurationError`` where the card names an input or output that the graph does not have."""
        self.card = card
        self.view: View = card.input.view
        self._session = session
        self._check_names()
        self._fixed_batch = _fixed_batch(session.inputs[card.input.name])
        self._constants = {
            name: np.array(row, _dtype(session.input_types[name])) for name, row in card.input.constants.items()
        }
        self._largest_batch = sys.maxsize

    def runs_as(self, other: "ImageGraph") -> bool:
        """Whether a run of this graph is one of the other's: the same session, fed with the same tensors."""
        return self._session is other._session and self.card.input == other.card.input

    def run(self, images: Sequence[DecodedImage], outputs: Sequence[str]) -> Outputs:
        """Return ``outputs``, the first dimension being the image; raises ``ModelFailed``."""
        runs = self._run(self._stack(images), outputs)
        return {name: np.concatenate([run[at] for run in runs]) for at, name in enumerate(outputs)}

    def run_each(
        self, images: Sequence[DecodedImage], outputs: Sequence[str], *, batched: bool = True
    ) -> list[Outputs]:
        """Return ``outputs`` of each image by itself, whose sizes may differ; raises ``ModelFailed``.

        Where outputs are not ``batched`` they have no dimension for the image, and every image is run alone.
        """
        return self._each(self._stack(images), outputs, batched=batched) if images else []

    def inputs(self, images: Sequence[DecodedImage]) -> dict[str, Tensor]:
        """Return what the graph is given of ``images``, tensors by name."""
        return self._inputs(self._stack(images))

    def try_out(self, outputs: Sequence[str], *, batched: bool = True) -> Outputs:
        """Return ``outputs`` of one black image, so that a card that does not fit its graph is told before any image.

        Raises ``ConfigurationError`` that says what does not fit.
        """
        if not batched and (self._fixed_batch or 1) > 1:
            raise self.unfit(f"batched: false, and the graph takes {self._fixed_batch} images at once")
        width, height = self.card.input.size
        try:
            [black] = self._each(np.zeros((1, height, width, 3), np.uint8), outputs, batched=batched)
        except ModelFailed as error:
            raise self.unfit(" ".join(str(error.__cause__ or error).split())) from None
        return black

    def unfit(self, what: str) -> ConfigurationError:
        """Return the error that says what of the card does not fit."""
        return ConfigurationError(f"model {self.card.id}: its card does not fit its graph: {what}")

    def _stack(self, images: Sequence[DecodedImage]) -> Pixels:
        views = [image.views[self.view] for image in images]
        even = self.card.input.photometric == "brightness_contrast"
        return np.stack([even_exposure(view) for view in views] if even else views)

    def _each(self, pixels: Pixels, outputs: Sequence[str], *, batched: bool) -> list[Outputs]:
        if not batched:
            return [
                dict(zip(outputs, self._infer(pixels[at : at + 1], outputs), strict=True)) for at in range(len(pixels))
            ]
        rows = [row for run in self._run(pixels, outputs) for row in zip(*run, strict=True)]
        return [dict(zip(outputs, row, strict=True)) for row in rows]

    def _run(self, pixels: Pixels, outputs: Sequence[str]) -> list[list[Tensor]]:
        """Run in pieces: of the size that the graph was fixed to if it was, else as large as the memory has taken."""
        size = self._fixed_batch or min(len(pixels), self._largest_batch)
        starts = range(0, len(pixels), size)
        return [run for start in starts for run in self._run_piece(pixels[start : start + size], outputs)]

    def _run_piece(self, pixels: Pixels, outputs: Sequence[str]) -> list[list[Tensor]]:
        """Halve a piece that does not fit into the device's memory; later pieces are no larger than what did."""
        try:
            return [self._run_once(pixels, self._fixed_batch or len(pixels), outputs)]
        except OutOfMemory:
            if self._fixed_batch or len(pixels) == 1:
                raise
            half = len(pixels) // 2
            self._largest_batch = half
            log.warning("out_of_memory", model=self.card.id, batch=len(pixels), from_now_on=half)
        return [run for part in (pixels[:half], pixels[half:]) for run in self._run_piece(part, outputs)]

    def _run_once(self, pixels: Pixels, size: int, outputs: Sequence[str]) -> list[Tensor]:
        count = len(pixels)
        if count < size:
            pixels = np.concatenate([pixels, np.zeros((size - count, *pixels.shape[1:]), pixels.dtype)])
        tensors = self._infer(pixels, outputs)
        if any(tensor.shape[:1] < (count,) for tensor in tensors):
            # An export that was fixed to one image, though it says that it takes many: the pipeline asks again, singly.
            raise ModelFailed(f"it was shown {count} images and answered for fewer")
        return [tensor[:count] for tensor in tensors]

    def _infer(self, pixels: Pixels, outputs: Sequence[str]) -> list[Tensor]:
        return self._session.run(self._inputs(pixels), list(outputs))

    def _inputs(self, pixels: Pixels) -> dict[str, Tensor]:
        inputs = {self.card.input.name: self._tensor(pixels)}
        for name, row in self._constants.items():
            inputs[name] = np.repeat(row[None], len(pixels), axis=0)
        return inputs

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
        inputs = [self.card.input.name, *self.card.input.constants]
        if sorted(self._session.inputs) != sorted(inputs):
            raise self.unfit(f"input {', '.join(inputs)}: the graph takes {', '.join(self._session.inputs)}")
        if missing := [name for name in self.card.outputs.names if name not in self._session.outputs]:
            given = ", ".join(sorted(self._session.outputs))
            raise self.unfit(f"output {missing[0]}: the graph gives {given}")


def _fixed_batch(shape: list[int | str | None]) -> int | None:
    """Return the only batch size that the graph takes; ``None`` where it takes any."""
    first = shape[0] if shape else None
    return first if isinstance(first, int) and first > 0 else None


def _dtype(onnx_type: str) -> np.dtype[Any]:
    """Return the type of a constant's numbers, ``onnx_type`` being such as ``tensor(int64)``."""
    name = onnx_type.removeprefix("tensor(").removesuffix(")")
    return np.dtype({"float": "float32", "double": "float64"}.get(name, name))
