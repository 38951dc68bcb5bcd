"""What commands print: everything goes through here, so that what others wrote is shown and never obeyed.

File names, object keys, messages and names of models may hold escape sequences, line breaks, text that runs backwards
and characters without width. Each is printed as an escape (``\\u001b``), which in JSON means the same as before.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable
from typing import Any, BinaryIO, TextIO, cast

import typer
from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from infra.errors import ConfigurationError

_PERHAPS_UNSEEN = re.compile(r"[^ -~\n\t]")
# Letters and spaces by their class, and nothing to be seen.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def visible(text: str) -> str:
    """Return ``text`` with every character that cannot be seen, but for spaces and line breaks, as an escape."""
    return text if text.isascii() and text.isprintable() else _PERHAPS_UNSEEN.sub(_shown, text)


def visible_line(text: str) -> str:
    """Return ``text`` as one line: line breaks are escapes too."""
    return visible(text).replace("\n", "\\u000a")


def say(line: str, *, err: bool = False) -> None:
    """Print one line, and one line alone, whatever ``line`` holds."""
    typer.echo(visible_line(line), err=err)


def say_document(text: str, *, err: bool = False) -> None:
    """Print text of several lines, such as a JSON document, whose line breaks are our own."""
    typer.echo(visible(text), err=err)


def piped_output() -> BinaryIO:
    """Return standard output for data as it is, for another program; raises ``ConfigurationError`` for a terminal."""
    stream = bare(sys.stdout)
    if stream.isatty():
        raise ConfigurationError("standard output is a terminal, which data may command: name a file, or use a pipe")
    return stream.buffer


class Console(RichConsole):
    """Rich's console, on which nothing that is printed is markup, an escape sequence or an emoji's name."""

    def __init__(self, *, stderr: bool = False, file: Any = None, **options: Any) -> None:
        taken = {"markup": False, "emoji": False, "highlight": False, **options}
        super().__init__(stderr=stderr, file=file or bare(sys.stderr if stderr else sys.stdout), **taken)

    def render_str(self, text: str, **options: Any) -> Text:
        """Make text visible before it is measured, so that tables stay in line."""
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Make visible what came another way; what rich itself sends to the terminal stays."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


class HelpConsole(Console):
    """The console of typer's own pages, whose texts are ours and hold markup."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "markup": True})


class VisibleStream:
    """Standard output or error for all that prints without a console, tracebacks and typer's messages among it."""

    def __init__(self, stream: TextIO) -> None:
        self.bare = stream

    def write(self, text: str) -> int:
        self.bare.write(visible(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def isatty(self) -> bool:
        """Say that colours are of no use here: they would be shown as what they are."""
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bare, name)


def guard_standard_streams() -> None:
    """Let this process print nothing that can command a terminal, whoever prints it; call once, at its entry point."""
    for name in ("stdout", "stderr"):
        stream = bare(getattr(sys, name))
        # What the terminal's encoding lacks is shown as an escape too.
        cast(Any, stream).reconfigure(errors="backslashreplace")
        setattr(sys, name, VisibleStream(stream))
    _let_typer_use(HelpConsole)


def bare(stream: Any) -> TextIO:
    """Return the stream that a console or a log handler writes to: they make visible what they are given themselves."""
    return cast(TextIO, getattr(stream, "bare", stream))


def styled(*parts: str | tuple[str, str | Style]) -> Text:
    """Return text of parts, each alone or with its style."""
    pairs: Iterable[tuple[str, str | Style]] = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((visible(text), style) for text, style in pairs))


def _let_typer_use(console: type[Console]) -> None:
    # The one place where typer chooses its console.
    import typer.rich_utils

    typer.rich_utils.Console = console  # type: ignore[attr-defined]


def _shown(found: re.Match[str]) -> str:
    character = found[0]
    if character not in _FILLERS and (character.isprintable() or unicodedata.category(character) == "Zs"):
        return character
    encoded = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{encoded[at : at + 4]}" for at in range(0, len(encoded), 4))
