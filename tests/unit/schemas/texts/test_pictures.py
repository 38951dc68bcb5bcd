"""What is taken for a picture by its name."""

import pytest

from schemas.texts.pictures import is_picture


@pytest.mark.parametrize(
    "name",
    ["a.jpg", "A.JPEG", "2025/red flower.png", "a.b.webp", "scan.tiff", "x.jfif", "x.avif", "IMG_1.HEIC", "x.hif"],
)
def test_a_name_with_a_pictures_suffix_is_one(name: str) -> None:
    assert is_picture(name)


@pytest.mark.parametrize("name", ["", "a", "jpg", ".jpg", "2025/.hidden.jpg", "a.jpg/", "a.txt", "a.jpg.part", "a.svg"])
def test_any_other_is_none(name: str) -> None:
    assert not is_picture(name)
