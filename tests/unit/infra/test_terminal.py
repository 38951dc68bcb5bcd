"""Whatever others wrote, nothing that is printed commands a terminal, and nothing is lost."""

import io
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.panel import Panel
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from infra.terminal import Console, VisibleStream, say, say_document, styled, visible, visible_line

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egpj.exe\u200b\u2066\ufeff\r\x08\x7f\u2028\ud800\U000e0041\x00[red]x[/] :bomb:"
)
# What a terminal obeys or hides, but for the line breaks and colours that we print ourselves.
UNSEEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ANY = st.text(st.characters(), max_size=60) | st.just(HOSTILE)


@given(ANY)
def test_text_is_visible_and_means_the_same_in_json(text: str) -> None:
    assert not UNSEEN.search(visible(text).replace("\t", ""))
    assert visible(visible(text)) == visible(text)
    assert "\n" not in visible_line(text)
    for document in (json.dumps(text, ensure_ascii=False), json.dumps({text: [text]}, ensure_ascii=False)):
        assert json.loads(visible(document)) == json.loads(document)


@pytest.mark.parametrize(
    "text", ["naïve 日本語 \N{NO-BREAK SPACE}", "e\u0301", "two\nlines\tand a tab", "\N{THUMBS UP SIGN}"]
)
def test_what_can_be_seen_is_left_as_it_is(text: str) -> None:
    assert visible(text) == text


def renderables(text: str) -> list[Any]:
    table = Table(text, title=text, caption=text)
    table.add_row(text)
    table.add_row(Text(text))
    return [text, Text(text), table, Panel(text, title=text), styled((text, "bold"), text)]


@given(ANY, st.booleans(), st.integers(20, 200))
def test_a_console_shows_everything_whatever_it_is_wrapped_in(text: str, is_terminal: bool, width: int) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=width)
    for renderable in renderables(text):
        console.print(renderable)
    shown = COLOUR.sub("", written.getvalue()) if is_terminal else written.getvalue()
    assert not UNSEEN.search(shown.replace("\t", ""))


def test_a_console_takes_no_text_for_markup_and_loses_none_of_it() -> None:
    written = io.StringIO()
    Console(file=written, width=400).print(f"see {HOSTILE}")
    assert written.getvalue() == f"see {visible(HOSTILE)}\n"


def test_what_a_progress_bar_sends_to_the_terminal_still_gets_there() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80)
    with Progress(TextColumn("{task.description}"), console=console) as bar:
        bar.add_task("\x1b[2Jfile")
    assert "\\u001b[" in written.getvalue()
    assert "\x1b[?25l" in written.getvalue()
    assert "\x1b[2J" not in written.getvalue()


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"1  shop\n2  {HOSTILE}")
    say_document(f'{{\n"a": "{HOSTILE}"}}', err=True)
    told = capsys.readouterr()
    assert told.out == f"1  shop\\u000a2  {visible(HOSTILE)}\n"
    assert told.err == f'{{\n"a": "{visible(HOSTILE)}"}}\n'


def test_a_guarded_stream_makes_visible_what_anybody_writes() -> None:
    written = io.StringIO()
    stream: Any = VisibleStream(written)
    assert stream.write(HOSTILE) == len(HOSTILE)
    stream.writelines([HOSTILE, "\n"])
    assert written.getvalue() == f"{visible(HOSTILE) * 2}\n"
    assert not stream.isatty()


@pytest.mark.parametrize(
    "arguments",
    [
        ["publish", "--owner", "shop", "--priority", "\x1b[2J\u202ex", "a.jpg"],
        ["publish", "--owner", "shop", "--metadata", "\x1b[2J\u202ex", "a.jpg"],
        ["dead-letters", "show", "\x1b[2J\u202ex"],
        ["no-such-\x1b[2J\u202ecommand"],
        ["migrate", "\x1b[2J\u202ex"],
    ],
)
def test_the_command_line_prints_its_arguments_visibly(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        capture_output=True,
        env={"FORCE_COLOR": "1", "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        timeout=120,
    )
    told = COLOUR.sub("", (ended.stdout + ended.stderr).decode())
    assert ended.returncode != 0
    # Click makes some of it visible itself, in Python's way.
    assert re.search(r"\\(u001b|x1b)\[2J\\u202e", told)
    assert not UNSEEN.search(told)
