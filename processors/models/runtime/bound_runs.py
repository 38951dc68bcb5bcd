"""Runs on a GPU with tensors bound to its memory, in few batch shapes."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

# A new shape costs a GPU a choice of algorithms and new buffers: batches are filled up to the next of these.
BATCH_SHAPES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

Tensor = npt.NDArray[Any]


class BoundRuns:
    """One session's runs, one at a time: each input keeps a buffer on the device for every shape that it came in."""

    def __init__(self, session: ort.InferenceSession, device: int, device_kind: str = "cuda") -> None:
        self._session = session
        self._device = device
        self._kind = device_kind
        self._buffers: dict[tuple[str, tuple[int, ...], str], ort.OrtValue] = {}
        self._free_batch = all(not isinstance(given.shape[0], int) for given in session.get_inputs())

    def run(self, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        """Return ``outputs`` for ``inputs``; what the batch was filled up with is cut off again."""
        count = len(next(iter(inputs.values())))
        filled = {name: self._filled_up(tensor) for name, tensor in inputs.items()}
        binding = self._session.io_binding()
        for name, tensor in filled.items():
            binding.bind_ortvalue_input(name, self._on_device(name, tensor))
        for name in outputs:
            binding.bind_output(name, self._kind, self._device)
        self._session.run_with_iobinding(binding)
        tensors = binding.copy_outputs_to_cpu()
        # Outputs of a detector that takes one image at a time may begin with its boxes, and not with the image.
        grown = any(len(tensor) > count for tensor in filled.values())
        return [tensor[:count] for tensor in tensors] if grown else list(tensors)

    def _on_device(self, name: str, tensor: Tensor) -> ort.OrtValue:
        key = (name, tensor.shape, tensor.dtype.str)
        buffer = self._buffers.get(key)
        if buffer is None:
            buffer = ort.OrtValue.ortvalue_from_numpy(tensor, self._kind, self._device)
            self._buffers[key] = buffer
        else:
            buffer.update_inplace(tensor)
        return buffer

    def _filled_up(self, tensor: Tensor) -> Tensor:
        shape = next((size for size in BATCH_SHAPES if size >= len(tensor)), len(tensor))
        if not self._free_batch or shape == len(tensor):
            return np.ascontiguousarray(tensor)
        return np.concatenate([tensor, np.zeros((shape - len(tensor), *tensor.shape[1:]), tensor.dtype)])
