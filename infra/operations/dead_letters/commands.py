"""``vedette dead-letters``: what could not be recognised, and what to do about it."""

import asyncio
import shutil
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from infra.cassandra.images.results import ResultStore
from infra.errors import ConfigurationError
from infra.kafka.event_bus import EventPublisher, Record
from infra.kafka.message_reader import MessageReader
from infra.operations.audit.acts import Act, command_recorder, whoever
from infra.operations.dead_letters.service import (
    DeadLetterOffice,
    public_headers,
    public_text,
    public_value,
    why_absent,
)
from infra.recorded_acts import reads, records
from infra.settings.settings import Settings
from infra.telemetry.logs import configure_logs
from infra.terminal import Console, say, say_document, visible_line
from schemas.activity import Action
from schemas.dead_letters import DeadLetter, Reason, parse_letter_id
from schemas.images import Origin
from schemas.queries import DeadLetterQuery, LetterState
from schemas.texts.moments import in_utc

PAGE = 200
INDENT = "    "

dead_letters = typer.Typer(
    help="List, show, replay and discard dead letters: messages that could not be recognised.", no_args_is_help=True
)

LetterId = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="The dead letter's id, as `list` shows it.", show_default=False)
]
Owner = Annotated[str | None, typer.Option(help="Only dead letters of this workspace.")]
ReasonOption = Annotated[Reason | None, typer.Option(help="Only dead letters with this reason code.")]
Since = Annotated[
    datetime | None,
    typer.Option(
        help="Only dead letters of messages rejected at this time or later. UTC, unless the time contains an offset."
    ),
]
Until = Annotated[datetime | None, typer.Option(help="Only dead letters of messages rejected before this time.")]
State = Annotated[LetterState, typer.Option(help="Only dead letters in this state.")]
All = Annotated[bool, typer.Option("--all", help="Select all open dead letters that match the other options.")]


