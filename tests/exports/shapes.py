"""Drawn shapes, which a very small model learns to tell apart in seconds; needs Pillow and NumPy alone."""

import random

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

NAMES = ("circle", "square", "triangle")
SIDE = 48
# Pictures come larger than a model takes them.
DRAWN = 4


def draw(name: str, chance: random.Random, side: int = DRAWN * SIDE) -> Image.Image:
    """Return a picture of ``name`` in any two colours that differ well, at any place in its middle."""
    paper = tuple(chance.randint(150, 255) for _ in range(3))
    ink = tuple(chance.randint(0, 90) for _ in range(3))
    picture = Image.new("RGB", (side, side), paper)
    radius = chance.uniform(0.24, 0.36) * side
    x, y = (side / 2 + chance.uniform(-0.08, 0.08) * side for _ in range(2))
    pen = ImageDraw.Draw(picture)
    if name == "circle":
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    elif name == "square":
        pen.rectangle((x - radius, y - radius, x + radius, y + radius), fill=ink)
    else:
        pen.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], fill=ink)
    return picture


def draw_batch(count: int, seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return pictures ``[count, SIDE, SIDE, 3]`` and the number of each one's shape."""
    chance = random.Random(seed)  # noqa: S311 - drawings, nothing secret
    numbers = np.array([at % len(NAMES) for at in range(count)], np.int64)
    large = [draw(NAMES[number], chance) for number in numbers]
    return np.stack([np.asarray(one.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for one in large]), numbers
