"""The commands ``vedette up``, ``down`` and ``status``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.table import Column, Table

from infra.embedded.platform import Platform
from infra.embedded.progress import StackProgress
from infra.embedded.stack import START_TIMEOUT_S, EmbeddedStack, ServerStatus
from infra.settings import Settings
from infra.terminal import Console, say_document, styled

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The stack's folder; VEDETTE_HOME or ./.vedette where not given.")
]
NOT_READY = 3
INTERRUPTED = 130
STATE_STYLES = {"ready": "green", "starting": "yellow", "stopped": "dim", "died": "bold red"}


def up(
    home: HomeOption = None,
    timeout: Annotated[float, typer.Option(help="Seconds that each server may take to start.")] = START_TIMEOUT_S,
    everything: Annotated[bool, typer.Option("--all", help="Start the workers and the API as well.")] = False,
) -> None:
    """Start Kafka, Cassandra and Elasticsearch on this machine; what runs already is left alone."""
    settings = _settings(home)
    console = Console(highlight=False)
    try:
        with StackProgress(console) as progress:
            EmbeddedStack(settings).start(progress, timeout_s=timeout)
            if everything:
                platform = Platform(_settings(home))
                platform.migrate()
                platform.start(progress)
    except KeyboardInterrupt:
        console.print("Interrupted. What was launched goes on starting; stop it with `vedette down`.")
        raise typer.Exit(INTERRUPTED) from None
    console.print(f"Ready. Endpoints are in {settings.home}/endpoints.json; stop with `vedette down`.")


def down(
    home: HomeOption = None,
    wipe: Annotated[bool, typer.Option("--wipe", help="Delete all data as well.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
) -> None:
    """Stop what `vedette up` started, workers and API too; data stays unless --wipe is given."""
    settings = _settings(home)
    if wipe and not yes:
        typer.confirm(f"Delete every message, result and index under {settings.home}?", abort=True)
    stack = EmbeddedStack(settings)
    with StackProgress(Console(highlight=False)) as progress:
        Platform(settings).stop(progress)
        stack.stop(progress)
    if wipe:
        stack.wipe()


def status(
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show how each server is; the exit code is 0 when all are ready, 3 otherwise."""
    settings = _settings(home)
    servers = [*EmbeddedStack(settings).status(), *Platform(settings).status()]
    if as_json:
        say_document(orjson.dumps([asdict(server) for server in servers], option=orjson.OPT_INDENT_2).decode())
    else:
        _print_status(Console(highlight=False), servers)
    if any(server.state != "ready" for server in servers):
        raise typer.Exit(NOT_READY)


def setup() -> None:
    """Fetch the servers' jars, find or fetch a Java, and build the default model, so that all else starts at once."""
    settings = Settings()
    with StackProgress(Console(highlight=False)) as progress:
        EmbeddedStack(settings).fetch(progress)
    say_document(Platform(settings).run("models", "prepare").strip())


def _settings(home: Path | None) -> Settings:
    return Settings() if home is None else Settings(home=home)


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
