"""Where a password comes from: never an argument, which other users of the machine could read."""

import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import typer

from api.security.passwords.hashing import SHORTEST, WeakPassword
from infra.errors import ConfigurationError
from infra.terminal import say

VARIABLE = "VEDETTE_ADMIN_PASSWORD"
GENERATED_BYTES = 18


@dataclass(frozen=True)
class Password:
    """A password as it was typed or made."""

    value: str = field(repr=False)
    generated: bool = False


def obtain(judge: Callable[[str], object], *, from_stdin: bool, generate: bool) -> Password:
    """Return a new password that ``judge`` accepts.

    ``judge`` raises ``WeakPassword`` for one that it does not: whoever types is told so, and asked again, before they
    type it a second time. Raises ``ConfigurationError`` where there is no password and nobody to ask.
    """
    if from_stdin and generate:
        raise ConfigurationError("give --password-stdin or --generate-password, not both")
    if generate:
        return Password(secrets.token_urlsafe(GENERATED_BYTES), generated=True)
    if not from_stdin and VARIABLE not in os.environ and sys.stdin.isatty():
        return Password(_ask_for_new(judge))
    value = _given(from_stdin=from_stdin)
    if value is None:
        raise ConfigurationError(f"no password: use --password-stdin or --generate-password, or set {VARIABLE}")
    judge(value)
    return Password(value)


def obtain_known(*, from_stdin: bool) -> str:
    """Return the password of an account that exists; raises ``ConfigurationError`` where there is nobody to ask."""
    value = _given(from_stdin=from_stdin)
    if value is not None:
        return value
    if not sys.stdin.isatty():
        raise ConfigurationError(f"no password: use --password-stdin, or set {VARIABLE}")
    return str(typer.prompt("Password", hide_input=True, err=True))


def _given(*, from_stdin: bool) -> str | None:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else os.environ.get(VARIABLE)


def _ask_for_new(judge: Callable[[str], object]) -> str:
    while True:
        value = str(typer.prompt(f"Password (at least {SHORTEST} characters)", hide_input=True))
        try:
            judge(value)
        except WeakPassword as error:
            say(f"This password is not accepted: {error}. Choose another one.", err=True)
            continue
        if typer.prompt("The same password again", hide_input=True) == value:
            return value
        say("The two passwords differ. Type both again.", err=True)
