"""Exports of objects in the format of COCO's annotations, which tools for training and evaluation read.

One document has all images before all boxes, so images are passed twice: nothing but the names of categories is held.
The document is whole if it is valid JSON.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

import orjson

from schemas.answers import DetectedObject
from schemas.records.exports import ExportedImage

DIGITS = 2


class Coco:
    """Writes one export. Images whose size is not known, such as rejected ones, are left out."""

    passes = 2

    def __init__(self) -> None:
        self._images = 0
        self._annotations = 0
        self._categories: dict[str, int] = {}
        self._shows_boxes = False
        self._comma = b""

    def head(self) -> bytes:
        return b'{"images":['

    def body(self, images: Sequence[ExportedImage]) -> bytes:
        entries = self._boxes(images) if self._shows_boxes else self._pictures(images)
        return b"".join(map(self._separated, entries))

    def turn(self) -> bytes:
        self._images = 0
        self._shows_boxes = True
        self._comma = b""
        return b'],"annotations":['

    def tail(self) -> bytes:
        rest = {
            "categories": [{"id": number, "name": name} for name, number in self._categories.items()],
            "licenses": [],
            "info": {
                "description": "Objects found by Vedette",
                "images": self._images,
                "annotations": self._annotations,
            },
        }
        return b"]," + orjson.dumps(rest)[1:] + b"\n"

    def _pictures(self, images: Sequence[ExportedImage]) -> Iterator[dict[str, Any]]:
        for number, image in self._numbered(images):
            shown = image.summary
            yield {
                "id": number,
                "file_name": file_name(shown.uri, shown.image_id),
                "width": image.width,
                "height": image.height,
                "coco_url": shown.uri,
                "owner": shown.owner,
                "image_id": shown.image_id,
            }

    def _boxes(self, images: Sequence[ExportedImage]) -> Iterator[dict[str, Any]]:
        for number, image in self._numbered(images):
            for found in image.objects:
                self._annotations += 1
                box = _pixels(found, image.width or 0, image.height or 0)
                yield {
                    "id": self._annotations,
                    "image_id": number,
                    "category_id": self._categories.setdefault(found.name, len(self._categories) + 1),
                    "bbox": box,
                    "area": round(box[2] * box[3], DIGITS),
                    "iscrowd": 0,
                    "score": found.confidence,
                }

    def _numbered(self, images: Sequence[ExportedImage]) -> Iterator[tuple[int, ExportedImage]]:
        for image in images:
            if image.width and image.height:
                self._images += 1
                yield self._images, image

    def _separated(self, entry: dict[str, Any]) -> bytes:
        comma, self._comma = self._comma, b",\n"
        return comma + orjson.dumps(entry)


def file_name(uri: str | None, image_id: str) -> str:
    """Return the name of the file at ``uri``, by which tools look for pictures in a folder."""
    name = unquote((uri or "").rstrip("/").rpartition("/")[2])
    return name or image_id


def _pixels(found: DetectedObject, width: int, height: int) -> list[float]:
    """Return left, top, width and height in pixels."""
    box = found.box
    return [
        round(value, DIGITS) for value in (box.left * width, box.top * height, box.width * width, box.height * height)
    ]
