"""Servers and platform of one home, run together by the commands that show and measure."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console

from infra.embedded.platform import Platform
from infra.embedded.progress import StackProgress
from infra.embedded.stack import EmbeddedStack
from infra.settings import Settings


@contextmanager
def running_together(
    settings: Settings, environment: Mapping[str, str], console: Console, *, keep: bool = False
) -> Iterator[Platform]:
    """Start servers and platform, ``environment`` added to the latter's; stop all at the end, unless to be kept."""
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
