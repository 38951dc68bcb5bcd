"""``vedette pipelines``: which sets of models there are, and which of them counts."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from infra.recorded_acts import reads, records
from infra.terminal import Console, say
from schemas.activity import Action

if TYPE_CHECKING:
    from infra.settings.settings import Settings

pipelines = typer.Typer(
    help="Create, promote, compare and remove pipelines: named sets of models.", no_args_is_help=True
)

PipelineName = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="The pipeline, for example standard@2.")]
ByOption = Annotated[str | None, typer.Option("--by", help="The name to record for this act. Default: user@machine.")]

RebuildOption = Annotated[
    bool,
    typer.Option(
        "--rebuild",
        help="Rebuild the search index, so that searches also show the answers that the pipeline has given before.",
    ),
]


@pipelines.callback()
def _pipelines() -> None:
    """Create, promote, compare and remove pipelines: named sets of models."""


@pipelines.command()
@reads
def show(as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False) -> None:
    """Show all pipelines, which one is promoted, and the history of promotions."""
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    pipeline_administration.show(Settings(), Console(highlight=False), as_json=as_json)


@pipelines.command()
@records(Action.PIPELINE_CREATED)
def create(
    name: Annotated[
        str, typer.Argument(help="The pipeline's name, of lower-case letters, digits, dots, underscores and hyphens.")
    ],
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="FEATURE=NAME@VERSION",
            help="The model that answers a feature, for example labels=lite0@1. Repeatable.",
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            metavar="NAME@VERSION", help="The pipeline to start from. Each --model replaces the model of one feature."
        ),
    ] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="The pipeline's version. Default: the next free number.")
    ] = None,
) -> None:
    """Create a pipeline. It never changes, and it answers references that name no pipeline only once it is promoted."""
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    wish = pipeline_administration.PipelineWish(name, version, tuple(models or ()), like)
    pipeline, is_new = pipeline_administration.create(Settings(), wish)
    done = "is created" if is_new else "has exactly these models already: no other was created"
    say(f"pipeline {pipeline.id} {done}. To promote it: vedette pipelines promote {pipeline.id}")


@pipelines.command()
@records(Action.PIPELINE_REMOVED)
def remove(name: PipelineName) -> None:
    """Remove a pipeline. Its answers stay.

    You cannot remove the promoted pipeline, the one that a rollback would return to, or those that come with Vedette.
    Workers reject references that name a removed pipeline; a worker that has it loaded still answers them until it is
    restarted.
    """
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    pipeline_administration.remove(Settings(), name)
    say(f"pipeline {name} is removed")


@pipelines.command()
@records(Action.PIPELINE_PROMOTED, Action.INDEX_REBUILT)
def promote(name: PipelineName, by: ByOption = None, rebuild: RebuildOption = False) -> None:
    """Promote a pipeline: it then answers all references that name none. Workers switch to it within seconds, without a
    restart.
    """
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    done = pipeline_administration.promote(Settings(), name, by)
    say(f"pipeline {done.pipeline} is promoted. It replaces {done.replaced}")
    _show_answers(Settings(), rebuild)


@pipelines.command()
@records(Action.PIPELINE_ROLLED_BACK, Action.INDEX_REBUILT)
def rollback(by: ByOption = None, rebuild: RebuildOption = False) -> None:
    """Promote the pipeline again that was promoted before the present one."""
    from infra.settings.settings import Settings
    from processors.pipelines import service as pipeline_administration

    done = pipeline_administration.roll_back(Settings(), by)
    say(f"pipeline {done.pipeline} is promoted again. It replaces {done.replaced}")
    _show_answers(Settings(), rebuild)


@pipelines.command()
@reads
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The pipeline, for example standard@2.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The pipeline to compare with, for example catalogue@1.")],
    since: Annotated[
        datetime | None,
        typer.Option(help="Only references appended at this time or later. UTC, unless the time contains an offset."),
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Only references appended before this time.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only images of this workspace.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many of the most different pictures to show.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show how the labels of two pipelines differ, for pictures that both have answered. See also `vedette replay`."""
    from infra.settings.settings import Settings
    from processors.pipelines import diff_report as pipeline_diff_report
    from schemas.messages.replays import History

    history = History(since=since, until=until, owner=owner)
    pipeline_diff_report.diff(Settings(), (old, new), history, limit, Console(highlight=False), as_json=as_json)


def _show_answers(settings: "Settings", rebuild: bool) -> None:
    """Let searches show the answers that the pipeline has given already, or say how that is done."""
    if not rebuild:
        say("to let searches also show its earlier answers, run `vedette rebuild index`")
        return
    from processors.rebuild.commands import run_rebuild

    run_rebuild(settings)
