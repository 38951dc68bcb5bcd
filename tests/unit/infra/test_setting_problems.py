"""A setting that is wrong is one line on standard error, whichever way it was given."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "VEDETTE_KAFKA",
            '{"partitons": 3}',
            "no setting VEDETTE_KAFKA__PARTITONS; did you mean VEDETTE_KAFKA__PARTIT",
        ),
        (
            "VEDETTE_KAFKA__PARTITONS",
            "3",
            "no setting VEDETTE_KAFKA__PARTITONS; did you mean VEDETTE_KAFKA__PARTITIONS?",
        ),
        ("VEDETTE_KAFKA__PARTITIONS", "many", "setting VEDETTE_KAFKA__PARTITIONS: "),
        ("VEDETTE_KAFKA", "partitions=3", "setting VEDETTE_KAFKA: the value is not JSON"),
        ("VEDETTE_DEBUG", "1", "there is no setting VEDETTE_DEBUG"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path, name: str, value: str, told: str) -> None:
    environment = {"PATH": os.environ["PATH"], "VEDETTE_HOME": str(tmp_path), name: value}
    command = [sys.executable, "-m", "infra.cli", "status"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
