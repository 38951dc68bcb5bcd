"""What docs/explanation/security.md says is shown by a test is shown by a test that there is."""

import ast
import re
from pathlib import Path

import pytest

from tests.places import ROOT

PAGE = ROOT / "docs" / "explanation" / "security.md"
ITEMS = [
    "1.3.6", "2.4.1", "3.4.1", "3.4.2", "5.2.1", "5.2.2", "5.2.6", "5.3.2", "6.2.4", "6.3.1", "6.3.8", "7.4.2", "8.2.2",
    "8.3.2", "9.1.2", "9.2.2", "9.2.3", "10.4.1", "10.4.2", "10.4.5", "10.4.6", "11.4.2", "12.3.2", "16.3.1", "16.4.1",
]  # fmt: skip
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROWS = {item: shown for item, _, shown in ROW.findall(PAGE.read_text())}


def test_every_item_has_its_row() -> None:
    assert list(ROWS) == ITEMS


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_names_a_test_that_there_is_or_says_why_it_waits(item: str) -> None:
    named = NAMED.findall(ROWS[item])
    assert named or "waits: " in ROWS[item]
    for file, name in named:
        assert name in functions_of(ROOT / file), f"{file}::{name}"


def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
