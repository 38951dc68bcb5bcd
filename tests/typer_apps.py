"""A command function as an application of its own, as the one command `vedette` holds it."""

from collections.abc import Callable
from typing import Any

import typer


def app_of(command: Callable[..., Any]) -> typer.Typer:
    """Return an app whose only command is ``command``."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)
    return app
