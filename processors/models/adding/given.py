"""What an operator gives on the command line, as fields of a card."""

from pathlib import Path
from typing import Any

from processors.models.adding.inspection import RefusedModel
from processors.models.adding.proposal import NORMALISATIONS, Fields
from processors.models.card import CardOutputs

ROLES = tuple(CardOutputs.model_fields)


def merge(under: Fields, over: Fields) -> Fields:
    """Return both, ``over`` deciding where both say something."""
    merged = dict(under)
    for name, value in over.items():
        below = under.get(name)
        merged[name] = merge(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged


def given_fields(given: Fields) -> Fields:
    """Return what was given on the command line as fields of a card."""
    fields = _without_none(given)
    image = fields["input"]
    if "size" in image:
        image["size"] = _parse_size(image["size"])
    if "normalisation" in image:
        mean, deviation = NORMALISATIONS[image.pop("normalisation")]
        image |= {"mean": mean, "deviation": deviation}
    outputs = [one.partition("=") for one in fields["outputs"]]
    for role, _, name in outputs:
        if role not in ROLES or not name:
            raise RefusedModel(f"outputs: write --output ROLE=NAME, with a role of {', '.join(ROLES)}")
    return {**fields, "outputs": {role: name for role, _, name in outputs}}


def _without_none(fields: Fields) -> Fields:
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None
    }


def _parse_size(text: Any) -> tuple[int, int]:
    width, _, height = str(text).lower().partition("x")
    try:
        return int(width), int(height or width)
    except ValueError:
        raise RefusedModel(f"input.width, input.height: {text!r} is no size: write 224 or 640x480") from None


def file_beside(card: Path | None, fields: Fields, name: str) -> Path | None:
    """Return the file that a field of an operator's card names, which lies beside the card."""
    return card.parent / str(fields[name]) if card is not None and fields.get(name) else None
