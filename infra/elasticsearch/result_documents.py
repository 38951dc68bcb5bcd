"""What Elasticsearch keeps of an image: its documents, and the lines of a bulk request that write them."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from infra.elasticsearch.answer_fields import (
    face_fields,
    label_fields,
    label_words,
    moderation_fields,
    object_fields,
    object_names,
    text_fields,
    text_of,
    tree_fields,
)
from infra.elasticsearch.versions import outcome_version, recognition_version, rejected_version, resolved_version
from schemas.answers import EmbeddingAnswer, FailedFeature, HashAnswer, LabelsAnswer, PropertiesAnswer
from schemas.camera_notes import CameraNotes
from schemas.dead_letters import Rejection, Resolved
from schemas.images import Feature, Origin
from schemas.queries import ImageStatus
from schemas.results import ImageDeleted, RecognitionResult, VersionedName

# What the mapping takes. Vectors of another length come from another model and could not be compared with these:
# they are kept in Cassandra alone.
EMBEDDING_DIMENSIONS = 256
HASH_BAND_DIGITS = 4

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Document:
    """One document to write, unless the index holds one of a higher version."""

    id: str
    version: int
    source: dict[str, Any]

    def lines(self) -> bytes:
        """Return the two lines that write it in a bulk request."""
        action = {"index": {"_id": self.id, "version": self.version, "version_type": "external_gte"}}
        return b"%b\n%b\n" % (orjson.dumps(action), orjson.dumps(self.source))


def words(*texts: str | None) -> str:
    """Return the words in ``texts``, so that ``s3://cats/IMG_12.jpg`` is found by each of its parts."""
    return " ".join(dict.fromkeys(word.lower() for text in texts if text for word in _WORD.findall(text)))


def result_document(result: RecognitionResult, promoted: VersionedName | None = None) -> Document:
    """Return the document of a recognised image; ``promoted`` as ``recognition_version`` takes it."""
    metadata = _flatten(result.metadata)
    names = [*label_words(result), *object_names(result)]
    source = {
        "@timestamp": result.recognised_at,
        "status": ImageStatus.RECOGNISED,
        "owner": result.owner,
        "image_id": result.image_id,
        "image_key": result.image_key,
        "uri": result.uri,
        "pipeline": result.pipeline,
        "failed_features": _failed_features(result),
        "sha256": result.image.sha256,
        "size_bytes": result.image.size_bytes,
        "format": result.image.format,
        "width": result.image.width,
        "height": result.image.height,
        "warnings": list(result.warnings),
        **result.image.model_dump(include=set(CameraNotes.model_fields)),
        "timings": result.timings.model_dump(),
        "origin": _origin(result.origin),
        "host": result.host,
        "submitted_at": result.submitted_at,
        "correlation_id": result.correlation_id,
        "metadata": metadata,
        "search_text": words(
            result.image_id, result.uri, *names, *metadata.values(), result.image.camera, text_of(result)
        ),
        **label_fields(result),
        **tree_fields(result),
        **_model_fields(result),
        **object_fields(result),
        **face_fields(result),
        **moderation_fields(result),
        **text_fields(result),
        **_property_fields(result),
        **_hash_fields(result),
    }
    return Document(result.image_key, recognition_version(result, promoted), _present(source))


def rejection_document(rejection: Rejection) -> Document:
    """Return the document of a rejected message, which stands for its image where it names one."""
    source = {
        "@timestamp": rejection.rejected_at,
        "status": ImageStatus.REJECTED,
        "owner": rejection.owner,
        "image_id": rejection.image_id,
        "image_key": rejection.key,
        "uri": rejection.uri,
        "pipeline": rejection.pipeline,
        "reason": rejection.reason,
        "detail": rejection.detail,
        "origin": _origin(rejection.origin),
        "host": rejection.host,
        "search_text": words(rejection.image_id, rejection.uri, rejection.reason),
    }
    return Document(rejection.key, rejected_version(rejection), _present(source))


