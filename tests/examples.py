"""The examples of the README and of docs/: every fenced block, with what stands before it.

A comment before a block says what it is: ``<!-- tour -->`` for a part of the tour, which is one script from beginning
to end, ``<!-- not run: reason -->`` for what no test can run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.places import ROOT

README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "tutorial" / "first-images.md"
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
NOT_RUN = "not run: "


@dataclass(frozen=True)
class Example:
    """One block of a page: its language, its text without indentation, and its mark."""

    page: Path
    line: int
    language: str
    text: str
    mark: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def is_run(self) -> bool:
        return not self.mark.startswith(NOT_RUN)


def pages() -> list[Path]:
    """Return the README and every page of the documentation."""
    return [README, *sorted((ROOT / "docs").rglob("*.md"))]


def examples(*languages: str, page: Path | None = None) -> list[Example]:
    """Return the examples in these languages, or all of them, of one page or of all."""
    found = [example for each in ([page] if page else pages()) for example in _of(each)]
    return [example for example in found if not languages or example.language in languages]


def tour(page: Path) -> str:
    """Return the blocks of the page's tour as one script."""
    return "\n".join(example.text for example in examples("sh", page=page) if example.mark == "tour")


def _of(page: Path) -> Iterator[Example]:
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        lines = [line.removeprefix(found["indent"]) for line in found["text"].splitlines()]
        line = text.count("\n", 0, found.start()) + 1
        yield Example(page, line, found["language"], "\n".join([*lines, ""]), found["mark"] or "")
