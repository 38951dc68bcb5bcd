"""The pictures of a folder that annotations name, and the worst of them drawn."""

import base64
import io
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from PIL import Image, ImageDraw

from infra.errors import ConfigurationError
from infra.terminal import visible_line
from processors.imaging.decoding.decode import decode
from processors.imaging.views import Pixels, Within

DRAWN = 12
LINE = 3
JPEG_QUALITY = 80

Colour = tuple[int, int, int]


def within(folder: Path, name: str, named_in: str) -> Path:
    """Return the picture's path; one outside the folder is refused."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(f"{named_in}: {name} lies outside {folder}")
    return path


def upright(paths: Mapping[str, Path], names: Iterable[str], size: Within, max_pixels: int) -> dict[str, Pixels]:
    """Return the pixels of the pictures of these names, upright."""
    return {name: decode(paths[name].read_bytes(), {size}, max_pixels).views[size] for name in names}


def outline(pen: ImageDraw.ImageDraw, corners: Iterable[tuple[float, float]], colour: Colour) -> None:
    """Draw a closed line through ``corners``, which are pixels."""
    first, *others = corners
    pen.line([first, *others, first], fill=colour, width=LINE, joint="curve")


def figure(image: Image.Image, caption: str, more: str = "") -> str:
    """Return a picture within the page, its caption escaped; ``more`` is HTML already."""
    written = io.BytesIO()
    image.save(written, "JPEG", quality=JPEG_QUALITY)
    source = f"data:image/jpeg;base64,{base64.b64encode(written.getvalue()).decode()}"
    told = escape(visible_line(caption))
    return f'<figure><img alt="" width="{image.width}" src="{source}"><figcaption>{told}{more}</figcaption></figure>'


def worst_pictures(explanation: str, figures: list[str]) -> str:
    """Return a part of a page that shows ``figures``; nothing where there are none."""
    if not figures:
        return ""
    return f'<h2>The worst pictures</h2><p>{explanation}</p><div class="charts">{"".join(figures)}</div>'
