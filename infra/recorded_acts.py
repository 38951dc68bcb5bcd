"""Which acts a command or route records: said once, where it is defined, and gathered from there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from schemas.activity import Action

Function = TypeVar("Function", bound=Callable[..., Any])
ATTRIBUTE = "__vedette_declared__"


@dataclass(frozen=True)
class Declared:
    """What a command or route leaves in the audit trail: acts, or else why there are none of what it changes."""

    acts: tuple[Action, ...] = ()
    instead: str | None = None

    @property
    def changes(self) -> bool:
        """Whether it changes anything at all."""
        return bool(self.acts) or self.instead is not None


def records(*acts: Action) -> Callable[[Function], Function]:
    """Say which acts a command or route may record."""
    return lambda function: _declare(function, Declared(acts))


def records_elsewhere(instead: str) -> Callable[[Function], Function]:
    """Say why what a command or route changes is no act: what stands for it, or what goes with it."""
    return lambda function: _declare(function, Declared(instead=instead))


def reads(function: Function) -> Function:
    """Say that a command or route changes nothing of the platform's."""
    return _declare(function, Declared())


def declared_of(function: object) -> Declared | None:
    """Return what was said of a command or route; None where nothing was."""
    return getattr(function, ATTRIBUTE, None)


def _declare(function: Function, declared: Declared) -> Function:
    setattr(function, ATTRIBUTE, declared)
    return function
