"""Where a new account's password comes from: never an argument, which other users of the machine could read."""

import os
import secrets
import sys
from dataclasses import dataclass, field

import typer

from infra.errors import ConfigurationError

VARIABLE = "VEDETTE_ADMIN_PASSWORD"
GENERATED_BYTES = 18


@dataclass(frozen=True)
class Password:
    """A password as it was typed or made."""

    value: str = field(repr=False)
    generated: bool = False


def obtain(*, from_stdin: bool, generate: bool) -> Password:
    """Return the password; raises ``ConfigurationError`` where there is none and nobody to ask."""
    if from_stdin and generate:
        raise ConfigurationError("give --password-stdin or --generate-password, not both")
    if generate:
        return Password(secrets.token_urlsafe(GENERATED_BYTES), generated=True)
    if from_stdin:
        return Password(sys.stdin.readline().rstrip("\r\n"))
    if VARIABLE in os.environ:
        return Password(os.environ[VARIABLE])
    if sys.stdin.isatty():
        return Password(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    raise ConfigurationError(f"no password: use --password-stdin or --generate-password, or set {VARIABLE}")
