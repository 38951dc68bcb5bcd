"""``docs/reference/acts.md``: every command and route that changes anything, and the act that it records."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import typer
from fastapi import APIRouter
from fastapi.routing import APIRoute

from infra.cli import build_app
from infra.recorded_acts import Declared, declared_of

READING = frozenset({"GET", "HEAD", "OPTIONS"})
INTRODUCTION = """# Recorded acts

This page lists every command and every route that changes anything, and the act that it records in
[the audit trail](../explanation/security.md#what-is-recorded). It is generated from the code:
`vedette admin acts > docs/reference/acts.md`. A test fails if a command or route is missing here. A route that tries to
record another act than the page names fails with a bug before it changes anything.

An act is recorded before it is done. If it then fails, a second entry says so. Log-ins and what follows from them are
recorded beside the response; so are a backup that was created and an account's new name.
"""


class UndeclaredChange(Exception):
    """A bug: a command or route says neither which act it records nor that it only reads."""


def acts_page(routers: Iterable[APIRouter]) -> str:
    """Return the page; raises ``UndeclaredChange`` for a command or route that does not say what it records."""
    commands = ((f"`vedette {name}`", declared) for name, declared in declared_commands())
    routes = ((f"`{name}`", declared) for name, declared in declared_routes(routers))
    lines = [
        INTRODUCTION,
        "## Commands",
        "",
        *_table("command", commands),
        "",
        "## Routes",
        "",
        *_table("route", routes),
    ]
    return "\n".join([*lines, ""])


def declared_commands() -> Iterator[tuple[str, Declared]]:
    """Yield every command and what it says of itself."""
    for name, command in _commands(typer.main.get_command(build_app()), ()):
        declared = declared_of(command.callback)
        if declared is None:
            raise UndeclaredChange(f"vedette {name} says neither @records(…), @records_elsewhere(…) nor @reads")
        yield name, declared


def declared_routes(routers: Iterable[APIRouter]) -> Iterator[tuple[str, Declared]]:
    """Yield every route and what it says of itself; one that only reads by its method need not say so."""
    for route in (route for router in routers for route in router.routes if isinstance(route, APIRoute)):
        declared = declared_of(route.endpoint)
        for method in sorted(route.methods or ()):
            if declared is None and method not in READING:
                raise UndeclaredChange(f"{method} {route.path} says neither @records(…) nor @records_elsewhere(…)")
            yield f"{method} {route.path}", declared or Declared()


def _commands(command: Any, above: Sequence[str]) -> Iterator[tuple[str, Any]]:
    # Typer carries a click of its own, whose kinds are not those of the package.
    if not hasattr(command, "commands"):
        yield " ".join(above), command
        return
    for name, beneath in command.commands.items():
        yield from _commands(beneath, (*above, name))


def _table(what: str, rows: Iterable[tuple[str, Declared]]) -> Iterator[str]:
    yield f"| {what} | act |"
    yield "| --- | --- |"
    for name, declared in sorted(rows, key=lambda row: row[0]):
        if declared.changes:
            acts = ", ".join(f"`{act.value}`" for act in declared.acts)
            yield f"| {name} | {acts or f'none: {declared.instead}'} |"
