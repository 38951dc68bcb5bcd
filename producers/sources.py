"""Find images to publish: pictures, folders, object stores, manifests and lines on standard input."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from infra.settings import SourceSettings
from producers.object_listing import SCHEMES, find_objects
from producers.reference_lines import read_lines
from producers.references import Found, ReferenceTemplate, Refusal
from schemas.pictures import PICTURE_SUFFIXES, is_picture

MANIFEST_SUFFIXES = frozenset({".jsonl", ".ndjson", ".manifest"})
SINGLE_SCHEMES = frozenset({"https", "file"})
STANDARD_INPUT = "-"


def find_images(
    source: str,
    template: ReferenceTemplate,
    *,
    standard_input: BinaryIO,
    recursive: bool = True,
    stores: SourceSettings | None = None,
) -> Iterator[Found]:
    """Yield a reference for each image in ``source``, one at a time, and a refusal for what cannot become one.

    ``source`` is a picture file, a folder, ``s3://``, ``gs://`` or ``az://`` with a bucket and a prefix, an ``https://``
    or ``file://`` address, a JSON Lines manifest, or ``-`` for lines on ``standard_input``. Files come in the order
    of their names, objects in that of the store. ``stores`` says how object stores are reached. Never raises for what
    it finds: a source that cannot be read at all is one refusal.
    """
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    if source == STANDARD_INPUT:
        yield from read_lines(standard_input, "standard input", template)
    elif scheme in SCHEMES:
        yield from _find_objects(source, template, recursive=recursive, stores=stores or SourceSettings())
    elif scheme in SINGLE_SCHEMES:
        yield template.fill({"uri": source}, source)
    elif scheme:
        yield Refusal(source, f"{scheme}:// is not supported: use s3, gs, az, https or file, or a path")
    else:
        yield from _find_files(Path(source), template, recursive=recursive)


def _find_objects(
    source: str, template: ReferenceTemplate, *, recursive: bool, stores: SourceSettings
) -> Iterator[Found]:
    """A prefix is listed; an address that ends as a picture does is taken as it stands."""
    if is_picture(source.partition("?")[0]):
        yield template.fill({"uri": source}, source)
        return
    yield from _refuse_none(source, find_objects(source, template, is_picture, recursive=recursive, stores=stores))


def _find_files(path: Path, template: ReferenceTemplate, *, recursive: bool) -> Iterator[Found]:
    if path.is_dir():
        yield from _refuse_none(str(path), _walk(path.resolve(), template, recursive=recursive))
    elif not path.exists():
        yield Refusal(str(path), "there is no such file or folder")
    elif path.suffix.lower() in MANIFEST_SUFFIXES:
        yield from _read_manifest(path, template)
    elif is_picture(path.name):
        yield _file(path.parent.resolve() / path.name, template)
    else:
        yield Refusal(
            str(path), f"not a picture ({_listed(PICTURE_SUFFIXES)}) nor a manifest ({_listed(MANIFEST_SUFFIXES)})"
        )


def _walk(folder: Path, template: ReferenceTemplate, *, recursive: bool) -> Iterator[Found]:
    """Yield a folder's pictures and then its folders', each by name; links to folders are not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Refusal(str(folder), f"cannot be read: {error.strerror}")
        return
    for entry in entries:
        if is_picture(entry.name) and not entry.is_dir():
            yield _file(folder / entry.name, template)
    if not recursive:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _walk(folder / entry.name, template, recursive=True)


def _file(path: Path, template: ReferenceTemplate) -> Found:
    if not path.is_file():
        return Refusal(str(path), "not a regular file")
    return template.fill({"uri": path.as_uri()}, str(path))


def _read_manifest(path: Path, template: ReferenceTemplate) -> Iterator[Found]:
    try:
        with path.open("rb") as lines:
            yield from read_lines(lines, str(path), template)
    except OSError as error:
        yield Refusal(str(path), f"cannot be read: {error.strerror}")


def _refuse_none(source: str, found: Iterator[Found]) -> Iterator[Found]:
    """Refuse a source that holds no picture, since that is most often a mistake in its name."""
    empty = True
    for one in found:
        empty = False
        yield one
    if empty:
        yield Refusal(source, f"holds no picture ({_listed(PICTURE_SUFFIXES)})")


def _listed(suffixes: frozenset[str]) -> str:
    return ", ".join(sorted(suffixes))
