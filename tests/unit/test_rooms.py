"""A house that shows what it holds: no folder and no file grows beyond what one takes in at a glance."""

from pathlib import Path

import pytest

from tests.places import ROOT

ROOMS = ("api", "infra", "processors", "producers", "schemas")
MOST_FILES, MOST_LINES = 12, 300
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
FOLDERS = sorted({path.parent for path in FILES})


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("folder", FOLDERS, ids=shown)
def test_a_folder_holds_few_modules(folder: Path) -> None:
    modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_FILES, f"give some of them a folder of their own: {', '.join(modules)}"


def test_no_module_is_long() -> None:
    long = {shown(path): lines for path in FILES if (lines := len(path.read_text().splitlines())) > MOST_LINES}
    assert long == {}
