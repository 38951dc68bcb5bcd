"""The fields of an index as its mapping has them: what of a value can be found, and how it is compared."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Fields = Mapping[str, Any]
Comparable = str | float | int

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class NotMatchable(Exception):
    """A question cannot be told of a single document here: a clause or a field of a kind that nobody has taught it."""


@dataclass(frozen=True)
class Field:
    """One field: its name within the document that is looked at, and how Elasticsearch keeps its values.

    ``inner`` is the name within a field that holds names of its own (``flattened``).
    """

    name: str
    convert: Callable[[Any], Comparable]
    longest: int | None = None
    inner: str | None = None

    def values(self, source: Fields) -> Iterator[Comparable]:
        """Yield what of the field can be found."""
        held = source.get(self.name)
        if self.inner is not None:
            held = (held or {}).get(self.inner)
        if held is None:
            return
        for value in held if isinstance(held, list | tuple) else (held,):
            converted = self.convert(value)
            if self.longest is None or utf16_length(str(converted)) <= self.longest:
                yield converted


class FieldTable:
    """Every field of a mapping by the name that questions use."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        self._properties = properties

    def field(self, name: str) -> Field:
        """Return the field; raises ``NotMatchable``."""
        outer, _, inner = name.partition(".")
        if (mapped := self._properties.get(name, {})).get("type") in CONVERSIONS:
            return Field(name, CONVERSIONS[mapped["type"]], mapped.get("ignore_above"))
        if inner and (mapped := self._properties.get(outer, {})).get("type") == "flattened":
            return Field(outer, str, mapped.get("ignore_above"), inner)
        raise NotMatchable(f"field {name}")

    def beneath(self, path: str) -> "FieldTable":
        """Return the fields of the nested documents at ``path``, by their whole names."""
        inner = self._properties[path]["properties"]
        return FieldTable({f"{path}.{name}": mapped for name, mapped in inner.items()})


def utf16_length(text: str) -> int:
    """Return how long Java says that a text is."""
    return len(text) + sum(character > "\uffff" for character in text)


def single_precision(number: float) -> float:
    """Return the nearest number that four bytes can hold, as fields of type ``float`` do."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def milliseconds(moment: datetime | str) -> int:
    """Return a moment as fields of type ``date`` keep it; without an offset it counts as UTC."""
    told = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return ((told if told.tzinfo else told.replace(tzinfo=UTC)) - EPOCH) // MILLISECOND


CONVERSIONS: Mapping[str, Callable[[Any], Comparable]] = {
    "keyword": str,
    "float": single_precision,
    "integer": int,
    "date": milliseconds,
}
