"""Reads the weights of a legacy PyTorch file without PyTorch, and without running what a pickle might ask for.

The format (torch.serialization, before the zip files of version 1.6): a magic number, a protocol number and the
writer's type sizes, each pickled; the pickled state dict, in which a tensor names its storage by a persistent id; the
pickled list of storage keys; then for each key an int64 count and that many raw little-endian values.
"""

import os
import pickle
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
import numpy.typing as npt

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001

Weights = dict[str, npt.NDArray[np.generic]]


class UnreadableWeights(ValueError):
    """The file is not the legacy PyTorch file that was expected."""


class FloatStorage:
    """Names 32-bit storage in the pickle; never instantiated."""

    dtype = np.dtype("<f4")


class LongStorage:
    """Names 64-bit storage in the pickle; never instantiated."""

    dtype = np.dtype("<i8")


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor lies in its storage, in elements."""

    key: str
    dtype: np.dtype[Any]
    offset: int
    shape: Sequence[int]
    strides: Sequence[int]


def read_weights(path: Path) -> Weights:
    """Return every tensor of the state dict at ``path`` by its name; raises ``UnreadableWeights``."""
    with path.open("rb") as file:
        if _load(file) != MAGIC_NUMBER or _load(file) != PROTOCOL_VERSION:
            raise UnreadableWeights(f"{path.name} is not a legacy PyTorch file")
        _load(file)
        tensors: dict[str, _Tensor] = _load(file)
        dtypes = {tensor.key: tensor.dtype for tensor in tensors.values()}
        storages = {key: _read_storage(file, dtypes[key]) for key in _load(file)}
    return {name: _view(tensor, storages[tensor.key]) for name, tensor in tensors.items()}


def _load(file: BinaryIO) -> Any:
    try:
        return _StateDictUnpickler(file).load()
    except (pickle.UnpicklingError, EOFError) as error:
        raise UnreadableWeights(f"the file is not a pickled state dict: {error}") from None


def _read_storage(file: BinaryIO, dtype: np.dtype[Any]) -> npt.NDArray[np.generic]:
    size_bytes = int.from_bytes(file.read(8), "little", signed=True) * dtype.itemsize
    if not 0 <= size_bytes <= os.fstat(file.fileno()).st_size - file.tell():
        raise UnreadableWeights("the file ends inside its weights")
    return np.frombuffer(file.read(size_bytes), dtype)


def _view(tensor: _Tensor, storage: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    last = tensor.offset + sum(
        (length - 1) * stride for length, stride in zip(tensor.shape, tensor.strides, strict=True)
    )
    if min(tensor.offset, *tensor.strides, 0) < 0 or last >= storage.size:
        raise UnreadableWeights("a tensor reaches beyond its storage")
    strides = [stride * tensor.dtype.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides).copy()


def _rebuild_tensor(storage: tuple[str, np.dtype[Any]], offset: int, size: Any, stride: Any, *_: Any) -> _Tensor:
    key, dtype = storage
    return _Tensor(key, dtype, offset, size, stride)


class _StateDictUnpickler(pickle.Unpickler):
    """Knows four names and refuses every other, so that a pickle can build tensors and nothing else."""

    KNOWN: ClassVar[dict[tuple[str, str], Any]] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch", "FloatStorage"): FloatStorage,
        ("torch", "LongStorage"): LongStorage,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.KNOWN:
            raise UnreadableWeights(f"the file asks for {module}.{name}, which a state dict does not need")
        return self.KNOWN[module, name]

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        _, storage_type, key, *_rest = pid
        return key, storage_type.dtype
