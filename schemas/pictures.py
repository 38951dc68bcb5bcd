"""Which files and objects are taken for pictures, by their names."""

from pathlib import PurePosixPath

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})


def is_picture(name: str) -> bool:
    """Tell whether a file or object is one, by its suffix; hidden files are not."""
    last = name.rpartition("/")[2]
    return not last.startswith(".") and PurePosixPath(last).suffix.lower() in PICTURE_SUFFIXES
