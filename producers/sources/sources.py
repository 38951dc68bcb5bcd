"""Find images to publish: pictures, folders, object stores, manifests and lines on standard input."""

import stat
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import BinaryIO

from infra.manifests.reference_lines import read_lines
from infra.manifests.references import Found, ReferenceTemplate, Refusal
from infra.settings.recognition import SourceSettings
from producers.sources.files import file_mode, find_file, walk
from producers.sources.object_listing import SCHEMES, find_objects
from schemas.texts.pictures import PICTURE_SUFFIXES, is_picture

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
        yield from _find_files(source, template, recursive=recursive)


def _find_objects(
    source: str, template: ReferenceTemplate, *, recursive: bool, stores: SourceSettings
) -> Iterator[Found]:
    """A prefix is listed; an address that ends as a picture does is taken as it stands."""
    if is_picture(source.partition("?")[0]):
        yield template.fill({"uri": source}, source)
        return
    yield from _refuse_none(source, find_objects(source, template, is_picture, recursive=recursive, stores=stores))


def _find_files(path: str, template: ReferenceTemplate, *, recursive: bool) -> Iterator[Found]:
    mode = file_mode(path)
    suffix = PurePath(path).suffix.lower()
    if isinstance(mode, Refusal):
        yield mode
    elif stat.S_ISDIR(mode):
        yield from _refuse_none(path, walk(path, template, recursive=recursive))
    elif suffix in MANIFEST_SUFFIXES:
        yield from _read_manifest(path, template)
    elif is_picture(PurePath(path).name):
        yield find_file(path, template)
    else:
        yield Refusal(
            path, f"not a picture ({_listed(PICTURE_SUFFIXES)}) nor a manifest ({_listed(MANIFEST_SUFFIXES)})"
        )


def _read_manifest(path: str, template: ReferenceTemplate) -> Iterator[Found]:
    try:
        with Path(path).open("rb") as lines:
            yield from read_lines(lines, path, template)
    except OSError as error:
        yield Refusal(path, f"cannot be read: {error.strerror}")


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
