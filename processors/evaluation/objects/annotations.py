"""Pictures whose objects are known, in either of the two forms that tools write: COCO's JSON and YOLO's text files."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import yaml
from pydantic import BaseModel, Field, ValidationError

from infra.errors import ConfigurationError
from processors.evaluation.pictures import within
from processors.imaging.picture_folder import find_pictures
from processors.models.calibration.label_names import LabelNames
from processors.models.card import describe_problems

SHOWN_UNKNOWN = 5
# A box in a line of YOLO's: its class, its centre and its size; with more numbers it is an outline of points.
BOX_NUMBERS = 5
CLASS_FILES = ("data.yaml", "data.yml", "classes.txt")

Corners = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True)
class TrueObject:
    """One object; ``corners`` are ratios of the picture's sides. A ``crowd`` is many that nobody has told apart."""

    name: str
    corners: Corners
    crowd: bool = False


@dataclass(frozen=True, slots=True)
class AnnotatedPicture:
    """A picture and all objects in it of the kinds that the annotations know."""

    image_id: str
    path: Path
    objects: tuple[TrueObject, ...]


@dataclass(frozen=True, slots=True)
class AnnotatedSet:
    """The pictures, and how many objects were left out since the model knows no such kind."""

    pictures: tuple[AnnotatedPicture, ...]
    ignored_unknown: int


class CocoImage(BaseModel):
    """A picture, and its size in pixels."""

    id: int | str
    file_name: str
    width: Annotated[float, Field(gt=0)]
    height: Annotated[float, Field(gt=0)]


class CocoBox(BaseModel):
    """One object: left, top, width and height in pixels."""

    image_id: int | str
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: bool = False


class CocoCategory(BaseModel):
    """A kind of objects."""

    id: int
    name: str


class CocoFile(BaseModel):
    """What is read of a COCO file of instances."""

    images: list[CocoImage]
    annotations: list[CocoBox]
    categories: list[CocoCategory]


def read_annotations(boxes: Path, pictures: Path, names: LabelNames, *, ignore_unknown: bool = False) -> AnnotatedSet:
    """Return the pictures of a folder with the objects in them, each named as the model names it.

    ``boxes`` is a COCO file, whose pictures are found by name in the folder, or a folder of YOLO files, one for each
    picture, with ``classes.txt`` or ``data.yaml`` in it or above it. Raises ``ConfigurationError`` that names the file
    and the field where they cannot be read, and where the model does not know a kind of object, unless such objects
    are to be left out.
    """
    found = list(_read_coco(boxes, pictures) if boxes.is_file() else _read_yolo(boxes, pictures))
    kinds = {one.name: names.find(one.name) for picture in found for one in picture.objects}
    unknown = sorted(name for name, known in kinds.items() if known is None)
    if unknown and not ignore_unknown:
        raise ConfigurationError(_complaint(unknown))
    kept = tuple(_renamed(picture, kinds) for picture in found)
    if all(one.crowd for picture in kept for one in picture.objects):
        raise ConfigurationError(f"{boxes}: no object that the model could find is in a picture in {pictures}")
    return AnnotatedSet(kept, sum(len(one.objects) for one in found) - sum(len(one.objects) for one in kept))


def _read_coco(file: Path, folder: Path) -> Iterator[AnnotatedPicture]:
    content = _parse_coco(file)
    kinds = {category.id: category.name for category in content.categories}
    by_image: defaultdict[int | str, list[CocoBox]] = defaultdict(list)
    for number, box in enumerate(content.annotations):
        if box.category_id not in kinds:
            raise ConfigurationError(f"{file}: annotations.{number}.category_id: no category is {box.category_id}")
        by_image[box.image_id].append(box)
    for image in content.images:
        objects = tuple(_coco_object(box, image, kinds) for box in by_image.pop(image.id, []))
        yield AnnotatedPicture(image.file_name, within(folder, image.file_name, f"{file}: images"), objects)
    if by_image:
        raise ConfigurationError(f"{file}: annotations: there is no image with the id {next(iter(by_image))}")


def _parse_coco(file: Path) -> CocoFile:
    try:
        return CocoFile.model_validate(orjson.loads(file.read_bytes()))
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{file} is not JSON: {error}") from None
    except ValidationError as error:
        raise ConfigurationError(f"{file}: {describe_problems(error)}") from None


def _coco_object(box: CocoBox, image: CocoImage, kinds: Mapping[int, str]) -> TrueObject:
    left, top, width, height = box.bbox
    corners = (
        left / image.width,
        top / image.height,
        (left + width) / image.width,
        (top + height) / image.height,
    )
    return TrueObject(kinds[box.category_id], corners, box.iscrowd)


def _read_yolo(labels: Path, folder: Path) -> Iterator[AnnotatedPicture]:
    kinds = _read_classes(labels)
    for path in find_pictures(folder):
        inside = path.relative_to(folder)
        lines = labels / inside.with_suffix(".txt")
        objects = tuple(_read_lines(lines, kinds)) if lines.is_file() else ()
        yield AnnotatedPicture(inside.as_posix(), path, objects)


def _read_classes(labels: Path) -> Mapping[int, str]:
    """Return the names of the classes, from a list of lines or from the description of a data set."""
    places = [folder / name for folder in (labels, labels.parent) for name in CLASS_FILES]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        raise ConfigurationError(
            f"{labels}: no file names the kinds of objects: {' or '.join(CLASS_FILES)}, there or above"
        )
    text = file.read_text(encoding="utf-8-sig")
    names: Any = text.split("\n") if file.suffix == ".txt" else _yaml_names(text, file)
    if isinstance(names, list):
        names = dict(enumerate(names))
    return {int(number): str(name).strip() for number, name in names.items()}


def _yaml_names(text: str, file: Path) -> Any:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file} is not readable YAML: {error}") from None
    names = content.get("names") if isinstance(content, dict) else None
    if not isinstance(names, list | dict) or not all(str(key).isdigit() for key in names if isinstance(names, dict)):
        raise ConfigurationError(f"{file}: names: it must list the kinds of objects, or number them")
    return names


def _read_lines(file: Path, kinds: Mapping[int, str]) -> Iterator[TrueObject]:
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            kind, *values = line.split()
            name, corners = kinds[int(kind)], _corners([float(value) for value in values])
        except (ValueError, KeyError):
            raise ConfigurationError(
                f"{file}, line {number}: {line.strip()[:60]!r}: write the class, then x, y, width and height as ratios"
            ) from None
        yield TrueObject(name, corners)


def _corners(values: list[float]) -> Corners:
    if len(values) == BOX_NUMBERS - 1:
        x, y, width, height = values
        return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    if len(values) < BOX_NUMBERS or len(values) % 2:
        raise ValueError("neither a box nor an outline")
    return (min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2]))


def _renamed(picture: AnnotatedPicture, kinds: Mapping[str, str | None]) -> AnnotatedPicture:
    objects = tuple(_named(picture.objects, kinds))
    return AnnotatedPicture(picture.image_id, picture.path, objects)


def _named(objects: Iterable[TrueObject], kinds: Mapping[str, str | None]) -> Iterator[TrueObject]:
    for one in objects:
        if (name := kinds[one.name]) is not None:
            yield TrueObject(name, one.corners, one.crowd)


def _complaint(unknown: list[str]) -> str:
    first = ", ".join(unknown[:SHOWN_UNKNOWN])
    more = f" and {len(unknown) - SHOWN_UNKNOWN} more" if len(unknown) > SHOWN_UNKNOWN else ""
    return (
        f"the model does not know these kinds of objects: {first}{more}: "
        "name them as the model does, or leave them out with --ignore-unknown"
    )
