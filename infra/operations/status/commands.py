"""The command ``vedette status``."""

import asyncio
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from infra.errors import ConfigurationError
from infra.recorded_acts import reads
from infra.settings.settings import Settings
from infra.terminal import Console

NOT_READY = 3
# Of the extra that runs servers on this machine: without it no process of theirs is here.
EMBEDDED = "jgo"


@reads
def status(
    home: Annotated[
        Path | None,
        typer.Option("--home", help="The folder for data, secrets and logs. Default: VEDETTE_HOME, or ./.vedette."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Show servers, workers, lag, rates, latency and the last errors until you press Ctrl-C."
        ),
    ] = False,
    every: Annotated[float, typer.Option(min=1, help="With --watch: the seconds between two looks.")] = 5.0,
    times: Annotated[
        int | None, typer.Option(min=1, help="With --watch: end after so many looks. Default: until Ctrl-C.")
    ] = None,
) -> None:
    """Show the state of each server. Exits with 0 if all are ready, otherwise with 3.

    With `--watch`, the page stays on the terminal and is renewed. Where the output is no terminal, one page after the
    other is printed. This also works where the servers run on other machines. Ctrl-C ends it with 0.
    """
    if watch and as_json:
        raise typer.BadParameter("--watch shows pages for people: leave one of the two out", param_hint="--json")
    settings = Settings() if home is None else Settings(home=home)
    if watch:
        _watch(settings, every, times)
    elif not (_show_processes(settings, as_json) if find_spec(EMBEDDED) else _show_servers(settings, as_json)):
        raise typer.Exit(NOT_READY)


def _show_processes(settings: Settings, as_json: bool) -> bool:
    # What starts servers here is an extra.
    from infra.embedded.commands import show_status

    return show_status(settings, as_json=as_json)


def _show_servers(settings: Settings, as_json: bool) -> bool:
    """Show what can be seen without the extra that starts servers on this machine."""
    if as_json:
        raise ConfigurationError(
            "vedette status --json tells of servers that run on this machine, and what runs them is not installed: "
            "pip install 'vedette[embedded]'. GET /v1/status tells of servers that run elsewhere"
        )
    return _watch(settings, every_s=0, times=1)


def _watch(settings: Settings, every_s: float, times: int | None) -> bool:
    """Return whether everything answered at last; ends quietly where it is interrupted."""
    # Clients of all stores: who asks for the processes alone need not wait until they are imported.
    from infra.operations.status.showing import show_again_and_again

    try:
        last = asyncio.run(show_again_and_again(settings, Console(), every_s, times))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit from None
    return all(system.problem is None for system in last.systems)
