"""From lines of text as pixels to their characters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processors.models.text.characters import ReadLine, decode
from processors.models.text.line_images import LineImage, stacked

if TYPE_CHECKING:
    import onnxruntime as ort

# Pixels of width that are recognised at once. More at a time is slower: the layers' outputs leave the caches.
MOST_WIDTH = 640
# The time goes by the width. As many pixels of it are enough for a character; most fonts have twenty. Below this share
# of their width lines are misread, whatever the font.
CHARACTER_WIDTH = 13.0
NARROWEST = 0.6
# Less is gained by a line that is hardly narrower than reading some of them twice may cost.
WORTHWHILE = 0.85
# Lines of less width in all are not worth finding out how wide their characters are.
LITTLE_WIDTH = 4000
# So many lines of at least so much width are read as they are to find that out.
PROBES, PROBE_WIDTH = 3, 240
# A line that was narrowed and is read less surely is read once more as it is.
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Recognised:
    """A line's characters; ``columns`` of the model's output cover its width."""

    line: LineImage
    read: ReadLine
    columns: float

    @property
    def confidence(self) -> float:
        return self.read.confidence


class LineRecogniser:
    """Reads lines, each at its own width; may be used from several threads at once."""

    def __init__(self, session: "ort.InferenceSession") -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        characters = session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._alphabet = ("", *characters, " ")

    def read(self, lines: Sequence[LineImage]) -> list[Recognised]:
        """Return what is written in each line; many lines are read no wider than their characters need."""
        widths = [line.width for line in lines]
        probes = _probes(widths) if sum(widths) > LITTLE_WIDTH else range(len(lines))
        found = dict(zip(probes, self._read_at([lines[place] for place in probes], 1.0), strict=True))
        others = [place for place in range(len(lines)) if place not in found]
        scale = _scale(found.values())
        found.update(zip(others, self._read_at([lines[place] for place in others], scale), strict=True))
        if scale < 1:
            unsure = [place for place in others if found[place].confidence < SURE]
            for place, again in zip(unsure, self._read_at([lines[place] for place in unsure], 1.0), strict=True):
                found[place] = max(found[place], again, key=lambda one: one.confidence)
        return [found[place] for place in range(len(lines))]

    def _read_at(self, lines: Sequence[LineImage], scale: float) -> list[Recognised]:
        shown = [line.narrowed(scale) for line in lines] if scale < 1 else lines
        found: dict[int, Recognised] = {}
        for places in _batches([line.width for line in shown]):
            read = self._read([shown[place] for place in places])
            found.update({place: Recognised(lines[place], *one) for place, one in zip(places, read, strict=True)})
        return [found[place] for place in range(len(lines))]

    def _read(self, lines: Sequence[LineImage]) -> list[tuple[ReadLine, float]]:
        """Return the characters of each line, and how many columns of the model's output cover it."""
        batch = stacked(lines)
        [scores] = self._session.run(None, {self._input: batch})
        best, confidences = scores.argmax(axis=2), scores.max(axis=2)
        columns_per_pixel = scores.shape[1] / batch.shape[3]
        return [
            (decode(best[at], confidences[at], self._alphabet), line.width * columns_per_pixel)
            for at, line in enumerate(lines)
        ]


def _probes(widths: Sequence[int]) -> list[int]:
    """Return the narrowest lines that are still wide enough to tell how wide characters are."""
    places = [place for place in np.argsort(widths, kind="stable").tolist() if widths[place] >= PROBE_WIDTH]
    return places[:PROBES]


def _scale(probes: Collection[Recognised]) -> float:
    """Return which share of their width lines need, judged by some that were read surely."""
    sure = [one for one in probes if one.confidence >= SURE]
    characters = sum(len(one.read.text) for one in sure)
    if not characters:
        return 1.0
    scale = max(NARROWEST, CHARACTER_WIDTH * characters / sum(one.line.width for one in sure))
    return scale if scale <= WORTHWHILE else 1.0


def _batches(widths: Sequence[int]) -> list[list[int]]:
    """Return which lines are recognised together: neighbours by width, as many as fit into ``MOST_WIDTH``."""
    batches: list[list[int]] = []
    for place in np.argsort(widths, kind="stable").tolist():
        if batches and (len(batches[-1]) + 1) * widths[place] <= MOST_WIDTH:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches
