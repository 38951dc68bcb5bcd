"""A model's card as far as its graph tells it; what an operator gave stands, and is checked against the graph."""

from collections.abc import Mapping, Sequence
from typing import Any

from processors.models.adding.inspection import GraphValue, Inspection, RefusedModel

Fields = dict[str, Any]

# For pixels from 0 to 255, as cards name them.
NORMALISATIONS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "zero_one": ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0)),
    "minus_one_one": ((127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
    "none": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
}
# A detector is shown the whole picture in its own shape.
USUAL_INPUT: Mapping[str, Fields] = {"detection": {"resize": "letterbox"}}
DTYPES = ("uint8", "float32", "float16")
CHANNELS = 3
# What most classifiers were trained with: 256 pixels for 224.
SHORTER_SIDE_TO_CROP = 256 / 224


def complete_card(given: Fields, inspection: Inspection, labels: Sequence[str]) -> Fields:
    """Return the card's fields: those ``given``, and beside them what the graph tells.

    Raises ``RefusedModel`` that names the field which contradicts the graph, or which the graph does not tell.
    """
    image = {**USUAL_INPUT.get(str(given.get("task")), {}), **given.get("input", {})}
    known = {**given, "input": _complete_input(image, _image_input(inspection, image.get("constants", {})))}
    outputs: Fields = dict(given.get("outputs", {}))
    if given.get("task") == "classification":
        outputs = _classifier_outputs(outputs, inspection, labels)
    elif given.get("task") == "embedding" and "embedding" not in outputs:
        outputs["embedding"] = _only("outputs.embedding", inspection.outputs)
    return {**known, "outputs": outputs}


def _image_input(inspection: Inspection, constants: Fields) -> GraphValue:
    inputs = [value for value in inspection.inputs if value.name not in constants]
    if len(inputs) != 1:
        names = ", ".join(value.name for value in inputs) or "nothing"
        raise RefusedModel(f"input: the graph takes {names}: what is not the image must stand in input.constants")
    value = inputs[0]
    if value.dtype not in DTYPES:
        raise RefusedModel(f"input.dtype: {value.name} is of {value.dtype}: it must be one of {', '.join(DTYPES)}")
    if len(value.shape) != 4:
        raise RefusedModel(f"input.layout: {value.name} has {len(value.shape)} dimensions: images in a batch have 4")
    return value


def _complete_input(given: Fields, value: GraphValue) -> Fields:
    layout = _agreed("input.layout", given.get("layout"), _layout(value, given.get("layout")))
    fields = {
        **given,
        "name": _agreed("input.name", given.get("name"), value.name),
        "layout": layout,
        "dtype": _agreed("input.dtype", given.get("dtype"), value.dtype),
    }
    height, width = value.shape[2:] if layout == "NCHW" else value.shape[1:3]
    _complete_size(fields, width, height)
    if value.dtype != "uint8" and "mean" not in fields:
        raise RefusedModel(
            "input.mean, input.deviation: the graph takes floats and does not say how pixels are scaled: "
            f"give --normalisation {', '.join(NORMALISATIONS)}"
        )
    return fields


def _layout(value: GraphValue, given: str | None) -> str:
    possible = [layout for layout, place in (("NCHW", 1), ("NHWC", 3)) if value.shape[place] == CHANNELS]
    if len(possible) == 1:
        return possible[0]
    if given is not None and (given in possible or not _are_channels_fixed(value)):
        return given
    shape = " x ".join(str(size or "?") for size in value.shape)
    if not possible and _are_channels_fixed(value):
        raise RefusedModel(f"input.layout: {value.name} is {shape}: neither NCHW nor NHWC with 3 colours")
    raise RefusedModel(f"input.layout: {value.name} is {shape}: say whether that is NCHW or NHWC with --layout")


def _are_channels_fixed(value: GraphValue) -> bool:
    return value.shape[1] is not None and value.shape[3] is not None


def _complete_size(fields: Fields, width: int | None, height: int | None) -> None:
    """Fill in the resize rule and its sizes; what the graph fixes decides."""
    given = fields.pop("size", None) or (fields.get("crop"), fields.get("crop"))
    width = _agreed("input.width", given[0] or fields.get("width"), width)
    height = _agreed("input.height", given[1] or fields.get("height"), height)
    if width is None or height is None:
        raise RefusedModel("input.crop: the graph takes images of any size: say of which with --size")
    rule = fields.setdefault("resize", "crop" if width == height else "stretch")
    if rule != "crop":
        fields |= {"width": width, "height": height}
        return
    if width != height:
        raise RefusedModel(f"input.resize: crop gives squares, and the graph takes {width} x {height}: use stretch")
    fields["crop"] = width
    fields.setdefault("resize_shorter_side", round(width * SHORTER_SIDE_TO_CROP))


def _classifier_outputs(given: Fields, inspection: Inspection, labels: Sequence[str]) -> Fields:
    if given.get("probabilities") or given.get("logits"):
        return given
    # --scores names the output and leaves to the graph what kind of numbers they are.
    name = given.pop("scores", None) or _scores(inspection, given.get("embedding"), len(labels))
    return {**given, "probabilities" if name in inspection.softmaxed else "logits": name}


def _scores(inspection: Inspection, embedding: str | None, labels: int) -> str:
    """Return the output with a value for each label; an unknown size may be any."""
    candidates = [value for value in inspection.outputs if value.name != embedding and _size(value) in (None, labels)]
    fixed = [value for value in candidates if _size(value) == labels] or candidates
    if not fixed:
        sizes = ", ".join(f"{value.name} with {_size(value)}" for value in inspection.outputs)
        raise RefusedModel(f"labels: {labels} names, and no output has as many values: there is {sizes}")
    soft = [value for value in fixed if value.name in inspection.softmaxed]
    return _only("outputs: --scores", soft if len(fixed) > 1 and len(soft) == 1 else fixed)


def _only(field: str, values: Sequence[GraphValue]) -> str:
    if len(values) != 1:
        raise RefusedModel(f"{field}: the graph gives {', '.join(value.name for value in values)}: say which it is")
    return values[0].name


def _size(value: GraphValue) -> int | None:
    """Return how many values one image has; ``None`` where the graph does not say."""
    product = 1
    for size in value.shape[1:]:
        if size is None:
            return None
        product *= size
    return product if len(value.shape) > 1 else None


def _agreed(field: str, given: Any, found: Any) -> Any:
    if given is not None and found is not None and given != found:
        raise RefusedModel(f"{field}: {given} was given, and the graph takes {found}")
    return found if given is None else given
