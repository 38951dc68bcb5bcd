"""``vedette audit``: the audit trail, listed and checked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table

from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError, TransientError
from infra.operations.audit.checked import record_check
from infra.operations.audit.keys import open_keys
from infra.operations.audit.listing import AuditList
from infra.operations.audit.store import AuditStore
from infra.operations.audit.topic import kept_parts
from infra.operations.audit.verification import Verification
from infra.recorded_acts import reads, records
from infra.settings.servers import CassandraSettings
from infra.settings.settings import Settings
from infra.terminal import Console, say, say_document
from schemas.activity import Action
from schemas.records.audit import AuditEntry, AuditQuery, AuditReport, ChainHead
from schemas.texts.moments import in_utc

PAGE = 200

audit = typer.Typer(
    help="List and verify the audit trail: who logged in, and what administrators did.", no_args_is_help=True
)

Since = Annotated[
    datetime | None,
    typer.Option(help="Only entries appended at this time or later. UTC, unless the time contains an offset."),
]
Until = Annotated[datetime | None, typer.Option(help="Only entries appended before this time.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@audit.command()
@records(Action.AUDIT_VERIFIED)
def verify(
    since: Since = None,
    until: Until = None,
    expect_head: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="The output of an earlier `verify --json`. The check then also finds entries missing from the end.",
        ),
    ] = None,
    topic: Annotated[
        bool, typer.Option("--topic/--no-topic", help="Compare the trail with the messages that Kafka still holds.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Find entries that were changed, removed, added or moved. Exits with 1 if there are any.

    Store the output of `--json` away from these servers and give it to the next check with `--expect-head`. The check
    can then tell that the end of a chain was cut off, even if Kafka no longer holds those messages.

    A check of the whole trail is itself recorded, so that `vedette doctor` can tell when the last one was.
    """
    settings = Settings()
    span = AuditQuery(since=in_utc(since), until=in_utc(until))
    expected = () if expect_head is None else _read_heads(expect_head)
    report = asyncio.run(_verify(settings, span, expected, compare=topic))
    if as_json:
        say_document(report.model_dump_json(indent=2))
    else:
        _show(report, Console(highlight=False))
    if since is None and until is None:
        asyncio.run(record_check(settings, report))
    if not report.is_intact:
        raise typer.Exit(1)


@audit.command(name="list")
@reads
def list_entries(
    actor: Annotated[str | None, typer.Option(help="Only acts of this account id, or of this user@machine.")] = None,
    action: Annotated[Action | None, typer.Option(help="Only acts of this kind.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only acts on this subject, for example a workspace or a pipeline.")
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="The maximum number of entries.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List the entries of the audit trail, newest first."""
    query = AuditQuery(
        actor=actor,
        action=None if action is None else action.value,
        subject=subject,
        since=in_utc(since),
        until=in_utc(until),
    )
    asyncio.run(_list(Settings().cassandra, query, limit, as_json))


async def _verify(settings: Settings, span: AuditQuery, expected: Sequence[ChainHead], *, compare: bool) -> AuditReport:
    with ExitStack() as opened:
        parts, uncompared = None, None if compare else "not asked for"
        if compare:
            try:
                # Before the trail is read: what is acknowledged now is in it.
                parts = opened.enter_context(kept_parts(settings.kafka, span))
            except (TransientError, ConfigurationError) as error:
                uncompared = str(error)
        async with _open_trail(settings.cassandra) as trail:
            return await Verification(trail, open_keys(settings), expected, span).run(parts, uncompared)


async def _list(settings: CassandraSettings, query: AuditQuery, limit: int, as_json: bool) -> None:
    async with _open_trail(settings) as trail:
        entries, left, cursor = AuditList(trail), limit, None
        while left:
            page = await entries.page(query, min(left, PAGE), cursor)
            for entry in page.items:
                say(entry.model_dump_json(exclude_none=True) if as_json else describe_entry(entry))
            left, cursor = left - len(page.items), page.next_cursor
            if cursor is None:
                return


@asynccontextmanager
async def _open_trail(settings: CassandraSettings) -> AsyncIterator[AuditStore]:
    session = await CassandraSession.connect(settings)
    try:
        yield AuditStore(session)
    finally:
        await session.close()


def _read_heads(path: Path) -> Sequence[ChainHead]:
    try:
        return AuditReport.model_validate_json(path.read_bytes()).heads
    except ValidationError:
        raise ConfigurationError(f"{path} is not what `vedette audit verify --json` prints") from None


def _show(report: AuditReport, console: Console) -> None:
    heads = Table("chain", "entries", "last offset", "appended", "signature")
    for head in report.heads:
        moment = head.appended_at.isoformat(timespec="seconds")
        heads.add_row(head.chain, f"{head.entries:,}", str(head.offset), moment, head.signature[:16])
    console.print(heads)
    if report.findings:
        console.print(_findings(report))
    against = f"{report.compared:,} compared with Kafka" if report.uncompared is None else "not compared with Kafka"
    entries = sum(head.entries for head in report.heads)
    verdict = "intact" if report.is_intact else f"{report.found:,} things are wrong"
    console.print(f"{entries:,} entries, {against}: {verdict}", soft_wrap=True)
    if report.uncompared is not None:
        console.print(report.uncompared, soft_wrap=True, markup=False)


def _findings(report: AuditReport) -> Table:
    table = Table("chain", "offset", "fault", "detail")
    for finding in report.findings:
        table.add_row(finding.chain, str(finding.offset), finding.fault.value, finding.detail)
    return table


def describe_entry(entry: AuditEntry) -> str:
    """Return an entry as one line for people."""
    place = f"{entry.appended_at:%Y-%m-%d %H:%M:%S}  {entry.chain}:{entry.offset}"
    event = entry.event
    if event is None:
        return f"{place}  {entry.problem}"
    program = "" if event.program is None else f" with {event.program}"
    outcome = "" if event.outcome is None else f"  {event.outcome.value}"
    return f"{place}  {event.action.value}  by {event.actor}{program}  on {event.subject}{outcome}"
