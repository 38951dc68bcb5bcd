"""The command line's promises to programs that run it."""

import json
import subprocess
import sys
from pathlib import Path

from processors.pictures import DEMO_PICTURES as PICTURES


def test_logs_stay_off_standard_output_so_that_what_was_asked_for_can_be_read(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infra.cli", "models", "verify", "lite0@1", str(PICTURES), "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env={"VEDETTE_HOME": str(tmp_path)})
    assert json.loads(ended.stdout)["passed"] is True
    assert "inference_provider" in ended.stderr
