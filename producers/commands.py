"""``vedette publish``: send references to images, and tell what became of each."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from infra.recorded_acts import records_elsewhere
from infra.terminal import say
from schemas.images import Feature, ImageReference

if TYPE_CHECKING:
    from infra.manifests.references import ReferenceTemplate


class Priority(StrEnum):
    """Which topic: images that somebody waits for, or those that may wait behind them."""

    NORMAL = "normal"
    BATCH = "batch"


@records_elsewhere("each reference stands on its topic")
def publish(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="A picture, a folder, s3://bucket/prefix (gs://, az://), a JSON Lines file, a URL, or - for "
            "references on standard input.",
            show_default=False,
        ),
    ],
    owner: Annotated[
        str, typer.Option(envvar="VEDETTE_OWNER", help="The workspace to which the images belong.", show_default=False)
    ],
    features: Annotated[
        str | None,
        typer.Option(
            help=f"The features to recognise, separated by commas: {', '.join(Feature)}. Default: the workspace's.",
            show_default=False,
        ),
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option(metavar="NAME@VERSION", help="The pipeline that answers. Default: the promoted one.")
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A value to return with each result; repeatable.")
    ] = None,
    priority: Annotated[
        Priority, typer.Option(help="References with priority batch give way to normal ones.")
    ] = Priority.NORMAL,
    repeat: Annotated[
        int, typer.Option(min=1, max=9999, help="How many times to publish everything, each time as different images.")
    ] = 1,
    recursive: Annotated[bool, typer.Option(help="Include sub-folders.")] = True,
    timeout: Annotated[
        float, typer.Option(min=1, help="How many seconds to wait for the brokers to confirm a reference.")
    ] = 60,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Wait until every image is recognised or rejected, and print the outcome of each."),
    ] = False,
    wait_timeout: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="How long --wait waits after publishing.")
    ] = 600,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Publish references to images.

    Nothing is uploaded: workers fetch each image from its address. If Cassandra is reachable, the command refuses
    references to a workspace that does not exist, or to an address that the workspace may not read.

    Exits with 1 if a reference was refused or not confirmed, or, with --wait, if an image was not recognised.
    """
    template = _template(owner, features, metadata or [], pipeline)

    # Kafka's and the object stores' clients take a while to load, and every `vedette` command loads this module.
    from infra.settings.settings import Settings
    from producers.publishing import Run, publish_and_tell
    from producers.sources.sources import find_images

    settings = Settings()
    found = (
        one
        for source in sources
        for one in find_images(
            source, template, standard_input=sys.stdin.buffer, recursive=recursive, stores=settings.sources
        )
    )
    run = Run(owner, priority.value, repeat, timeout, wait_timeout if wait else None)
    report = publish_and_tell(settings, found, run)
    report.show(as_json=as_json)
    if report.published and not as_json:
        say(f"To see what was rejected: vedette dead-letters list --owner {owner}")
    if not report.is_good:
        raise typer.Exit(1)


def _template(owner: str, features: str | None, metadata: list[str], pipeline: str | None) -> "ReferenceTemplate":
    """Check what all references share before anything is published; a mistake there is one of usage."""
    from infra.manifests.references import ReferenceTemplate

    pairs = dict(_pair(text) for text in metadata)
    named = None if features is None else tuple(_feature(name) for name in features.split(","))
    try:
        ImageReference(owner=owner, uri="file:///picture.jpg", metadata=dict(pairs), pipeline=pipeline)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise typer.BadParameter(error.errors()[0]["msg"], param_hint=f"--{field}") from None
    return ReferenceTemplate(owner, named, pairs, pipeline)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text}: write NAME=VALUE", param_hint="--metadata")
    return name, value


def _feature(name: str) -> Feature:
    try:
        return Feature(name.strip())
    except ValueError:
        raise typer.BadParameter(f"{name}: choose from {', '.join(Feature)}", param_hint="--features") from None
