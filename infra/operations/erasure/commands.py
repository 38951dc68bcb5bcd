"""``vedette erasure``: everything that a search finds, deleted for good, and the signed list of what is gone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.table import Table

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.results import ResultIndex
from infra.errors import ConfigurationError
from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import Act, command_recorder, whoever
from infra.operations.erasure.keys import PublicKey, open_key
from infra.operations.erasure.service import Erasures
from infra.operations.erasure.signed_list import verify_list
from infra.progress import WorkProgress
from infra.recorded_acts import reads, records
from infra.settings.settings import Settings
from infra.telemetry.logs import configure_logs
from infra.terminal import Console, say, say_document
from schemas.activity import Action
from schemas.dead_letters import Reason
from schemas.records.erasures import Erasure, ErasureSearch
from schemas.texts.moments import in_utc

LOOK_S = 1.0
Result = TypeVar("Result")

erasure = typer.Typer(
    help="Delete everything that a search finds, for good, and verify the signed list of what is gone.",
    no_args_is_help=True,
)

Owner = Annotated[str, typer.Option(help="The workspace whose images are meant.")]
Metadata = Annotated[
    list[str] | None,
    typer.Option("--metadata", metavar="NAME=VALUE", help="Only images with this metadata. Repeatable."),
]
Words = Annotated[str | None, typer.Option("--q", help="Only images that contain all of these words.")]
Label = Annotated[str | None, typer.Option(help="Only images that show this, or something that it stands for.")]
ObjectName = Annotated[str | None, typer.Option("--object", help="Only images that show an object with this name.")]
Category = Annotated[str | None, typer.Option(help="Only images in this category.")]
Camera = Annotated[str | None, typer.Option(help="Only images of this camera, as EXIF names it.")]
Pipeline = Annotated[
    str | None, typer.Option(metavar="NAME@VERSION", help="Only images that this pipeline answered last.")
]
ReasonOption = Annotated[Reason | None, typer.Option(help="Only images rejected for this reason.")]
Since = Annotated[
    datetime | None,
    typer.Option(help="Only outcomes of this time or later. UTC, unless the time contains an offset."),
]
Until = Annotated[datetime | None, typer.Option(help="Only outcomes before this time.")]
ErasureId = Annotated[UUID, typer.Argument(metavar="ID", help="The erasure's id, as `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]


@erasure.command()
@reads
def count(
    owner: Owner,
    metadata: Metadata = None,
    q: Words = None,
    label: Label = None,
    object_name: ObjectName = None,
    category: Category = None,
    camera: Camera = None,
    pipeline: Pipeline = None,
    reason: ReasonOption = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Count the images that an erasure would delete. Nothing is deleted."""
    search = _search(owner, metadata, q, label, object_name, category, camera, pipeline, reason, since, until)
    counted = _with_erasures(lambda erasures: erasures.count(search))
    say(f"{counted.images} images")


@erasure.command()
@records(Action.ERASURE_BEGUN, Action.ERASURE_ENDED)
def begin(
    confirm: Annotated[int, typer.Option(min=1, help="How many images the search finds, as `count` says.")],
    owner: Owner,
    metadata: Metadata = None,
    q: Words = None,
    label: Label = None,
    object_name: ObjectName = None,
    category: Category = None,
    camera: Camera = None,
    pipeline: Pipeline = None,
    reason: ReasonOption = None,
    since: Since = None,
    until: Until = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the erasure is done.")] = True,
) -> None:
    """Delete every image that the search finds, for good. Refuses if it does not find exactly so many as you confirm.

    A running API (`vedette serve`) carries the erasure out. If this command is interrupted, the erasure goes on.
    """
    search = _search(owner, metadata, q, label, object_name, category, camera, pipeline, reason, since, until)
    carry_out(lambda erasures, act: erasures.begin(search, confirm, whoever(), act), wait=wait)


@erasure.command(name="list")
@reads
def list_erasures(as_json: AsJson = False) -> None:
    """List the erasures, newest first."""
    found = _with_erasures(lambda erasures: erasures.list())
    table = Table("erasure", "begun (UTC)", "by", "sought", "images", "state")
    for one in found:
        if as_json:
            say_document(one.model_dump_json(exclude_none=True))
        begun = f"{one.begun_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(one.id), begun, one.by, one.sought, f"{one.erased:,}", one.phase.value)
    if not as_json:
        Console(highlight=False).print(table)


@erasure.command()
@reads
def follow(erasure_id: ErasureId) -> None:
    """Wait until an erasure is done."""
    _tell(_followed(erasure_id))


@erasure.command()
@reads
def save(
    erasure_id: ErasureId,
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="The file to write.")],
) -> None:
    """Write the signed list of an erasure that is done: every image that is gone, and from where."""

    async def written(erasures: Erasures) -> None:
        lines = await erasures.signed_list(erasure_id)
        with file.open("wb") as target:
            async for line in lines:
                target.write(line.encode() + b"\n")

    _with_erasures(written)
    say(f"{file} written")


