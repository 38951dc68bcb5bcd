"""Variations of a picture for training: mirrored, turned, cut and coloured a little otherwise, by a seed."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance

from processors.imaging.views import Pixels


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far variations go; every amount is drawn evenly from what is allowed here.

    ``mirrored`` is a chance; ``turn_degrees`` and the shares ``brightness``, ``contrast`` and ``saturation`` go both
    ways; ``least_side`` is the smallest share of each side that a cut keeps. All zero, and 1 for ``least_side``,
    changes nothing.
    """

    mirrored: float = 0.5
    turn_degrees: float = 10.0
    least_side: float = 0.8
    brightness: float = 0.2
    contrast: float = 0.2
    saturation: float = 0.2


STANDARD = Augmentation()


def augment(pixels: Pixels, chance: np.random.Generator, rules: Augmentation = STANDARD) -> Pixels:
    """Return a variation of ``pixels``, ``[height, width, 3]`` RGB, of the same size.

    The same generator state gives the same bytes. Eight numbers are drawn whatever the rules are, so that changing one
    rule leaves the others' draws alone. Turning, cutting and mirroring are one bicubic resampling, and nothing from
    outside the picture comes in: what is turned is also enlarged until it fills its frame.
    """
    draw = _Draw(*chance.random(8))
    image = Image.fromarray(pixels)
    image = image.transform(
        image.size, Image.Transform.AFFINE, _placed(image.size, draw, rules), Image.Resampling.BICUBIC
    )
    return np.asarray(_coloured(image, draw, rules))


@dataclass(frozen=True, slots=True)
class _Draw:
    """Numbers from 0 to 1, one for each thing that varies."""

    mirror: float
    turn: float
    side: float
    left: float
    top: float
    brightness: float
    contrast: float
    saturation: float


def _placed(size: tuple[int, int], draw: _Draw, rules: Augmentation) -> tuple[float, ...]:
    """Return the affine map from the pixels of the variation to those of the picture, as Pillow takes it."""
    width, height = size
    turn = math.radians(_both_ways(draw.turn, rules.turn_degrees))
    cosine, sine = math.cos(turn), math.sin(turn)
    # How large a turned frame is beside the picture's own, across and down.
    across = abs(cosine) + abs(sine) * height / width
    down = abs(cosine) + abs(sine) * width / height
    side = (1 - draw.side * (1 - rules.least_side)) / max(across, down)
    centre_x = width / 2 + (draw.left - 0.5) * width * (1 - side * across)
    centre_y = height / 2 + (draw.top - 0.5) * height * (1 - side * down)
    mirror = -1 if draw.mirror < rules.mirrored else 1
    a, b, d, e = mirror * side * cosine, -side * sine, mirror * side * sine, side * cosine
    return a, b, centre_x - a * width / 2 - b * height / 2, d, e, centre_y - d * width / 2 - e * height / 2


def _coloured(image: Image.Image, draw: _Draw, rules: Augmentation) -> Image.Image:
    image = ImageEnhance.Brightness(image).enhance(1 + _both_ways(draw.brightness, rules.brightness))
    image = ImageEnhance.Contrast(image).enhance(1 + _both_ways(draw.contrast, rules.contrast))
    return ImageEnhance.Color(image).enhance(1 + _both_ways(draw.saturation, rules.saturation))


def _both_ways(drawn: float, largest: float) -> float:
    return (2 * drawn - 1) * largest