def resolution_document(resolved: Resolved) -> Document:
    """Return the document of a dead letter about which something was done: it is no longer one of those rejected."""
    rejected = rejection_document(resolved.rejection)
    version = resolved_version(resolved)
    return Document(rejected.id, version, rejected.source | {"status": resolved.resolution.value})


def deletion_document(deleted: ImageDeleted, origin: Origin) -> Document:
    """Return what is left of a deleted image.

    Elasticsearch forgets a real deletion after a minute, and would then take an older answer that comes late.
    """
    source = {
        "@timestamp": deleted.deleted_at,
        "status": ImageStatus.DELETED,
        "owner": deleted.owner,
        "image_id": deleted.image_id,
        "image_key": deleted.image_key,
    }
    return Document(deleted.image_key, outcome_version(origin.version), source)


def _model_fields(result: RecognitionResult) -> dict[str, Any]:
    labels, embedding = result.features.labels, result.features.embedding
    fields: dict[str, Any] = {}
    if isinstance(labels, LabelsAnswer):
        fields["label_model"] = labels.model
        fields["known"] = labels.known
    if isinstance(embedding, EmbeddingAnswer):
        fields["embedding_model"] = embedding.model
        fields["embedding"] = vector_of(embedding)
    return fields


def vector_of(embedding: EmbeddingAnswer) -> str | None:
    """Return the components in hexadecimal, the form that Elasticsearch reads fastest."""
    components = base64.b64decode(embedding.values)
    # No angle can be told from a vector of zeros, and Elasticsearch refuses it.
    if len(components) != EMBEDDING_DIMENSIONS or not any(components):
        return None
    return components.hex()


def _property_fields(result: RecognitionResult) -> dict[str, Any]:
    answer = result.features.properties
    if not isinstance(answer, PropertiesAnswer):
        return {}
    return {
        "colours": list(dict.fromkeys(colour.css for colour in answer.dominant_colours)),
        "brightness": answer.brightness,
        "contrast": answer.contrast,
        "sharpness": answer.sharpness,
        "properties_model": answer.model,
    }


def _hash_fields(result: RecognitionResult) -> dict[str, Any]:
    answer = result.features.hash
    if not isinstance(answer, HashAnswer):
        return {}
    return {"hash": answer.perceptual, "hash_bands": hash_bands(answer.perceptual), "hash_model": answer.model}


def hash_bands(perceptual: str) -> list[str]:
    """Return the four bands of 16 bits, each with its place: hashes that differ in at most 3 bits share a band."""
    starts = range(0, len(perceptual), HASH_BAND_DIGITS)
    return [f"{place}:{perceptual[start : start + HASH_BAND_DIGITS]}" for place, start in enumerate(starts)]


def _failed_features(result: RecognitionResult) -> list[str]:
    return [feature.value for feature in Feature if isinstance(getattr(result.features, feature), FailedFeature)]


def _flatten(metadata: Mapping[str, object]) -> dict[str, str]:
    """Return a producer's metadata in a form that Elasticsearch takes whatever it holds.

    Keys lose their NUL bytes, which are refused, and values become text: integers may be longer than 64 bits.
    """
    return {name.replace("\0", "\N{REPLACEMENT CHARACTER}"): _text(value) for name, value in metadata.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "appended_at": origin.appended_at,
    }


def _present(source: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is absent or empty."""
    return {name: value for name, value in source.items() if value not in (None, [], {}, "")}


def bulk_bodies(documents: Iterable[Document], max_bytes: int) -> Iterable[tuple[list[str], bytes]]:
    """Yield bodies of bulk requests of about ``max_bytes`` at most, each with the ids of its documents in order."""
    ids: list[str] = []
    body = bytearray()
    for document in documents:
        lines = document.lines()
        if ids and len(body) + len(lines) > max_bytes:
            yield ids, bytes(body)
            ids, body = [], bytearray()
        ids.append(document.id)
        body += lines
    if ids:
        yield ids, bytes(body)
