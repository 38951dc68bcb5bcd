"""Runs one ONNX model: on a GPU where there is one, on the processors otherwise."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state

from infra.errors import ConfigurationError, VedetteError
from infra.settings.recognition import ModelSettings
from processors.models.runtime.bound_runs import BoundRuns
from processors.models.runtime.providers import Device, choose_device, provider_list

ONLY_ERRORS = 3

# Optimizers of ONNX Runtime 1.31 that change what a model answers. Pad_Fusion lets a MaxPool add the padding of a Pad
# before it, whose zeros then become minus infinity: a window of negative numbers at an edge no longer gives zero.
WRONG_OPTIMIZERS = ["Pad_Fusion"]

# What the processors', CUDA's and TensorRT's allocators say, and CUDA's libraries on their own.
OUT_OF_MEMORY = ("failed to allocate memory", "available memory of", "out of memory", "alloc_failed")

Tensor = npt.NDArray[Any]

# ONNX Runtime's exceptions share no base of their own.
RUNTIME_ERRORS = tuple(
    kind for kind in vars(onnxruntime_pybind11_state).values() if isinstance(kind, type) and issubclass(kind, Exception)
)


class ModelFailed(VedetteError):
    """A model could not run on a batch; the message is the runtime's kind of error, not its text."""


class OutOfMemory(ModelFailed):
    """A batch did not fit into the device's memory; a smaller one may."""


class OnnxSession:
    """One loaded model; ``run`` may be called from several threads at once and releases the interpreter lock."""

    def __init__(self, onnx: Path, settings: ModelSettings | None = None, threads: int = 1) -> None:
        """``threads`` share the work of one run; several runs side by side on one thread each cost less in all.

        Raises ``ConfigurationError`` where the file is not a model that the runtime can load, or where the device that
        the settings ask for is missing.
        """
        settings = settings or ModelSettings()
        device = choose_device(settings)
        try:
            first = _open(onnx, device, settings, threads)
            copies = [_open(onnx, device, settings, threads) for _ in range(1, settings.sessions_per_gpu)]
        except RUNTIME_ERRORS as error:
            raise ConfigurationError(f"{onnx} cannot be loaded: {error}") from None
        self.on_gpu: bool = device.on_gpu
        self.inputs: dict[str, list[int | str | None]] = {i.name: i.shape for i in first.get_inputs()}
        self.input_types: dict[str, str] = {i.name: i.type for i in first.get_inputs()}
        self.outputs: frozenset[str] = frozenset(o.name for o in first.get_outputs())
        self._session = first
        self._bound: queue.LifoQueue[BoundRuns] = queue.LifoQueue()
        for session in (first, *copies) if device.on_gpu else ():
            self._bound.put(BoundRuns(session, device.number))

    def run(self, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        """Return ``outputs`` for ``inputs``, tensors by name, the first dimension being the batch.

        Raises ``OutOfMemory``, or ``ModelFailed`` where the runtime cannot for another reason: a shape that the model
        does not take.
        """
        try:
            return self._run(inputs, outputs)
        except RUNTIME_ERRORS as error:
            name = type(error).__name__
            raise OutOfMemory(name) if is_out_of_memory(error) else ModelFailed(name) from error

    def _run(self, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        if not self.on_gpu:
            tensors: list[Tensor] = self._session.run(outputs, inputs)
            return tensors
        with self._taken() as bound:
            return bound.run(inputs, outputs)

    @contextmanager
    def _taken(self) -> Iterator[BoundRuns]:
        """Lend one of the GPU's sessions, or wait until one is free: each has buffers that only one run may fill."""
        bound = self._bound.get()
        try:
            yield bound
        finally:
            self._bound.put(bound)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of the runtime says that memory ran out; it has no kind of its own for that."""
    text = str(error).lower()
    return any(sign in text for sign in OUT_OF_MEMORY)


def open_session(onnx: Path, settings: ModelSettings) -> ort.InferenceSession:
    """Return a session of ONNX Runtime itself, for code that brings its own; one thread a run, as everything has.

    Raises ``ConfigurationError`` like ``OnnxSession``.
    """
    try:
        return _open(onnx, choose_device(settings), settings, threads=1)
    except RUNTIME_ERRORS as error:
        raise ConfigurationError(f"{onnx} cannot be loaded: {error}") from None


def _open(onnx: Path, device: Device, settings: ModelSettings, threads: int) -> ort.InferenceSession:
    return ort.InferenceSession(
        onnx, _options(settings, threads), providers=provider_list(device), disabled_optimizers=WRONG_OPTIMIZERS
    )


def _options(settings: ModelSettings, threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ONLY_ERRORS
    options.enable_cpu_mem_arena = settings.cpu_arena
    # Idle threads that spin take the processors from decoding and from the servers beside.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