@erasure.command()
@reads
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The signed list.")],
    key: Annotated[
        str | None,
        typer.Option(help="The public key of the installation that signed it. Default: this installation's."),
    ] = None,
) -> None:
    """Check that a list is as it was signed. This needs no server. Exits with 1 if the list was changed."""
    public = open_key(Settings()).public if key is None else PublicKey.parse(key)
    with file.open("rb") as lines:
        verified = verify_list(lines, public)
    header = verified.header
    say(f"The list is as key {verified.key_id} signed it: {verified.images} images, erased by {header.by}.")
    if header.whole_workspace:
        say(f"The workspace {header.owner} itself was deleted{_counted(header.belongings)}.")
    say(f"Everything that matched and was recognised before {header.closes_at:%Y-%m-%d %H:%M:%S} UTC was erased.")
    for held in header.still_held:
        until = "for an unknown time" if held.until is None else f"until {held.until:%Y-%m-%d %H:%M} UTC at the latest"
        say(f"  {held.place}: {until}")


@erasure.command(name="key")
@reads
def show_key() -> None:
    """Print the public key that verifies the lists of this installation."""
    say(open_key(Settings()).public.text)


def _search(
    owner: str,
    metadata: list[str] | None,
    q: str | None,
    label: str | None,
    object_name: str | None,
    category: str | None,
    camera: str | None,
    pipeline: str | None,
    reason: Reason | None,
    since: datetime | None,
    until: datetime | None,
) -> ErasureSearch:
    """Return what is sought; raises ``ConfigurationError`` that names the option that is wrong."""
    given = {
        "owner": owner,
        "metadata": dict(map(_pair, metadata or ())),
        "q": q,
        "label": label,
        "object": object_name,
        "category": category,
        "camera": camera,
        "pipeline": pipeline,
        "reason": reason,
        "since": in_utc(since),
        "until": in_utc(until),
    }
    try:
        return ErasureSearch.model_validate({name: value for name, value in given.items() if value})
    except ValidationError as error:
        raise ConfigurationError("\n".join(_mistake(one["loc"], one["msg"]) for one in error.errors())) from None


def _pair(text: str) -> tuple[str, str]:
    name, is_pair, value = text.partition("=")
    if not (name and is_pair and value):
        raise ConfigurationError(f"--metadata {text}: write it as NAME=VALUE")
    return name, value


def _mistake(place: tuple[int | str, ...], message: str) -> str:
    return f"--{place[0]}: {message}"


def _with_erasures(question: Callable[[Erasures], Awaitable[Result]]) -> Result:
    async def asked() -> Result:
        async with AsyncExitStack() as opened:
            return await question(await _open(opened, _settings()))

    return asyncio.run(asked())


def carry_out(begin_one: Callable[[Erasures, Act], Awaitable[Erasure]], *, wait: bool) -> None:
    """Begin what ``begin_one`` begins, say so, and with ``wait`` wait until the API has carried it out."""

    async def begun() -> Erasure:
        settings = _settings()
        async with AsyncExitStack() as opened:
            erasures = await _open(opened, settings)
            publisher = await opened.enter_async_context(EventPublisher(settings.kafka))
            return await begin_one(erasures, command_recorder(publisher).act)

    erasure_id = asyncio.run(begun()).id
    say(f"erasure {erasure_id} has begun")
    if wait:
        _tell(_followed(erasure_id))


async def _open(opened: AsyncExitStack, settings: Settings) -> Erasures:
    session = await CassandraSession.connect(settings.cassandra)
    opened.push_async_callback(session.close)
    index = ResultIndex.connect(settings.elasticsearch)
    opened.push_async_callback(index.close)
    return Erasures(ErasureStore(session), index, AccountStore(session))


def _followed(erasure_id: UUID) -> Erasure:
    with WorkProgress() as progress:
        task: Any = progress.add_task("erasing", total=None)

        async def until_done(erasures: Erasures) -> Erasure:
            found = await erasures.find(erasure_id)
            while not found.is_done:
                progress.update(task, total=found.confirmed, completed=min(found.erased, found.confirmed))
                progress.update(task, description=f"{found.phase.value}: {found.erased:,} images")
                await asyncio.sleep(LOOK_S)
                found = await erasures.find(erasure_id)
            return found

        return _with_erasures(until_done)


def _tell(done: Erasure) -> None:
    say(f"erasure {done.id} is done: {done.erased} images")
    if done.whole_workspace:
        say(f"workspace {done.owner} is gone{_counted(done.belongings)}")
    say(f"Take the signed list with: vedette erasure save {done.id} FILE")


def _counted(belongings: Mapping[str, int] | None) -> str:
    """Say how many of each kind went with a workspace."""
    told = [f"{count} {kind}" for kind, count in (belongings or {}).items() if count]
    return f", and with it {', '.join(told)}" if told else ""


def _settings() -> Settings:
    settings = Settings()
    configure_logs(settings, "vedette-erasure")
    return settings
