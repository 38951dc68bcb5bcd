"""Tables in Markdown, for the pages that are made out of the code."""

from collections.abc import Iterable, Iterator, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; a cell becomes one line, and no character of it ends the cell."""
    yield _line(headings)
    yield _line(["---"] * len(headings))
    for row in rows:
        yield _line([_cell(cell) for cell in row])


def page(*lines: str) -> str:
    """Return the lines as one page, which ends with a line feed."""
    return "\n".join([*lines, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
