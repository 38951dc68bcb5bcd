"""The programs of the guide to the TypeScript client run as they stand there, on a whole platform."""

import shutil
from pathlib import Path

import pytest

from tests.examples import examples
from tests.places import ROOT
from tests.platforms import PASSWORD, RunningPlatform
from tests.typescript_client import NODE, check_types, install_client, run

GUIDE = ROOT / "docs" / "how-to" / "build-an-application-in-typescript.md"
EMAIL = "tess@typescript.example"


@pytest.fixture
def folder(platform: RunningPlatform, chelsea: Path, tmp_path: Path) -> Path:
    """A program's folder, with the guide's picture and blocks as one program."""
    install_client(tmp_path)
    platform.create_account(EMAIL, "typescript-shop")
    shutil.copy(chelsea, tmp_path / "cat.jpg")
    blocks = examples("ts", page=GUIDE)
    assert len(blocks) > 4
    (tmp_path / "program.ts").write_text("\n".join(block.text for block in blocks))
    return tmp_path


def test_the_program_of_the_guide_recognises_uploads_hears_and_lists(platform: RunningPlatform, folder: Path) -> None:
    check_types("program.ts", folder)
    environment = {"API": platform.url, "EMAIL": EMAIL, "PASSWORD": PASSWORD}
    told = run([NODE, "program.ts"], folder, environment).splitlines()
    assert "cat" in told[0]
    assert told[1].startswith("recognised cat-1 ")
    assert "workspace typescript-shop" in told
    assert told[-1].startswith("404 urn:vedette:problem:not-found There is no such image.")
