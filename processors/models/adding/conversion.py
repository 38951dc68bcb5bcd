"""A model in fewer bits: half precision for GPUs, 8 bits for processors.

What comes of it is a model of its own, whose card names the first one: it must agree with that before it may count.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.models.adding.adding import OWN_FIELDS, NewModel, add_model, labels_file
from processors.models.card import ModelCard
from processors.models.repository.repository import ModelFiles, Repository
from processors.models.runtime.image_graph import ImageGraph
from processors.models.runtime.session import OnnxSession, Tensor
from schemas.records.pipelines import split_id
from schemas.results import VersionedName

Precision = Literal["fp16", "int8"]
# Fewer pictures leave the ranges of activations to chance.
LEAST_CALIBRATION = 16


def add_converted(
    original: VersionedName,
    name: VersionedName,
    precision: Precision,
    pictures: Sequence[DecodedImage],
    repository: Repository,
) -> ModelCard:
    """Add ``original`` in ``precision`` to the repository as ``name``, and return its card.

    ``pictures``, decoded for the model's view, calibrate 8 bits: the range of every activation is learnt from them.
    Raises ``ConfigurationError`` where there are too few, where the graph is not in single precision or cannot be
    converted, and whatever ``add_model`` raises.
    """
    files = repository.load(*split_id(original))
    if files.card.precision != "fp32":
        raise ConfigurationError(
            f"model {original} is in {files.card.precision} already: convert the one it is made of"
        )
    if precision == "int8" and len(pictures) < LEAST_CALIBRATION:
        raise ConfigurationError(f"int8 is calibrated on {LEAST_CALIBRATION} pictures or more: name a folder of them")
    with tempfile.TemporaryDirectory(prefix="vedette-convert-") as folder, labels_file(files.labels) as labels:
        onnx = Path(folder) / "converted.onnx"
        _write(files, precision, pictures, onnx)
        return add_model(NewModel(onnx, labels, _fields(files.card, name, precision), files.tree), repository)


def _fields(card: ModelCard, name: VersionedName, precision: Precision) -> dict[str, object]:
    """Return the original's card, but for what is the new model's own."""
    fields = card.model_dump(mode="json", exclude_none=True, exclude=OWN_FIELDS)
    new, version = split_id(name)
    return {**fields, "name": new, "version": version, "precision": precision, "reference": card.id}


def _write(files: ModelFiles, precision: Precision, pictures: Sequence[DecodedImage], onnx: Path) -> None:
    try:
        if precision == "fp16":
            _write_half(files.onnx, onnx)
        else:
            _write_bytes(files, pictures, onnx)
    except (ValueError, TypeError, AttributeError, AssertionError, NotImplementedError) as error:
        # The runtime's converters raise no kind of their own for a graph that they do not understand.
        raise ConfigurationError(f"model {files.card.id} cannot be converted to {precision}: {error}") from error


def _write_half(original: Path, onnx: Path) -> None:
    import onnx as onnx_library
    from onnxruntime.transformers.float16 import convert_float_to_float16

    converted = convert_float_to_float16(onnx_library.load(original), keep_io_types=True)
    onnx.write_bytes(converted.SerializeToString(deterministic=True))


def _write_bytes(files: ModelFiles, pictures: Sequence[DecodedImage], onnx: Path) -> None:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    graph = ImageGraph(files.card, OnnxSession(files.onnx, ModelSettings(provider="cpu")))
    tensors: Iterator[dict[str, Tensor]] = (graph.inputs([picture]) for picture in pictures)

    class Calibration(CalibrationDataReader):  # type: ignore[misc]  # the runtime ships no types
        """Shows the pictures one by one."""

        def get_next(self) -> dict[str, Tensor] | None:
            return next(tensors, None)

    quantize_static(
        files.onnx,
        onnx,
        Calibration(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
    )
