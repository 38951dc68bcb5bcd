"""What a block of shell says: its simple commands as lists of words, and the settings that it gives."""

import re
import shlex
from collections.abc import Iterator

BETWEEN = re.compile(r"[();<>|&]+")
ASSIGNMENT = re.compile(r"\w+=")
KEYWORDS = frozenset({"do", "done", "then", "fi", "for", "export"})


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each simple command; what is given to one name, as in ``A=1 command``, is left out."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        command: list[str] = []
        for word in lexer:
            if BETWEEN.fullmatch(word):
                yield from _spoken(command)
                command = []
            else:
                command.append(word)
        yield from _spoken(command)


def within(text: str) -> Iterator[list[str]]:
    """Yield commands, those within ``$(…)`` in quotation marks too."""
    yield from commands(text)
    for inner in re.findall(r'"\$\(([^()]*)\)"', text):
        yield from commands(inner)


def _spoken(command: list[str]) -> Iterator[list[str]]:
    while command and (command[0] in KEYWORDS or ASSIGNMENT.match(command[0])):
        command = command[1:]
    if command:
        yield command
