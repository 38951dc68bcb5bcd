"""Every request of the guide to the API is answered, in the order in which it stands there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.examples import Example, examples
from tests.places import ROOT
from tests.platforms import RunningPlatform, eventually

GUIDE = ROOT / "docs" / "how-to" / "query-the-api.md"
EMAIL = "you@shop.example"
STRICT = 'set -euo pipefail\ncurl() { command curl --fail-with-body --show-error "$@"; echo; }\n'
BLOCKS = [example for example in examples("sh", page=GUIDE) if example.is_run and not example.mark]


@pytest.fixture
def folder(platform: RunningPlatform, tmp_path: Path) -> Path:
    """A folder with the guide's picture, which its bucket has too."""
    cat = shutil.copy(platform.pictures / "chelsea.jpg", tmp_path / "cat.jpg")
    for path, content in {"shop-media": b"", "shop-media/cat.jpg": Path(cat).read_bytes()}.items():
        httpx.put(f"{platform.s3_url}/{path}", content=content).raise_for_status()
    platform.create_account(EMAIL, "shop", role="admin", allow=("s3://shop-media/",))
    return tmp_path


def test_the_requests_of_the_guide_are_answered(platform: RunningPlatform, folder: Path) -> None:
    environment = {**os.environ, "API": platform.url, "TOKEN": platform.token(EMAIL)}
    assert len(BLOCKS) > 6
    for block in BLOCKS:
        run(block, folder, environment)
        if "/v1/images/upload" in block.text:
            with platform.client(EMAIL) as client:
                eventually(lambda: are_searchable(client))


def run(block: Example, folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-c", STRICT + block.text], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{block}: {done.stdout} {done.stderr}"


def are_searchable(client: httpx.Client) -> bool:
    """Whether both pictures of the guide can be found by what they look like."""
    found = client.get("/v1/images/cat-1/duplicates", params={"owner": "shop"})
    return found.is_success and bool(re.search('"cat-2"', found.text))
