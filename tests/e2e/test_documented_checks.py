"""The examples of both pages about looking at the platform run as they stand there, against a platform that runs."""

import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.examples import Example, examples
from tests.places import ROOT
from tests.platforms import RunningPlatform

PAGES = ("find-faults.md", "watch-the-platform.md")
EXAMPLES = [
    example for page in PAGES for example in examples("sh", page=ROOT / "docs" / "how-to" / page) if example.is_run
]


def run(script: str, platform: RunningPlatform, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VEDETTE_")}
    environment |= {
        "VEDETTE_HOME": str(platform.settings.home),
        "PATH": f"{ROOT / '.venv/bin'}:{environment['PATH']}",
        "COLUMNS": "80",
    }
    return subprocess.run(
        ["bash", "-c", script], env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_runs(example: Example, platform: RunningPlatform, tmp_path: Path) -> None:
    ended = run(example.text, platform, tmp_path)
    assert ended.returncode in (0, 1), ended.stderr
    assert ended.stderr == ""


def test_a_running_platform_is_seen_whole(platform: RunningPlatform, tmp_path: Path) -> None:
    ended = run("vedette doctor --json", platform, tmp_path)
    report = json.loads(ended.stdout)
    assert [one for one in report["unseen"] if not one["never"]] == []
    found = {one["check"] for one in report["findings"]}
    assert {"kafka.replication", "cassandra.replication", "elasticsearch.authentication"} <= found
    assert not found & {
        "kafka.groups",
        "cassandra.tables",
        "elasticsearch.mapping",
        "models.releases",
        "files.permissions",
    }


def test_a_page_shows_every_server_and_worker(platform: RunningPlatform, tmp_path: Path) -> None:
    ended = run("vedette status --watch --times 1", platform, tmp_path)
    assert ended.returncode == 0, ended.stderr
    for server in ("kafka", "cassandra", "elasticsearch", "api"):
        assert any(line.split()[:2] == [server, "ready"] for line in ended.stdout.splitlines()), ended.stdout
    for worker in ("recognise", "recognise-retry", "store", "index", "activity", "audit", "webhooks"):
        assert any(line.split()[:2] == [worker, "1"] for line in ended.stdout.splitlines()), ended.stdout
    assert all(len(line) <= 80 for line in ended.stdout.splitlines())


def test_a_verification_of_the_trail_is_told_to_the_doctor(platform: RunningPlatform, tmp_path: Path) -> None:
    run("vedette audit verify", platform, tmp_path)
    script = "until ! vedette doctor --json | grep -q as.far.back.as.activity; do sleep 1; done"
    assert run(script, platform, tmp_path).returncode == 0


def test_running_workers_say_which_models_they_have(platform: RunningPlatform) -> None:
    email = "eve@features.example"
    platform.create_account(email, "features")
    with platform.client(email) as client:
        told = client.get("/v1/features").raise_for_status()
    assert told.status_code == httpx.codes.OK
    states = {one["feature"]: one for one in told.json()["features"]}
    assert states["labels"]["status"] == "live"
    # The tests' machine has them all, or the worker has said that it lacks some.
    for one in states.values():
        assert (one["status"] == "not_installed") == ("workers_lacking" in one)
