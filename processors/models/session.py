"""Runs one ONNX model: on a GPU where there is one, on the processors otherwise."""

import ctypes
from pathlib import Path
from typing import Any

import numpy.typing as npt
import onnxruntime as ort
import structlog
from onnxruntime.capi import onnxruntime_pybind11_state

from infra.errors import ConfigurationError, VedetteError

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
CUDA_LIBRARIES = ("libcuda.so.1", "libcudart.so.13", "libcublasLt.so.13", "libcudnn.so.9")
ONLY_ERRORS = 3

Tensor = npt.NDArray[Any]

# ONNX Runtime's exceptions share no base of their own; its Python half raises ValueError for names not in the graph.
_NATIVE = vars(onnxruntime_pybind11_state).values()
RUNTIME_ERRORS: tuple[type[Exception], ...] = (
    ValueError,
    *(kind for kind in _NATIVE if isinstance(kind, type) and issubclass(kind, Exception)),
)

log = structlog.get_logger(__name__)


class ModelFailed(VedetteError):
    """A model could not run on a batch; the message is the runtime's kind of error, not its text."""


class OnnxSession:
    """One loaded model; ``run`` may be called from several threads at once and releases the interpreter lock."""

    def __init__(self, onnx: Path, threads: int = 1) -> None:
        """``threads`` share the work of one run; several runs side by side on one thread each cost less in all.

        Raises ``ConfigurationError`` for a file that the runtime does not take.
        """
        try:
            self._session = ort.InferenceSession(onnx, _options(threads), providers=choose_providers())
        except RUNTIME_ERRORS as error:
            raise ConfigurationError(f"{onnx} cannot be loaded by ONNX Runtime ({type(error).__name__})") from error
        self.on_gpu: bool = self._session.get_providers()[0] == CUDA

    def run(self, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        """Return ``outputs`` for ``inputs``, tensors by name, the first dimension being the batch.

        Raises ``ModelFailed`` where the runtime cannot: out of memory, or a shape that the model does not take.
        """
        try:
            tensors: list[Tensor] = self._session.run(outputs, inputs)
        except RUNTIME_ERRORS as error:
            raise ModelFailed(type(error).__name__) from error
        return tensors


def choose_providers() -> list[str]:
    """Return the execution providers to ask for, in order, and log the choice with its reason."""
    missing = _missing_cuda()
    log.info("inference_provider", provider=CPU if missing else CUDA, reason=missing or "a GPU and its libraries")
    return [CPU] if missing else [CUDA, CPU]


def _missing_cuda() -> str | None:
    """Return what CUDA lacks here, if anything; ONNX Runtime itself would print errors where a library is missing."""
    if CUDA not in ort.get_available_providers():
        return "this build of ONNX Runtime has no CUDA"
    for library in CUDA_LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            return f"{library} is not installed"
    return None


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ONLY_ERRORS
    # Idle threads that spin take the processors from decoding and from the servers beside.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
