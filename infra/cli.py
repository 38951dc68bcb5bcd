"""The one command, ``vedette``: gathers each room's commands through the entry points ``vedette.commands``."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import structlog
import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra.errors import ConfigurationError, NoServer, VedetteError
from infra.settings.environment import DELIMITER, did_you_mean, setting_meant
from infra.terminal import Console, guard_standard_streams, styled

COMMAND_GROUP = "vedette.commands"
OF_THE_EMBEDDED_SERVERS = {"jgo", "cjdk", "jpype", "requests"}
"""What the extra ``embedded`` brings; the core runs without."""


def build_app(wanted: str | None = None) -> typer.Typer:
    """Return the command line: one command or group of commands for each entry point.

    Where one of them is ``wanted`` by name, only that one is loaded: whoever asks for the status need not wait until
    every room's libraries are imported.
    """
    app = typer.Typer(
        name="vedette",
        help="Event-driven image recognition that you run yourself.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    # With a callback a single command stays a command of its own name.
    app.callback()(_nothing)
    for entry_point in _entry_points(wanted):
        command = _load(entry_point)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry_point.name)
        else:
            app.command(name=entry_point.name)(command)
    return app


def _load(entry_point: EntryPoint) -> typer.Typer | Callable[..., None]:
    """Return the command; where the extra that it needs is not installed, one that says so."""
    try:
        command: typer.Typer | Callable[..., None] = entry_point.load()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in OF_THE_EMBEDDED_SERVERS:
            raise
        return _without_its_extra(entry_point.name)
    return command


def _without_its_extra(name: str) -> typer.Typer:
    app = typer.Typer(
        help="This command needs packages that are not installed here. Install them with: pip install "
        "'vedette[embedded]'."
    )

    @app.callback(invoke_without_command=True, context_settings={"ignore_unknown_options": True})
    def refuse(_arguments: Annotated[list[str] | None, typer.Argument(hidden=True)] = None) -> None:
        raise ConfigurationError(
            f"vedette {name} runs Kafka, Cassandra and Elasticsearch on this machine, and what that needs is not"
            " installed: pip install 'vedette[embedded]'. Servers that run elsewhere need only their addresses in the"
            " settings (docs/reference/settings.md)."
        )

    return app


def _entry_points(wanted: str | None) -> list[EntryPoint]:
    known = sorted(entry_points(group=COMMAND_GROUP), key=lambda point: point.name)
    return [point for point in known if point.name == wanted] or known


def _nothing() -> None:
    """Event-driven image recognition that you run yourself."""


def main() -> None:
    """Run the command line; an error made on purpose is one clear line and exit code 1, never a traceback."""
    guard_standard_streams()
    # Standard output is for what was asked: a program may read it.
    plain = structlog.dev.ConsoleRenderer(colors=False)
    loggers = structlog.PrintLoggerFactory(sys.stderr)
    structlog.configure([structlog.processors.add_log_level, plain], logger_factory=loggers)
    try:
        build_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except NoServer as error:
        fail(f"{error}\n{_where_platforms_run()}")
    except VedetteError as error:
        fail(str(error))
    except ValidationError as error:
        fail("\n".join(_setting_problem(problem) for problem in error.errors()))


def _where_platforms_run() -> str:
    from infra.embedded.homes.known_homes import where_platforms_run
    from infra.settings.settings import Settings

    return where_platforms_run(Settings())


def fail(message: str) -> None:
    """Print ``message`` to standard error and exit with code 1."""
    # Only what is indented goes on: a line break in a name begins no line of its own.
    told = message.replace("\n", "\n  ")
    Console(stderr=True).print(styled(("error", "bold red"), f" {told}"), soft_wrap=True)
    sys.exit(1)


def _setting_problem(problem: ErrorDetails) -> str:
    path = DELIMITER.join(str(part) for part in problem["loc"])
    name = f"VEDETTE_{path}".upper()
    if problem["type"] != "extra_forbidden":
        return f"setting {name}: {problem['msg']}"
    # Settings may load slowly, and are there already where one of them is wrong.
    from infra.settings.settings import Settings

    meant = setting_meant(path.lower(), Settings.model_fields)
    return f"there is no setting {name}{did_you_mean('VEDETTE_', meant)}"


if __name__ == "__main__":
    main()
