"""The command ``vedette replay``."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from infra.cassandra.images.results import LARGEST_TOKEN, SMALLEST_TOKEN
from infra.cassandra.images.scan import StoreScan
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.replays import ReplayStates
from infra.cassandra.session import CassandraSession
from infra.errors import NotFound
from infra.kafka.event_bus import EventPublisher
from infra.kafka.topic_log import TopicLog
from infra.operations.audit.acts import command_recorder, whoever
from infra.operations.replay.lane import BatchLane
from infra.operations.replay.replayer import Replayer
from infra.progress import WorkProgress
from infra.recorded_acts import records
from infra.retries import retry_outage
from infra.settings.settings import Settings
from infra.telemetry.logs import configure_logs
from infra.terminal import say_document
from schemas.activity import Action
from schemas.messages.replays import History, ReplayState, ReplaySummary

PLACES = LARGEST_TOKEN - SMALLEST_TOKEN


@records(Action.HISTORY_REPLAYED)
def replay(
    since: Annotated[
        datetime | None,
        typer.Option(help="Only references appended at this time or later. UTC, unless the time contains an offset."),
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Only references appended before this time.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only images of this workspace.")] = None,
    pipeline: Annotated[
        str | None, typer.Option(metavar="NAME@VERSION", help="The pipeline that answers. Default: the promoted one.")
    ] = None,
    pace: Annotated[
        float | None,
        typer.Option(
            min=0.01, help="The maximum number of images per second. Default: as many as the batch lane takes."
        ),
    ] = None,
    ahead: Annotated[
        int, typer.Option(min=50, help="The maximum number of references that wait in the batch lane.")
    ] = 500,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until everything is answered.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Have another pipeline answer images that were recognised before. The earlier answers are kept.

    If the command is interrupted, run it again with the same options: it continues where it stopped. Deleted images
    stay deleted, and live traffic is processed first.
    """
    settings = Settings()
    configure_logs(settings, "vedette-replay")
    history = History(since=since, until=until, owner=owner)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with WorkProgress(*columns) as progress:
        done = asyncio.run(_replay(settings, history, pipeline, pace, ahead, progress, wait=wait))
    say_document(done.model_dump_json(indent=2) if as_json else _line(done))


async def _replay(
    settings: Settings,
    history: History,
    pipeline: str | None,
    pace: float | None,
    ahead: int,
    progress: Progress,
    *,
    wait: bool,
) -> ReplaySummary:
    async with AsyncExitStack() as opened:
        session = await CassandraSession.connect(settings.cassandra)
        opened.push_async_callback(session.close)
        chosen = await _choose(PipelineStore(session), pipeline)
        publisher = await opened.enter_async_context(EventPublisher(settings.kafka))
        log = await asyncio.to_thread(TopicLog, settings.kafka)
        opened.callback(log.close)
        lane = BatchLane(log, pace, ahead)
        replayer = Replayer(StoreScan(session), ReplayStates(session), publisher, lane)
        task = progress.add_task("replaying", total=PLACES)

        def advance(state: ReplayState) -> None:
            reached = PLACES if state.finished else (state.place or SMALLEST_TOKEN) - SMALLEST_TOKEN
            progress.update(task, completed=reached, description=f"replaying: {state.published:,} of {state.images:,}")

        act = command_recorder(publisher).act(
            Action.HISTORY_REPLAYED, whoever(), chosen, owner=history.owner, detail=_told(history)
        )
        async with act:
            done = await replayer.run(chosen, history, advance)
        if wait:
            progress.add_task("waiting for answers", total=None)
            await retry_outage(lane.drain, doing="wait for answers")
        return done


async def _choose(pipelines: PipelineStore, name: str | None) -> str:
    if name is None:
        return await pipelines.find_promoted()
    if "@" not in name or await pipelines.find(name) is None:
        raise NotFound(f"there is no pipeline {name}: see `vedette pipelines show`")
    return name


def _told(history: History) -> str:
    """Return which references are meant, as the audit trail tells it."""
    given = {"since": history.since, "until": history.until}
    return "; ".join(f"{name} {moment.isoformat()}" for name, moment in given.items() if moment) or "all of history"


def _line(done: ReplaySummary) -> str:
    begun = "gone on with" if done.resumed else "done"
    return (
        f"replay through {done.pipeline} {begun}: {done.images:,} images, {done.published:,} published once more, "
        f"{done.answered_before:,} answered before"
    )
