"""Servers and platform of one home, run together by the commands that show and measure."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from infra.embedded.platform import Platform
from infra.embedded.progress import StackProgress
from infra.embedded.stack import EmbeddedStack
from infra.settings.settings import Settings
from infra.terminal import Console


@contextmanager
def running_together(
    settings: Settings, environment: Mapping[str, str], console: Console, *, keep: bool = False
) -> Iterator[Platform]:
    """Start servers and platform, ``environment`` added to the latter's; stop all at the end, unless to be kept.

    The end may be a signal: SIGTERM unwinds as Ctrl-C does.
    """
    with _unwinding_on_sigterm(), _running(settings, environment, console, keep=keep) as platform:
        yield platform


@contextmanager
def _unwinding_on_sigterm() -> Iterator[None]:
    def unwind(number: int, _frame: FrameType | None) -> None:
        # Once: what is being stopped is not to be interrupted.
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _running(settings: Settings, environment: Mapping[str, str], console: Console, *, keep: bool) -> Iterator[Platform]:
    stack = EmbeddedStack(settings)
    platform: Platform | None = None
    try:
        with StackProgress(console) as progress:
            stack.start(progress)
            # The endpoints are known only now.
            platform = Platform(Settings(home=settings.home), environment)
            platform.migrate()
            platform.start(progress)
        yield platform
    finally:
        if not keep:
            with StackProgress(console) as progress:
                if platform is not None:
                    platform.stop(progress)
                stack.stop(progress)
