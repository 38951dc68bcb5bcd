"""``vedette jobs``: create, list, show, watch and cancel jobs, and get their results."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
import typer
from pydantic import ValidationError

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.jobs.jobs import JobStore
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError, InvalidRequest
from infra.kafka.event_bus import EventPublisher
from infra.objects.job_files import JobFiles
from infra.objects.upload_place import UploadPlace
from infra.operations.audit.acts import Act, command_recorder, whoever
from infra.operations.export.commands import write_out
from infra.operations.jobs.service import JobOffice, JobWish
from infra.operations.jobs.states import JobState
from infra.recorded_acts import reads, records
from infra.settings.settings import Settings
from infra.sources.rules import SourceRules
from infra.telemetry.logs import configure_logs
from infra.terminal import say, say_document
from schemas.activity import Action
from schemas.images import Feature
from schemas.records.exports import ExportFormat
from schemas.wire import describe

LOOK_S = 2.0
ENDED = frozenset({"finished", "cancelled", "failed", "interrupted"})
MANIFEST_FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".manifest": "jsonl", ".csv": "csv"}

Answer = TypeVar("Answer")

jobs = typer.Typer(
    help="Recognise many images from one source, and follow them to their outcomes.", no_args_is_help=True
)

Owner = Annotated[str, typer.Option(envvar="VEDETTE_OWNER", help="The workspace of the job.", show_default=False)]
JobId = Annotated[UUID, typer.Argument(metavar="ID", help="The job's id, as `list` shows it.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@jobs.command()
@records(Action.JOB_CREATED)
def create(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="s3://bucket/prefix (gs://, az://), a manifest (.jsonl, .csv) in such a store, on a web server or on "
            'this machine, or a search as JSON, for example \'{"label": "dog"}\'.',
            show_default=False,
        ),
    ],
    owner: Owner,
    pipeline: Annotated[
        str | None, typer.Option(metavar="NAME@VERSION", help="The pipeline that answers. Default: the promoted one.")
    ] = None,
    features: Annotated[
        list[Feature] | None, typer.Option(help="A feature to recognise; repeatable. Default: the workspace's.")
    ] = None,
    formats: Annotated[
        list[ExportFormat] | None, typer.Option("--format", help="A format of the result files; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a job. Workers carry it out; the command does not wait for them."""
    found, manifest = _source(source)
    wish = _wish(source=found, owner=owner, pipeline=pipeline, features=features or None, formats=formats or ["jsonl"])

    async def created(office: JobOffice, act: Act) -> JobState:
        return await office.create(wish, owner, whoever(), act, manifest)

    _show(_with_office(created), as_json=as_json)


