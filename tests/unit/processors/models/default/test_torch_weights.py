"""Reading a foreign pickle: tensors come out of it, and nothing else can."""

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from processors.models.default.torch_weights import MAGIC_NUMBER, PROTOCOL_VERSION, UnreadableWeights, read_weights


class Global:
    """Pickles as a call of any name at all."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call, self.arguments


def weights_file(path: Path, state: Any, storages: bytes = b"") -> Path:
    headers = [MAGIC_NUMBER, PROTOCOL_VERSION, {"little_endian": True}, state]
    path.write_bytes(b"".join(pickle.dumps(part, 2) for part in headers) + storages)
    return path


def float_tensor(offset: int, shape: str, stride: str) -> bytes:
    """The state dict ``{"w": tensor}`` in pickle's own text protocol, as PyTorch writes it."""
    return (
        b"(dp0\nS'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI6\nNtQ"
        + f"I{offset}\n{shape}{stride}I00\nccollections\nOrderedDict\n(tRtRs.".encode()
    )


def file_of(path: Path, tensor: bytes, values: np.ndarray, count: int | None = None) -> Path:
    headers = b"".join(pickle.dumps(part, 2) for part in (MAGIC_NUMBER, PROTOCOL_VERSION, {}))
    length = np.array([len(values) if count is None else count], "<i8").tobytes()
    path.write_bytes(headers + tensor + pickle.dumps(["0"], 2) + length + values.astype("<f4").tobytes())
    return path


SIX = np.arange(6)


def test_a_tensor_keeps_its_shape_offset_and_strides(tmp_path: Path) -> None:
    path = file_of(tmp_path / "w", float_tensor(0, "(I2\nI3\nt", "(I1\nI2\nt"), SIX)
    assert read_weights(path)["w"].tolist() == [[0, 2, 4], [1, 3, 5]]
    path = file_of(tmp_path / "w", float_tensor(2, "(I4\nt", "(I1\nt"), SIX)
    assert read_weights(path)["w"].tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("offset", "shape", "stride"),
    [(3, "(I4\nt", "(I1\nt"), (0, "(I2\nt", "(I1000000\nt"), (-1, "(I2\nt", "(I1\nt"), (5, "(I2\nt", "(I-1\nt")],
)
def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path, offset: int, shape: str, stride: str) -> None:
    path = file_of(tmp_path / "w", float_tensor(offset, shape, stride), SIX)
    with pytest.raises(UnreadableWeights, match="beyond its storage"):
        read_weights(path)


@pytest.mark.parametrize("count", [7, 2**62, -1])
def test_a_storage_that_ends_early_is_refused(tmp_path: Path, count: int) -> None:
    path = file_of(tmp_path / "w", float_tensor(0, "(I2\nt", "(I1\nt"), SIX, count)
    with pytest.raises(UnreadableWeights, match="ends inside its weights"):
        read_weights(path)


@pytest.mark.parametrize(
    ("call", "argument"), [(os.system, "touch {}"), (eval, "open({!r}, 'w')"), (OrderedDict.fromkeys, "{}")]
)
def test_a_pickle_that_asks_for_anything_else_is_refused_and_not_run(tmp_path: Path, call: Any, argument: str) -> None:
    trace = tmp_path / "ran"
    path = weights_file(tmp_path / "w", Global(call, argument.format(str(trace))))
    with pytest.raises(UnreadableWeights, match="which a state dict does not need"):
        read_weights(path)
    assert not trace.exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 a newer file", b"\x80\x02K\x01.", pickle.dumps(MAGIC_NUMBER)])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "w"
    path.write_bytes(data)
    with pytest.raises(UnreadableWeights):
        read_weights(path)
