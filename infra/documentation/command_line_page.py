"""``docs/reference/command-line.md``: every command with its arguments and options, out of the Typer apps."""

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from infra.cli import build_app
from infra.documentation.markdown import page, table

INTRODUCTION = """# Command line

`vedette` is one command with a subcommand for each task. `vedette COMMAND --help` prints the same text. A command
exits with 0 if it succeeded, with 1 if it failed or found a fault, and with 2 if it was called wrongly."""


def command_line_page() -> str:
    """Return the page, commands in the order of their names, those of a group after the group."""
    root = typer.main.get_command(build_app())
    return page(INTRODUCTION, *(line for name, command in commands(root) for line in _section(name, command)))


def commands(command: Any, above: Sequence[str] = ("vedette",)) -> Iterator[tuple[str, Any]]:
    """Yield each command and group beneath ``command`` with its full name."""
    # Typer carries a click of its own, whose kinds are not those of the package.
    for name, beneath in sorted(getattr(command, "commands", {}).items()):
        yield " ".join((*above, name)), beneath
        yield from commands(beneath, (*above, name))


def _section(name: str, command: Any) -> Iterator[str]:
    yield from ("", f"{'#' * (name.count(' ') + 1)} {name}", "", inspect.cleandoc(command.help or ""))
    if hasattr(command, "commands"):
        return
    yield from ("", "```text", f"{name} {' '.join(_usage(command))}".rstrip(), "```")
    rows = [(_spelling(each), _default(each), each.help or "") for each in command.params]
    if rows:
        yield ""
        yield from table(("argument or option", "default", "meaning"), rows)


def _usage(command: Any) -> Iterator[str]:
    if any(_is_option(each) for each in command.params):
        yield "[OPTIONS]"
    for each in command.params:
        if not _is_option(each):
            name = _argument(each)
            yield f"{name if each.required else f'[{name}]'}{'...' if each.nargs == -1 else ''}"


def _spelling(parameter: Any) -> str:
    if not _is_option(parameter):
        return f"`{_argument(parameter)}`"
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
    return ", ".join(f"`{name}{value}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _argument(parameter: Any) -> str:
    return re.sub(r"[\[\]…]|\.\.\.", "", parameter.metavar or parameter.name.upper())


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value in (None, "", (), []) or callable(value) or parameter.show_default is False:
        return ""
    if isinstance(value, bool):
        return f"`{parameter.opts[0]}`" if value else ""
    return f"`{getattr(value, 'value', value)}`"
