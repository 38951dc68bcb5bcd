"""What Elasticsearch keeps of labels, objects, faces, moderation and text: fields to filter, count and search by."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from schemas.answers import (
    Category,
    DetectedObject,
    FacesAnswer,
    Label,
    LabelsAnswer,
    ModerationAnswer,
    ObjectsAnswer,
    TextAnswer,
    TreeNode,
)
from schemas.results import RecognitionResult

CONFIDENCE_DIGITS = 6
# No name has it, so that no name's terms lie among another's.
BETWEEN = "\x1f"


def label_words(result: RecognitionResult) -> list[str]:
    """Return the names of labels and their other names, of everything more general, and of their categories."""
    labels = _labels(result)
    aliases = [alias for label in labels for alias in label.aliases or ()]
    sure = {**_surest(_nodes(result)), **_surest(_categories(result))}
    return [*(label.name for label in labels), *aliases, *sure]


def label_fields(result: RecognitionResult) -> dict[str, Any]:
    """Return the names of labels, of the surer ones, and every label by itself."""
    labels = _labels(result)
    if not labels:
        return {}
    top = max(labels, key=lambda label: label.confidence)
    return {
        "labels": [label.name for label in labels],
        "labels_50": [label.name for label in labels if label.confidence >= 0.5],
        "labels_90": [label.name for label in labels if label.confidence >= 0.9],
        "top_label": top.name,
        "top_confidence": top.confidence,
        "predictions": [{"name": label.name, "confidence": label.confidence} for label in labels],
    }


def tree_fields(result: RecognitionResult) -> dict[str, Any]:
    """Return the names in the hierarchy above labels and objects, those of the surer, and categories.

    Beside the names stand terms of name and confidence, of which a range finds those that are sure enough.
    """
    nodes, categories = _surest(_nodes(result)), _surest(_categories(result))
    return {
        "label_tree": list(nodes),
        "label_tree_50": [name for name, confidence in nodes.items() if confidence >= 0.5],
        "label_tree_90": [name for name, confidence in nodes.items() if confidence >= 0.9],
        "label_tree_scores": [score_term(*node) for node in nodes.items()],
        "categories": list(categories),
        "category_scores": [score_term(*category) for category in categories.items()],
    }


def score_term(name: str, confidence: float) -> str:
    """Return a name and a confidence as one term: of one name, terms are in the order of their confidences."""
    return f"{name.lower()}{BETWEEN}{confidence:.{CONFIDENCE_DIGITS}f}"


def least_score_term(name: str, confidence: float) -> str:
    """Return the first term of a name that is at least this sure."""
    unit = 10**CONFIDENCE_DIGITS
    return score_term(name, math.ceil(confidence * unit - 1e-3) / unit)


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


def face_fields(result: RecognitionResult) -> dict[str, Any]:
    """Return how many faces were found; where they are stands in the result alone."""
    answer = result.features.faces
    if not isinstance(answer, FacesAnswer):
        return {}
    return {"face_count": len(answer.faces), "face_model": answer.model}


def moderation_fields(result: RecognitionResult) -> dict[str, Any]:
    """Return the categories of both levels, and terms of name and confidence beside them."""
    answer = result.features.moderation
    if not isinstance(answer, ModerationAnswer):
        return {}
    return {
        "moderation": [one.name for one in answer.categories],
        "moderation_scores": [score_term(one.name, one.confidence) for one in answer.categories],
        "moderation_model": answer.model,
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


def _labels(result: RecognitionResult) -> tuple[Label, ...]:
    answer = result.features.labels
    return answer.labels if isinstance(answer, LabelsAnswer) else ()


def _nodes(result: RecognitionResult) -> Iterator[TreeNode]:
    for answer in (result.features.labels, result.features.objects):
        if isinstance(answer, LabelsAnswer | ObjectsAnswer):
            yield from answer.label_tree or ()


def _categories(result: RecognitionResult) -> Iterator[Category]:
    for answer in (result.features.labels, result.features.objects):
        if isinstance(answer, LabelsAnswer | ObjectsAnswer):
            yield from answer.categories or ()


def _surest(found: Iterable[TreeNode | Category]) -> dict[str, float]:
    """Return each name once, as sure as labels or objects make it, the surest first."""
    surest: dict[str, float] = {}
    for one in found:
        surest[one.name] = max(one.confidence, surest.get(one.name, 0.0))
    return dict(sorted(surest.items(), key=lambda item: -item[1]))
