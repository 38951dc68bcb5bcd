"""Pictures whose label is known: from folders, file names or a CSV file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.errors import ConfigurationError
from processors.imaging.picture_folder import find_pictures
from processors.models.calibration.label_names import LabelNames

IMAGE, LABEL = "image", "label"
SHOWN_UNKNOWN = 5


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture and the model's own name of what it shows; ``image_id`` is its path as the source has it."""

    image_id: str
    path: Path
    label: str


@dataclass(frozen=True, slots=True)
class UnknownLabel:
    """A picture whose label is none of the model's."""

    image_id: str
    label: str


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """What a folder or a CSV file holds, in its order."""

    pictures: tuple[LabelledPicture, ...]
    unknown: tuple[UnknownLabel, ...]


def find_labelled(source: Path, names: LabelNames, *, ignore_unknown: bool = False) -> LabelledSet:
    """Return the labelled pictures of a folder or CSV file.

    In a folder, a sub-folder's name labels the pictures in it; any other picture is labelled by the end of its file
    name. A CSV file has columns ``image`` (relative to the file) and ``label``. Raises ``ConfigurationError`` where
    nothing is labelled, and where a label is not among ``names`` unless such pictures are to be left out.
    """
    found = list(_in_folder(source, names) if source.is_dir() else _in_csv(source, names))
    pictures = tuple(one for one in found if isinstance(one, LabelledPicture))
    unknown = tuple(one for one in found if isinstance(one, UnknownLabel))
    if unknown and not ignore_unknown:
        raise ConfigurationError(_complaint(unknown))
    if not pictures:
        raise ConfigurationError(f"{source}: no picture has a label that the model knows")
    return LabelledSet(pictures, unknown)


def _in_folder(folder: Path, names: LabelNames) -> Iterator[LabelledPicture | UnknownLabel]:
    for path in find_pictures(folder):
        image_id = path.relative_to(folder).as_posix()
        if path.parent == folder:
            label, written = names.find_in_stem(path.stem), path.stem
        else:
            label, written = names.find(path.parent.name), path.parent.name
        yield LabelledPicture(image_id, path, label) if label is not None else UnknownLabel(image_id, written)


def _in_csv(file: Path, names: LabelNames) -> Iterator[LabelledPicture | UnknownLabel]:
    for image, written in read_columns(file, IMAGE, LABEL):
        label = names.find(written)
        yield UnknownLabel(image, written) if label is None else LabelledPicture(image, file.parent / image, label)


def read_columns(file: Path, first: str, second: str) -> list[tuple[str, str]]:
    """Return two columns of each row of a CSV file; spreadsheets may have put a byte order mark first.

    Raises ``ConfigurationError`` where a column is missing, or where it is no CSV in UTF-8.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, restval="")
            if missing := {first, second} - set(reader.fieldnames or ()):
                raise ConfigurationError(f"{file}: no column {' and '.join(sorted(missing))} in its first line")
            return [(row[first].strip(), row[second].strip()) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{file} is not readable as CSV in UTF-8: {error}") from None


def _complaint(unknown: tuple[UnknownLabel, ...]) -> str:
    first = ", ".join(f"{one.label or '(none)'} ({one.image_id})" for one in unknown[:SHOWN_UNKNOWN])
    more = f" and {len(unknown) - SHOWN_UNKNOWN} more" if len(unknown) > SHOWN_UNKNOWN else ""
    return (
        f"{len(unknown)} pictures have a label that the model does not know: {first}{more}: "
        "name them as the model does, or leave them out with --ignore-unknown"
    )
