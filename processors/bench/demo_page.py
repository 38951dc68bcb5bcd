"""``demo.html``: the demonstration's pictures with what was found in them, as one page that needs nothing else."""

import base64
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from infra.terminal import visible_line
from processors.models.calibration.known import STRANGE

SHOWN_LABELS = 5
LONGEST_SIDE = 640
JPEG_QUALITY = 85

STYLE = """
:root { color-scheme: light dark; --line: #8884; --box: #e8590c; --letters: #1c7ed6; --bar: #2f6f8f; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 2rem; }
main { align-items: start; margin-top: 1.5rem; }
article { border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
svg { display: block; width: 100%; height: auto; background: #8882; }
svg rect { fill: none; stroke-width: 3; }
svg text { font: 600 16px system-ui, sans-serif; fill: #fff; stroke: #000; stroke-width: 3; paint-order: stroke; }
.object { stroke: var(--box); }
.letters { stroke: var(--letters); }
.facts { padding: .25rem 1rem 1rem; }
h2 { font-size: 1rem; margin: .75rem 0 .25rem; }
h3 { font-size: .8rem; margin: .75rem 0 .1rem; opacity: .7; }
dl { display: grid; grid-template-columns: 1fr auto 6rem; gap: .1rem .75rem; margin: 0; align-items: center; }
dt { overflow-wrap: anywhere; }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
meter { width: 100%; }
p { margin: .1rem 0; overflow-wrap: anywhere; }
.colours span { display: inline-block; width: 1.4rem; height: 1.4rem; border-radius: .25rem; margin-right: .25rem; }
.times { opacity: .7; font-size: .85rem; }
"""


@dataclass(frozen=True)
class ShownAnswer:
    """What the API says of one picture, and how long after publishing it said so.

    ``features`` and ``timings`` are as in the API's results: answers by feature, and milliseconds by stage.
    """

    picture: str
    status: str
    seconds: float
    features: Mapping[str, Any]
    timings: Mapping[str, Any]

    def found(self, feature: str) -> Sequence[Mapping[str, Any]]:
        """Return the labels, objects or lines of text; none where the feature has no answer."""
        parts = {"labels": "labels", "objects": "objects", "text": "lines"}
        return (self.features.get(feature) or {}).get(parts[feature]) or ()


def demo_page(answers: Sequence[ShownAnswer], folder: Path) -> str:
    """Return the page; the pictures of ``folder`` are in it, made smaller, and every text is escaped."""
    articles = "\n".join(_article(answer, folder / answer.picture) for answer in answers)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>What Vedette saw</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>What Vedette saw</h1>"
        "<p>Each picture came over Kafka, and each answer was read from the API. Orange boxes are objects, blue boxes "
        f"are lines of text.</p>\n<main>\n{articles}\n</main></body></html>\n"
    )


def _article(answer: ShownAnswer, path: Path) -> str:
    parts = [
        _heading(answer),
        *_section("Labels", _rows(answer.found("labels")[:SHOWN_LABELS]) + _doubt(answer.features)),
        *_section("Objects", _rows(answer.found("objects"))),
        *_section("Text", "".join(f"<p>{_text(line['text'])}</p>" for line in answer.found("text"))),
        *_section("Colours", _colours(answer.features)),
        *_failures(answer.features),
        _times(answer),
    ]
    return f'<article>{_drawing(answer, path)}<div class="facts">{"".join(parts)}</div></article>'


def _heading(answer: ShownAnswer) -> str:
    status = "" if answer.status == "recognised" else f" ({_text(answer.status)})"
    return f"<h2>{_text(answer.picture)}{status}</h2>"


def _drawing(answer: ShownAnswer, path: Path) -> str:
    """Return the picture with the boxes over it, in pixels of the picture as it is shown."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=JPEG_QUALITY)
    width, height = image.size
    source = f"data:image/jpeg;base64,{base64.b64encode(written.getvalue()).decode()}"
    boxes = [
        *(_box(line["box"], image.size, "letters", "") for line in answer.found("text")),
        *(_box(one["box"], image.size, "object", str(one["name"])) for one in answer.found("objects")),
    ]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{_text(answer.picture)}">'
        f'<image href="{source}" width="{width}" height="{height}"/>{"".join(boxes)}</svg>'
    )


def _box(box: Mapping[str, float], size: tuple[int, int], kind: str, name: str) -> str:
    x, y = box["left"] * size[0], box["top"] * size[1]
    place = f'x="{x:.1f}" y="{y:.1f}" width="{box["width"] * size[0]:.1f}" height="{box["height"] * size[1]:.1f}"'
    title = f'<text x="{x + 6:.1f}" y="{y + 20:.1f}">{_text(name)}</text>' if name else ""
    return f'<rect class="{kind}" {place}/>{title}'


def _section(title: str, content: str) -> Iterator[str]:
    if content:
        yield f"<h3>{title}</h3>{content}"


def _rows(found: Iterable[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<dt>{_text(one['name'])}</dt><dd>{one['confidence']:.0%}</dd>"
        f'<dd><meter value="{one["confidence"]:.3f}"></meter></dd>'
        for one in found
    )
    return f"<dl>{rows}</dl>" if rows else ""


def _doubt(features: Mapping[str, Any]) -> str:
    """Say of a picture that shows nothing the model knows that its labels are only the nearest."""
    known = (features.get("labels") or {}).get("known")
    if known is None or known >= STRANGE:
        return ""
    return f"<p>Probably nothing that the model knows (<code>known</code> {known:.3f}).</p>"


def _colours(features: Mapping[str, Any]) -> str:
    colours = (features.get("properties") or {}).get("dominant_colours") or ()
    swatches = "".join(
        f'<span style="background:{_text(colour["hex"])}" title="{_text(colour["css"])}"></span>' for colour in colours
    )
    return f'<div class="colours">{swatches}</div>' if swatches else ""


def _failures(features: Mapping[str, Any]) -> Iterator[str]:
    """Tell why a feature has no answer."""
    for name, answer in features.items():
        if isinstance(answer, Mapping) and (error := answer.get("error")):
            yield f"<p><strong>{_text(name)}:</strong> {_text(error['message'])}</p>"


def _times(answer: ShownAnswer) -> str:
    stages = ("queue_ms", "fetch_ms", "decode_ms", "inference_ms")
    told = [
        f"{stage.removesuffix('_ms')} {answer.timings[stage]:,.0f} ms" for stage in stages if stage in answer.timings
    ]
    whole = f"{answer.seconds * 1000:,.0f} ms from publishing to the answer"
    return f'<p class="times">{_text(", ".join([whole, *told]))}</p>'


def _text(text: str) -> str:
    return escape(visible_line(text))
