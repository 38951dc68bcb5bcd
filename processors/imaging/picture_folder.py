"""The pictures in a folder."""

from pathlib import Path

from infra.errors import ConfigurationError
from schemas.texts.pictures import is_picture


def find_pictures(folder: Path) -> list[Path]:
    """Return the pictures beneath ``folder``, known by their suffixes, in the order of their names.

    Raises ``ConfigurationError`` where there are none.
    """
    pictures = sorted(path for path in folder.rglob("*") if is_picture(path.name) and path.is_file())
    if not pictures:
        raise ConfigurationError(f"no pictures in {folder}: name a folder that holds some, as .jpg, .png or .webp")
    return pictures
