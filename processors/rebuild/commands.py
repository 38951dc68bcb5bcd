"""``vedette rebuild``: what can be made again from Cassandra."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.recorded_acts import records
from infra.terminal import say
from schemas.activity import Action

if TYPE_CHECKING:
    from infra.settings.settings import Settings

rebuild = typer.Typer(help="Rebuild what is derived from Cassandra.", no_args_is_help=True)


@rebuild.callback()
def _rebuild() -> None:
    """Rebuild what is derived from Cassandra."""


@rebuild.command()
@records(Action.INDEX_REBUILT)
def index(
    keep_old: Annotated[bool, typer.Option("--keep-old", help="Keep the index that is replaced.")] = False,
) -> None:
    """Fill a new Elasticsearch index from Cassandra and switch to it. Searches and workers continue meanwhile.

    Each image then shows the answer to its newest reference: the promoted pipeline's answer, if there is one. If the
    command is killed, run it again: it removes the unfinished index and starts over.
    """
    from infra.settings.settings import Settings

    run_rebuild(Settings(), keep_old=keep_old)


def run_rebuild(settings: "Settings", *, keep_old: bool = False) -> None:
    """Rebuild with a progress bar, and say what was done."""
    import asyncio

    from infra.operations.audit.acts import recorded
    from infra.progress import WorkProgress
    from processors.rebuild.service import rebuild_index

    act = recorded(settings, Action.INDEX_REBUILT, settings.elasticsearch.index)
    with act, WorkProgress() as progress:
        done = asyncio.run(rebuild_index(settings, progress, keep_old=keep_old))
    kept = "kept" if keep_old else "removed"
    say(
        f"{done.index} is searched now: {done.from_cassandra:,} read from Cassandra, {done.from_topics:,} from the "
        f"topics; {kept}: {', '.join(done.replaced)}"
    )
