"""Links of the README lead somewhere; those between the pages of docs/ are Sphinx's to check."""

import re

from tests.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
# A path in backticks, of a file or folder of the source code; a test may be named behind it.
PATH = re.compile(r"`((?:api|infra|processors|producers|schemas|tests)/[\w/.-]+?)(?:::\w+)?`")
# Operators write this file beside the ones of the source code.
MADE_BY_OPERATORS = {("operate-the-platform.md", "infra/deploy/vedette.env")}
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_every_link_of_the_readme_leads_to_a_file() -> None:
    links = [link for link in LINK.findall(README) if not link.startswith("https://")]
    assert len(links) > 15
    assert [link for link in links if not (ROOT / link.partition("#")[0]).is_file()] == []


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 180


def test_the_readme_leads_to_every_page() -> None:
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    unlinked = pages - {link.partition("#")[0] for link in LINK.findall(README)}
    # The site's own front page, and what the page of events leads to.
    assert unlinked == {"docs/index.md", "docs/reference/contract.md"}


def test_every_path_of_the_source_code_that_a_page_names_exists() -> None:
    named = {
        (page.name, path)
        for page in (*(ROOT / "docs").rglob("*.md"), ROOT / "README.md")
        for path in PATH.findall(page.read_text(encoding="utf-8"))
    }
    assert len(named) > 30
    assert {each for each in named if not (ROOT / each[1]).exists()} - MADE_BY_OPERATORS == set()
