"""The API tried out by a person: Swagger UI's OAuth flow in a real browser, on real servers."""

import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from infra.embedded.platform import Platform
from tests.served import PASSWORD, served
from tests.stacks import RunningStack

VISIT = Path(__file__).parents[1] / "foreign" / "swagger_in_chromium.py"
PICTURES = Path("build/pictures")


@pytest.mark.timeout(420)
def test_a_person_authorizes_swagger_ui_and_reads_their_profile(
    stack: RunningStack, selenium_python: Path, tmp_path: Path
) -> None:
    Platform(stack.settings).migrate()
    with served(stack.settings) as api:
        workspace = f"w{uuid4().hex[:10]}"
        email = api.create_account(workspace)
        visit = subprocess.run(
            [selenium_python, VISIT, api.url, email, PASSWORD, tmp_path], capture_output=True, text=True, check=False
        )
    PICTURES.mkdir(parents=True, exist_ok=True)
    for picture in tmp_path.glob("*.png"):
        shutil.copy(picture, PICTURES)
    assert visit.returncode == 0, visit.stderr
    seen = orjson.loads(visit.stdout)
    assert "Swagger UI of this installation asks to act for you" in seen["consent"]
    assert email in seen["consent"]
    assert "profile:read" in seen["consent"]
    assert "results:read" not in seen["consent"], "only what was ticked is asked for"
    assert seen["status"] == "200"
    assert orjson.loads(seen["body"])["workspaces"] == [workspace]
    assert seen["said"] == [], "no policy forbids what the pages need"