@dead_letters.command(name="list")
@reads
def list_letters(
    owner: Owner = None,
    reason: ReasonOption = None,
    since: Since = None,
    until: Until = None,
    state: State = LetterState.OPEN,
    limit: Annotated[int, typer.Option(min=1, help="The maximum number of dead letters.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List dead letters, newest first."""
    query = _query(owner, reason, since, until, state)
    asyncio.run(_list(query, limit, as_json))


@dead_letters.command()
@records(Action.LETTER_SHOWN)
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The dead letter's id, as `list` shows it.")],
) -> None:
    """Show one dead letter with its message. Signatures in addresses are left out."""
    place = _parse(letter_id)

    async def shown(office: DeadLetterOffice, act: Act) -> None:
        letter, message = await office.show(place, whoever(), act)
        say_document(letter.model_dump_json(exclude_none=True, indent=2))
        if letter.cut is not None:
            say_document(letter.cut.describe())
        absent = f"The message cannot be shown: {why_absent(letter)}"
        say_document(absent if message is None else describe_message(message))

    asyncio.run(_with_office(shown))


@dead_letters.command()
@records(Action.LETTER_REPLAYED)
def replay(
    letter_id: LetterId = None,
    every: All = False,
    owner: Owner = None,
    reason: ReasonOption = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Publish the unchanged message of one dead letter again, or of all that match."""
    action = _chosen(letter_id, every, owner, reason, since, until, "replay")
    Console(highlight=False).print(asyncio.run(_with_office(action)))


@dead_letters.command()
@records(Action.LETTER_DISCARDED)
def discard(
    letter_id: LetterId = None,
    every: All = False,
    owner: Owner = None,
    reason: ReasonOption = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Discard one dead letter, or all that match: their images no longer need an answer."""
    action = _chosen(letter_id, every, owner, reason, since, until, "discard")
    Console(highlight=False).print(asyncio.run(_with_office(action)))


def describe_message(message: Record) -> str:
    """Return topic, key, headers and value, a line each, without what may be a signature, a password or a token."""
    headers = [f"header   {name}: {value or 'none'}" for name, value in public_headers(message.headers)]
    lines = [f"topic    {message.topic}", f"key      {public_text(message.key)}", *headers]
    return "\n".join(map(visible_line, [*lines, f"value    {public_value(message.value)}"]))


def _chosen(
    letter_id: str | None,
    every: bool,
    owner: str | None,
    reason: Reason | None,
    since: datetime | None,
    until: datetime | None,
    verb: str,
) -> Callable[[DeadLetterOffice, Act], Coroutine[Any, Any, str]]:
    """Return what is to be done to one dead letter or to many; exactly one of the two must be named."""
    if (letter_id is None) is not every:
        raise typer.BadParameter(f"name the dead letter to {verb}, or give --all")
    if letter_id is not None:
        return _one(_parse(letter_id), verb)
    return _many(_query(owner, reason, since, until, LetterState.OPEN), verb)


def _one(place: Origin, verb: str) -> Callable[[DeadLetterOffice, Act], Coroutine[Any, Any, str]]:
    async def done(office: DeadLetterOffice, act: Act) -> str:
        await (office.replay if verb == "replay" else office.discard)(place, whoever(), act)
        return f"{verb}: 1"

    return done


def _many(query: DeadLetterQuery, verb: str) -> Callable[[DeadLetterOffice, Act], Coroutine[Any, Any, str]]:
    # Those that come while this runs, replayed ones that fail again among them, are not meant.
    until_now = query.model_copy(update={"until": query.until or datetime.now(UTC)})

    async def all_done(office: DeadLetterOffice, act: Act) -> str:
        some = office.replay_some if verb == "replay" else office.discard_some
        done = await some(until_now, whoever(), act)
        resolved, skipped = done.resolved, done.skipped
        while done.next_cursor is not None:
            done = await some(until_now, whoever(), act, done.next_cursor)
            resolved, skipped = resolved + done.resolved, skipped + done.skipped
        return f"{verb}: {resolved}" + (f", left as they are: {skipped}" if skipped else "")

    return all_done


async def _list(query: DeadLetterQuery, limit: int, as_json: bool) -> None:
    width = shutil.get_terminal_size().columns
    store = await ResultStore.connect(Settings().cassandra)
    try:
        left, cursor = limit, None
        while left:
            page = await store.list_rejections(min(left, PAGE), cursor, query)
            for letter in page.items:
                for line in [letter.model_dump_json(exclude_none=True)] if as_json else describe_letter(letter, width):
                    say(line)
            left, cursor = left - len(page.items), page.next_cursor
            if cursor is None:
                return
    finally:
        await store.close()


async def _with_office(action: Callable[[DeadLetterOffice, Act], Awaitable[Any]]) -> Any:
    settings = Settings()
    configure_logs(settings, "vedette-dead-letters")
    async with _open_office(settings) as (office, act):
        return await action(office, act)


@asynccontextmanager
async def _open_office(settings: Settings) -> AsyncIterator[tuple[DeadLetterOffice, Act]]:
    async with AsyncExitStack() as opened:
        publisher = await opened.enter_async_context(EventPublisher(settings.kafka))
        reader = MessageReader(settings.kafka)
        opened.push_async_callback(reader.close)
        store = await ResultStore.connect(settings.cassandra)
        opened.push_async_callback(store.close)
        yield DeadLetterOffice(store, reader, publisher), command_recorder(publisher).act


def _query(
    owner: str | None, reason: Reason | None, since: datetime | None, until: datetime | None, state: LetterState
) -> DeadLetterQuery:
    return DeadLetterQuery(owner=owner, reason=reason, since=in_utc(since), until=in_utc(until), state=state)


def _parse(letter_id: str) -> Origin:
    try:
        return parse_letter_id(letter_id)
    except ValueError as error:
        raise ConfigurationError(f"{letter_id}: {error}") from None


def describe_letter(letter: DeadLetter, width: int) -> list[str]:
    """Return a few lines on one dead letter, none longer than ``width`` unless one of its words is."""
    named = f"{letter.owner or '-'}/{letter.image_id or '-'}"
    state = letter.resolution.value if letter.resolution else "open"
    facts = f"{letter.rejected_at:%Y-%m-%d %H:%M:%S}  {letter.reason.value}  {named}  {state}"
    return [letter.id, *_indented(facts, width), *_indented(letter.detail, width)]


def _indented(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        visible_line(text), width, initial_indent=INDENT, subsequent_indent=INDENT, break_long_words=False
    )