@jobs.command(name="list")
@reads
def list_jobs(
    owner: Owner,
    limit: Annotated[int, typer.Option(min=1, max=200, help="The maximum number of jobs.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the jobs of a workspace, newest first."""

    async def listed(office: JobOffice, _act: Act) -> tuple[JobState, ...]:
        return (await office.list_jobs(owner, limit)).items

    for job in _with_office(listed):
        say(job.model_dump_json(exclude_none=True) if as_json else line_of(job))


@jobs.command()
@reads
def show(job_id: JobId, owner: Owner, as_json: AsJson = False) -> None:
    """Show a job and how far it has come."""

    async def shown(office: JobOffice, _act: Act) -> JobState:
        return await office.find(owner, job_id)

    _show(_with_office(shown), as_json=as_json)


@jobs.command()
@reads
def watch(job_id: JobId, owner: Owner) -> None:
    """Show how far a job has come until it ends. Exits with 1 if it did not finish."""

    async def watched(office: JobOffice, _act: Act) -> JobState:
        told = ""
        while True:
            job = await office.find(owner, job_id)
            if (line := line_of(job)) != told:
                say(line)
                told = line
            if job.state in ENDED:
                return job
            await asyncio.sleep(LOOK_S)

    if _with_office(watched).state != "finished":
        raise typer.Exit(1)


@jobs.command()
@records(Action.JOB_CANCELLED)
def cancel(job_id: JobId, owner: Owner, as_json: AsJson = False) -> None:
    """Publish nothing more of a job. What was accepted until then is recognised, and is in the result files."""

    async def cancelled(office: JobOffice, act: Act) -> JobState:
        return await office.cancel(owner, job_id, whoever(), act)

    _show(_with_office(cancelled), as_json=as_json)


@jobs.command()
@records(Action.RESULTS_EXPORTED)
def result(
    job_id: JobId,
    output: Annotated[
        str, typer.Argument(metavar="FILE", help="The file to write, or - for standard output.", show_default=False)
    ],
    owner: Owner,
    wanted: Annotated[
        ExportFormat, typer.Option("--format", help="One of the formats that the job was created with.")
    ] = ExportFormat.JSON_LINES,
) -> None:
    """Get a result file of a job that has ended."""

    async def got(office: JobOffice, act: Act) -> None:
        found = await office.result(owner, job_id, wanted, whoever(), act)
        await write_out(found.pieces, output)

    _with_office(got)


def line_of(job: JobState) -> str:
    """Return a job and how far it has come, as one line."""
    pace = "" if job.pace is None else f", {job.pace:,.1f} a second"
    end = "" if job.expected_end is None else f", expected to end at {job.expected_end:%Y-%m-%d %H:%M} UTC"
    why = "" if job.error is None else f": {job.error}"
    return (
        f"{job.id} {job.state}{why}: {job.found:,} found, {job.accepted:,} accepted, {job.refused:,} refused, "
        f"{job.recognised:,} recognised, {job.rejected:,} rejected, {job.remaining:,} remaining{pace}{end}"
    )


def _show(job: JobState, *, as_json: bool) -> None:
    if as_json:
        say_document(job.model_dump_json(exclude_none=True, indent=2))
    else:
        say(line_of(job))


def _source(text: str) -> tuple[dict[str, Any] | str, bytes | None]:
    """Return the source as a wish has it, and the manifest if it lies on this machine."""
    if text.lstrip().startswith("{"):
        return {"kind": "search", "search": _json(text)}, None
    kind = MANIFEST_FORMATS.get(Path(text).suffix.lower())
    if "://" in text:
        return ({"kind": "manifest", "uri": text, "format": kind} if kind else {"kind": "prefix", "uri": text}), None
    if kind is None:
        raise typer.BadParameter("name a prefix, a manifest (.jsonl, .csv) or a search as JSON", param_hint="SOURCE")
    try:
        return {"kind": "manifest", "format": kind}, Path(text).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{text}: {error.strerror}", param_hint="SOURCE") from None


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint="SOURCE") from None


def _wish(**fields: Any) -> JobWish:
    try:
        return JobWish.model_validate_json(orjson.dumps(fields))
    except ValidationError as error:
        raise typer.BadParameter(describe(error)) from None


def _with_office(action: Callable[[JobOffice, Act], Awaitable[Answer]]) -> Answer:
    settings = Settings()
    configure_logs(settings, "vedette-jobs")

    async def done() -> Answer:
        async with _opened(settings) as office, EventPublisher(settings.kafka) as publisher:
            return await action(office, command_recorder(publisher).act)

    try:
        return asyncio.run(done())
    except InvalidRequest as error:
        raise ConfigurationError("\n".join(f"{each.field}: {each.message}" for each in error.errors)) from None


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[JobOffice]:
    session = await CassandraSession.connect(settings.cassandra)
    place = UploadPlace.of(settings)
    files = JobFiles(place)
    rules = SourceRules(settings.sources, place)
    try:
        yield JobOffice(JobStore(session), files, AccountStore(session), PipelineStore(session), rules)
    finally:
        await files.close()
        await session.close()
