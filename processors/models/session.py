"""Runs one ONNX model: on a GPU where there is one, on the processors otherwise."""

from pathlib import Path
from typing import Any

import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state

from infra.errors import ConfigurationError, VedetteError
from processors.models.providers import CUDA, choose_providers

ONLY_ERRORS = 3

Tensor = npt.NDArray[Any]

# ONNX Runtime's exceptions share no base of their own.
RUNTIME_ERRORS = tuple(
    kind for kind in vars(onnxruntime_pybind11_state).values() if isinstance(kind, type) and issubclass(kind, Exception)
)


class ModelFailed(VedetteError):
    """A model could not run on a batch; the message is the runtime's kind of error, not its text."""


class OnnxSession:
    """One loaded model; ``run`` may be called from several threads at once and releases the interpreter lock."""

    def __init__(self, onnx: Path, threads: int = 1) -> None:
        """``threads`` share the work of one run; several runs side by side on one thread each cost less in all.

        Raises ``ConfigurationError`` where the file is not a model that the runtime can load.
        """
        try:
            self._session = ort.InferenceSession(onnx, _options(threads), providers=choose_providers())
        except RUNTIME_ERRORS as error:
            raise ConfigurationError(f"{onnx} cannot be loaded: {error}") from None
        self.on_gpu: bool = self._session.get_providers()[0] == CUDA
        self.inputs: dict[str, list[int | str | None]] = {i.name: i.shape for i in self._session.get_inputs()}
        self.input_types: dict[str, str] = {i.name: i.type for i in self._session.get_inputs()}
        self.outputs: frozenset[str] = frozenset(o.name for o in self._session.get_outputs())

    def run(self, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        """Return ``outputs`` for ``inputs``, tensors by name, the first dimension being the batch.

        Raises ``ModelFailed`` where the runtime cannot: out of memory, or a shape that the model does not take.
        """
        try:
            tensors: list[Tensor] = self._session.run(outputs, inputs)
        except RUNTIME_ERRORS as error:
            raise ModelFailed(type(error).__name__) from error
        return tensors


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ONLY_ERRORS
    # Idle threads that spin take the processors from decoding and from the servers beside.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
