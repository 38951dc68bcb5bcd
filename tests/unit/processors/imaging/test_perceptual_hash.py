"""Copies of a picture have nearly its hash, and other pictures have another."""

import io
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from processors.imaging.decoding.decode import decode
from processors.imaging.perceptual_hash import hash_image
from processors.imaging.views import THUMBNAIL
from processors.pictures import DEMO_PICTURES
from tests.fakes.pictures import encoded, scene

PICTURES = sorted((DEMO_PICTURES).glob("*.jpg"))


def hash_of(data: bytes) -> int:
    thumbnail = decode(data, [THUMBNAIL], 100_000_000).views[THUMBNAIL]
    return int(hash_image(thumbnail).perceptual, 16)


def distance(one: bytes, other: bytes) -> int:
    """Return in how many of their 64 bits the hashes differ."""
    return (hash_of(one) ^ hash_of(other)).bit_count()


def resized(data: bytes, factor: float) -> bytes:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    size = round(picture.width * factor), round(picture.height * factor)
    return encoded(picture.resize(size, Image.Resampling.BICUBIC), "PNG")


def test_there_are_pictures_to_hash() -> None:
    assert len(PICTURES) == 6


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
@pytest.mark.parametrize("factor", [0.3, 0.5, 2.5])
def test_a_resized_copy_has_nearly_the_same_hash(picture: Path, factor: float) -> None:
    assert distance(picture.read_bytes(), resized(picture.read_bytes(), factor)) <= 6


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
@pytest.mark.parametrize("quality", [30, 60, 90])
def test_a_copy_compressed_anew_has_nearly_the_same_hash(picture: Path, quality: int) -> None:
    again = encoded(Image.open(picture).convert("RGB"), "JPEG", quality=quality)
    assert distance(picture.read_bytes(), again) <= 6


def test_different_pictures_have_hashes_far_apart() -> None:
    for one, other in combinations(PICTURES, 2):
        assert distance(one.read_bytes(), other.read_bytes()) >= 16


def test_a_picture_held_sideways_has_the_hash_of_the_upright_one() -> None:
    upright = scene(300, 200)
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    assert distance(encoded(upright, "PNG"), encoded(turned, "PNG", exif=exif)) == 0


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_picture_has_no_bit_set_by_the_last_digits_of_arithmetic(level: int) -> None:
    hashes = {hash_image(np.full((size, size, 3), level, np.uint8)).perceptual for size in (3, 40, 256)}
    assert hashes == {"0000000000000000" if level == 0 else "8000000000000000"}
