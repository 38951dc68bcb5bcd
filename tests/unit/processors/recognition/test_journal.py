"""What was in flight when workers died is known to those that come after them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from processors.recognition.journal import DEATHS_TOLERATED, Journal


def die_with(folder: Path, *names: str, how: str = "os.kill(os.getpid(), 9)") -> None:
    """Let a real process die with these messages in flight."""
    program = f"""
import os
from pathlib import Path
from processors.recognition.journal import Journal
journal = Journal(Path({str(folder)!r}))
journal.begin({list(names)!r})
{how}
"""
    subprocess.run([sys.executable, "-c", program], timeout=60, check=False)


def test_what_is_in_flight_at_three_deaths_is_suspected_and_its_neighbour_of_once_is_not(tmp_path: Path) -> None:
    die_with(tmp_path, "t:0:1", "t:0:2")
    die_with(tmp_path, "t:0:2", "t:0:3", how="os._exit(70)")
    assert not Journal(tmp_path).is_suspect("t:0:2")
    die_with(tmp_path, "t:0:2", "t:0:4")
    journal = Journal(tmp_path)
    assert journal.is_suspect("t:0:2")
    assert not any(journal.is_suspect(name) for name in ("t:0:1", "t:0:3", "t:0:4", "t:0:5"))


def test_what_had_its_outcome_before_a_death_is_not_suspected(tmp_path: Path) -> None:
    for _ in range(DEATHS_TOLERATED):
        die_with(tmp_path, "t:0:1", "t:0:2", how="journal.end(['t:0:1']); os.kill(os.getpid(), 9)")
    journal = Journal(tmp_path)
    assert (journal.is_suspect("t:0:1"), journal.is_suspect("t:0:2")) == (False, True)


def test_a_worker_that_leaves_in_order_is_no_death(tmp_path: Path) -> None:
    for _ in range(DEATHS_TOLERATED):
        die_with(tmp_path, "t:0:1", how="journal.close()")
    assert not Journal(tmp_path).is_suspect("t:0:1")


def test_an_outcome_acquits_for_all_workers_of_the_machine(tmp_path: Path) -> None:
    for _ in range(DEATHS_TOLERATED):
        die_with(tmp_path, "t:0:1", "t:0:2")
    journal = Journal(tmp_path)
    journal.begin(["t:0:1"])
    journal.end(["t:0:1"])
    other = Journal(tmp_path)
    assert (other.is_suspect("t:0:1"), other.is_suspect("t:0:2")) == (False, True)


def test_a_worker_that_lives_is_left_alone(tmp_path: Path) -> None:
    living = Journal(tmp_path)
    living.begin(["t:0:1"])
    for _ in range(DEATHS_TOLERATED):
        Journal(tmp_path)
    assert not Journal(tmp_path).is_suspect("t:0:1")
    assert len(json.loads((tmp_path / living._path.name).read_text())) == 1


def test_a_worker_that_runs_learns_of_deaths_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.recognition.journal.SCAN_INTERVAL_S", 0)
    journal = Journal(tmp_path)
    for _ in range(DEATHS_TOLERATED):
        die_with(tmp_path, "t:0:1")
    journal.begin(["t:0:1"])
    assert journal.is_suspect("t:0:1")


def test_a_file_that_was_only_half_written_counts_no_death(tmp_path: Path) -> None:
    (tmp_path / "1-1.in-flight").write_bytes(b'["t:0:1", "t:')
    journal = Journal(tmp_path)
    assert not journal.is_suspect("t:0:1")
    assert not (tmp_path / "1-1.in-flight").exists()


def test_the_memory_of_deaths_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.recognition.journal.MOST_REMEMBERED", 5)
    (tmp_path / "1-1.in-flight").write_text(json.dumps([f"t:0:{number}" for number in range(50)]))
    Journal(tmp_path)
    assert len(json.loads((tmp_path / "deaths.json").read_text())) == 5


def test_a_folder_that_was_taken_away_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in-flight"
    journal = Journal(folder)
    journal.begin(["a:0:1"])
    shutil.rmtree(folder)
    journal.end(["a:0:1"])
    monkeypatch.setattr("processors.recognition.journal.SCAN_INTERVAL_S", -1)
    journal.begin(["a:0:2"])
    (file,) = folder.glob("*.in-flight")
    assert json.loads(file.read_bytes()) == ["a:0:2"]
    journal.close()
    assert not list(folder.glob("*.in-flight"))
