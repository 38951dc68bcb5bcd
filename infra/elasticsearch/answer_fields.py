"""What Elasticsearch keeps of objects and text: fields that can be filtered, counted and searched."""

from collections.abc import Iterable
from typing import Any

from schemas.results import DetectedObject, ObjectsAnswer, RecognitionResult, TextAnswer


def object_names(result: RecognitionResult) -> list[str]:
    """Return the names of what was found, each once."""
    answer = result.features.objects
    return _names(answer.objects) if isinstance(answer, ObjectsAnswer) else []


def object_fields(result: RecognitionResult) -> dict[str, Any]:
    """Return names that occur, those of at least half confidence, and every object by itself."""
    answer = result.features.objects
    if not isinstance(answer, ObjectsAnswer):
        return {}
    return {
        "objects": _names(answer.objects),
        "objects_50": _names(found for found in answer.objects if found.confidence >= 0.5),
        "object_count": len(answer.objects),
        "detections": [found.model_dump() for found in answer.objects],
        "object_model": answer.model,
    }


def text_of(result: RecognitionResult) -> str | None:
    """Return all that is written in the image, if it was read."""
    answer = result.features.text
    return answer.text if isinstance(answer, TextAnswer) else None


def text_fields(result: RecognitionResult) -> dict[str, Any]:
    """Return what is written in the image, and how many lines that is."""
    answer = result.features.text
    if not isinstance(answer, TextAnswer):
        return {}
    return {"text": answer.text, "text_lines": len(answer.lines), "text_model": answer.model}


def _names(objects: Iterable[DetectedObject]) -> list[str]:
    return list(dict.fromkeys(found.name for found in objects))
