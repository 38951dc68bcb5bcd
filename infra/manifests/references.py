"""What is found in a source: references, and refusals of what cannot become one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from schemas.images import Feature, ImageReference, MetadataValue
from schemas.texts.uris import InvalidUri, parse_uri
from schemas.wire import describe


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that is no valid reference: where it stood, and why."""

    source: str
    reason: str


Found = ImageReference | Refusal


@dataclass(frozen=True, slots=True)
class ReferenceTemplate:
    """What all references of one run share; what a line says itself counts more."""

    owner: str
    features: tuple[Feature, ...] | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    pipeline: str | None = None

    def fill(self, fields: Mapping[str, Any], source: str) -> Found:
        """Return the reference that ``fields`` describe, or a refusal that names ``source`` and the fields at fault."""
        shared: dict[str, Any] = {"owner": self.owner}
        if self.features is not None:
            shared["features"] = self.features
        if self.pipeline is not None:
            shared["pipeline"] = self.pipeline
        own_metadata = fields.get("metadata")
        if self.metadata and isinstance(own_metadata, Mapping | None):
            shared["metadata"] = {**self.metadata, **(own_metadata or {})}
            fields = {name: value for name, value in fields.items() if name != "metadata"}
        try:
            reference = ImageReference.model_validate({**shared, **fields})
            parse_uri(reference.uri)
        except ValidationError as error:
            return Refusal(source, describe(error))
        except InvalidUri as error:
            return Refusal(source, f"uri: {error}")
        return reference
