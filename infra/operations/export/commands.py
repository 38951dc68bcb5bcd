"""``vedette export``: all that a search finds, into a file."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from infra.elasticsearch.results import ResultIndex
from infra.errors import ConfigurationError
from infra.operations.audit.acts import recorded
from infra.operations.export.service import Exporter, packed
from infra.recorded_acts import records
from infra.settings.settings import Settings
from infra.telemetry.logs import configure_logs
from infra.terminal import piped_output, say
from schemas.activity import Action
from schemas.dead_letters import Reason
from schemas.queries import ImageStatus, ResultQuery
from schemas.records.exports import ExportFormat
from schemas.texts.moments import in_utc

STANDARD_OUTPUT = "-"
UNFINISHED = ".partial"


@records(Action.RESULTS_EXPORTED)
def export(
    output: Annotated[
        str, typer.Argument(metavar="FILE", help="The file to write, or - for standard output.", show_default=False)
    ],
    wanted: Annotated[
        ExportFormat,
        typer.Option("--format", help="JSON Lines, CSV for spreadsheets, or objects in the format of COCO."),
    ] = ExportFormat.JSON_LINES,
    compressed: Annotated[bool, typer.Option("--gzip", help="Compress the export.")] = False,
    owner: Annotated[list[str] | None, typer.Option(help="Only images of this workspace; repeatable.")] = None,
    text: Annotated[str | None, typer.Option("--search", help="Words that must all occur.")] = None,
    label: Annotated[
        str | None, typer.Option(help="Only images that show this: a label, an object, or anything more general.")
    ] = None,
    label_exact: Annotated[str | None, typer.Option(help="Only images with a label of exactly this name.")] = None,
    exclude_label: Annotated[
        list[str] | None, typer.Option(help="Only images that do not show this; repeatable.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="Only images in this category.")] = None,
    object_name: Annotated[
        str | None, typer.Option("--object", help="Only images that show an object with this name.")
    ] = None,
    moderation: Annotated[str | None, typer.Option(help="Only images in this category of moderation.")] = None,
    min_confidence: Annotated[
        float | None, typer.Option(help="The minimum confidence of what is named, or of the top label, from 0 to 1.")
    ] = None,
    min_known: Annotated[float | None, typer.Option(help="Only images whose `known` is at least this.")] = None,
    max_known: Annotated[float | None, typer.Option(help="Only images whose `known` is below this.")] = None,
    min_faces: Annotated[int | None, typer.Option(help="Only images with at least so many faces.")] = None,
    max_faces: Annotated[int | None, typer.Option(help="Only images with at most so many faces.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(help="Only outcomes at this time or later. UTC, unless the time contains an offset."),
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Only outcomes before this time.")] = None,
    taken_since: Annotated[
        datetime | None, typer.Option(help="Only images that EXIF says were taken at this time or later.")
    ] = None,
    taken_until: Annotated[datetime | None, typer.Option(help="Only images taken before this time.")] = None,
    camera: Annotated[str | None, typer.Option(help="Only images of this camera, as EXIF names it.")] = None,
    pipeline: Annotated[
        str | None, typer.Option(metavar="NAME@VERSION", help="Only images that this pipeline answered.")
    ] = None,
    status: Annotated[
        ImageStatus | None, typer.Option(help="Only images with this status: recognised, rejected or discarded.")
    ] = None,
    reason: Annotated[Reason | None, typer.Option(help="Only images rejected for this reason.")] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Only images with this metadata; repeatable.")
    ] = None,
) -> None:
    """Write everything that a search finds into one file, newest first, as it was when the command began.

    The file has its name once it is whole. On standard output, a last line or row tells that the export is whole.
    """
    query = _query(
        owners=frozenset(owner) if owner else None,
        text=text,
        label=label,
        label_exact=label_exact,
        exclude_labels=tuple(exclude_label or ()),
        category=category,
        object=object_name,
        moderation=moderation,
        min_confidence=min_confidence,
        min_known=min_known,
        max_known=max_known,
        min_faces=min_faces,
        max_faces=max_faces,
        since=in_utc(since),
        until=in_utc(until),
        taken_since=in_utc(taken_since),
        taken_until=in_utc(taken_until),
        camera=camera,
        pipeline=pipeline,
        status=status,
        reason=reason,
        metadata=tuple(map(_pair, metadata or ())),
    )
    settings = Settings()
    configure_logs(settings, "vedette-export")
    with recorded(settings, Action.RESULTS_EXPORTED, wanted.value, owner=_only(owner)):
        asyncio.run(_export(settings, query, wanted, output, compressed=compressed))
    if output != STANDARD_OUTPUT:
        say(f"The export is in {output}.", err=True)


async def _export(
    settings: Settings, query: ResultQuery, wanted: ExportFormat, output: str, *, compressed: bool
) -> None:
    index = ResultIndex.connect(settings.elasticsearch)
    try:
        pieces = Exporter(index).pieces(query, wanted)
        await write_out(packed(pieces) if compressed else pieces, output)
    finally:
        await index.close()


async def write_out(pieces: AsyncGenerator[bytes, None], output: str) -> None:
    """Write to standard output, or to a file that has its name once it is whole."""
    async with aclosing(pieces):
        if output == STANDARD_OUTPUT:
            stream = piped_output()
            async for piece in pieces:
                stream.write(piece)
            stream.flush()
            return
        await _write_file(pieces, Path(output))


async def _write_file(pieces: AsyncGenerator[bytes, None], path: Path) -> None:
    partial = path.with_name(path.name + UNFINISHED)
    try:
        with partial.open("wb") as file:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)
        partial.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{error.filename or path}: {error.strerror}: choose another file") from None
    finally:
        partial.unlink(missing_ok=True)


def _query(**fields: Any) -> ResultQuery:
    try:
        return ResultQuery(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(first["msg"], param_hint=_option(str(first["loc"][0]))) from None


def _option(field: str) -> str:
    renamed = {"owners": "owner", "text": "search", "exclude_labels": "exclude-label"}
    return "--" + renamed.get(field, field).replace("_", "-")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise typer.BadParameter(f"{text}: write NAME=VALUE", param_hint="--metadata")
    return name, value


def _only(owners: list[str] | None) -> str | None:
    return owners[0] if owners and len(owners) == 1 else None
