"""``vedette pipelines``: which sets of models there are, and which of them counts."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from infra.recorded_acts import reads, records
from infra.terminal import Console, say
from schemas.activity import Action

if TYPE_CHECKING:
    from infra.settings.settings import Settings

pipelines = typer.Typer(help="Sets of models, and which of them counts.", no_args_is_help=True)

PipelineName = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="As in standard@2.")]
ByOption = Annotated[
    str | None, typer.Option("--by", help="Who does it, for the record; account and host if not given.")
]

RebuildOption = Annotated[
    bool, typer.Option("--rebuild", help="Rebuild the index, so that searches show its earlier answers.")
]


@pipelines.callback()
def _pipelines() -> None:
    """Sets of models, and which of them counts."""


@pipelines.command()
@reads
def show(as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False) -> None:
    """Show every pipeline, the promoted one, and how it came to be that."""
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    pipeline_administration.show(Settings(), Console(highlight=False), as_json=as_json)


@pipelines.command()
@records(Action.PIPELINE_CREATED)
def create(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits and . _ -.")],
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="FEATURE=NAME@VERSION", help="As in labels=lite0@1; repeatable."),
    ] = None,
    like: Annotated[
        str | None, typer.Option(metavar="NAME@VERSION", help="Another pipeline, whose models these are put over.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, help="The next one if not given.")] = None,
) -> None:
    """Create a pipeline; it never changes, and counts only once it is promoted."""
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    wish = pipeline_administration.PipelineWish(name, version, tuple(models or ()), like)
    pipeline, is_new = pipeline_administration.create(Settings(), wish)
    done = "is created" if is_new else "has exactly these models already: no other was created"
    say(f"pipeline {pipeline.id} {done}. To promote it: vedette pipelines promote {pipeline.id}")


@pipelines.command()
@records(Action.PIPELINE_REMOVED)
def remove(name: PipelineName) -> None:
    """Remove a pipeline; its answers stay.

    The promoted pipeline, the one that a rollback leads to and those that come with Vedette stay. References that name
    a removed pipeline are rejected, by a worker that has loaded it already once that is started again.
    """
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    pipeline_administration.remove(Settings(), name)
    say(f"pipeline {name} is removed")


@pipelines.command()
@records(Action.PIPELINE_PROMOTED, Action.INDEX_REBUILT)
def promote(name: PipelineName, by: ByOption = None, rebuild: RebuildOption = False) -> None:
    """Let a pipeline count: workers change over within seconds, without a restart."""
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    done = pipeline_administration.promote(Settings(), name, by)
    say(f"pipeline {done.pipeline} is promoted; before it was {done.replaced}")
    _show_answers(Settings(), rebuild)


@pipelines.command()
@records(Action.PIPELINE_ROLLED_BACK, Action.INDEX_REBUILT)
def rollback(by: ByOption = None, rebuild: RebuildOption = False) -> None:
    """Go back to the pipeline that counted before the present one was promoted."""
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    done = pipeline_administration.roll_back(Settings(), by)
    say(f"pipeline {done.pipeline} counts again; before it was {done.replaced}")
    _show_answers(Settings(), rebuild)


@pipelines.command()
@reads
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="As in standard@2.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="As in catalogue@1.")],
    since: Annotated[
        datetime | None, typer.Option(help="Only references appended at this moment or later; UTC.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Only references appended before this moment; UTC.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only images of this workspace.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many of the most different pictures.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show what changes in the labels of pictures that both have answered: see `vedette replay`."""
    from infra.settings.settings import Settings
    from processors.pipelines import diff_report as pipeline_diff_report
    from schemas.messages.replays import History

    history = History(since=since, until=until, owner=owner)
    pipeline_diff_report.diff(Settings(), (old, new), history, limit, Console(highlight=False), as_json=as_json)


def _show_answers(settings: "Settings", rebuild: bool) -> None:
    """Let searches show the answers that the pipeline has given already, or say how that is done."""
    if not rebuild:
        say("searches show the answers that it has given already after `vedette rebuild index`")
        return
    from processors.rebuild.commands import run_rebuild

    run_rebuild(settings)
