"""The tour of the tutorial, and so of the README, runs as it stands there, from nothing to the end."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.embedded.homes.ports import choose_ports
from tests.examples import TUTORIAL, tour
from tests.places import ROOT

PASSWORD = "violet anchors drift slowly"  # noqa: S105 - of an account of this test alone
# A request that is refused ends the tour, as it would puzzle whoever goes it.
STRICT = 'set -euo pipefail\ncurl() { command curl --fail-with-body --show-error "$@"; echo; }\n'


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A home of its own, a port that is free, and the password that a person would type."""
    port = choose_ports(["api"], {})["api"]
    given = {name: value for name, value in os.environ.items() if not name.startswith("VEDETTE_")}
    given |= {
        "VEDETTE_HOME": str(tmp_path / ".vedette"),
        "VEDETTE_STATE": str(tmp_path / "state"),
        "VEDETTE_ADMIN_PASSWORD": PASSWORD,
        "VEDETTE_API__PORT": str(port),
    }
    yield given
    subprocess.run([ROOT / ".venv/bin/vedette", "down"], env=given, cwd=ROOT, check=False)


@pytest.mark.long
def test_the_tour_leads_from_nothing_to_answers_and_leaves_nothing_running(environment: dict[str, str]) -> None:
    script = STRICT + tour(TUTORIAL).replace(":8800", f":{environment['VEDETTE_API__PORT']}")

    done = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
    images, results, *_ = answers
    assert len(images["items"]) == 5
    assert "espresso" in json.dumps(results)
    assert '"labels_90"' in done.stdout
