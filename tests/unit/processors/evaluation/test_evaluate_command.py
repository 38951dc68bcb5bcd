"""The whole command on the demonstration's photos."""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.settings.settings import Settings
from schemas.records.pipelines import DEFAULT_PIPELINE
from tests.places import ROOT

LABELS = {"coffee.jpg": "espresso", "camera.jpg": "tripod", "chelsea.jpg": "egyptian cat", "rocket.jpg": "missile"}
# The command line's own `main`, with this one command: what `vedette` does with errors is part of what is tested.
PROGRAM = """
import sys, typer
from infra import cli
from processors.evaluation.commands import evaluate
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(evaluate)
cli.build_app = lambda _wanted: app
cli.main()
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(settings: Settings) -> Run:
    environment = {"VEDETTE_HOME": str(settings.home), "VEDETTE_CACHE": str(settings.cache), "PATH": "/usr/bin:/bin"}

    def start(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *map(str, words)],
            capture_output=True, text=True, timeout=120, check=False, cwd=ROOT, env=environment,
        )  # fmt: skip

    return start


@pytest.fixture
def labels(tmp_path: Path, pictures: Path) -> Path:
    """A CSV of the photos in a folder of its own."""
    for name in LABELS:
        shutil.copy(pictures / name, tmp_path)
    file = tmp_path / "labels.csv"
    file.write_text("image,label\n" + "".join(f"{name},{label}\n" for name, label in LABELS.items()))
    return file


def test_labelled_photos_are_measured_and_reported(run: Run, labels: Path, tmp_path: Path) -> None:
    result = run(labels, "--output", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["images"], report["top5"]) == (4, 1.0)
    assert (report["pipeline"], report["model"], report["source"]) == (DEFAULT_PIPELINE.id, "lite0@2", "labels.csv")
    with (tmp_path / "out" / "report.csv").open(newline="") as opened:
        *rows, mean = csv.DictReader(opened)
    assert [row["Image_ID"] for row in rows] == list(LABELS)
    assert {row["Label"] for row in rows} == {"espresso", "tripod", "Egyptian cat", "missile"}
    assert float(mean["Accuracy"]) == pytest.approx(sum(float(row["Accuracy"]) for row in rows) / 4, abs=1e-5)
    assert sum(row["Predicted"] == row["Label"] for row in rows) / 4 == report["top1"] >= 0.75


def test_a_broken_picture_is_listed_and_the_rest_measured(run: Run, labels: Path, tmp_path: Path) -> None:
    (tmp_path / "coffee.jpg").write_bytes(b"")
    result = run(labels, "--output", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["images"] == 3
    assert report["unreadable"] == [{"image_id": "coffee.jpg", "reason": "empty", "detail": "the image holds no bytes"}]


def test_it_is_an_error_if_none_could_be_read(run: Run, labels: Path, tmp_path: Path) -> None:
    for name in LABELS:
        (tmp_path / name).write_text("no picture")
    result = run(labels, "--output", tmp_path / "out")
    assert result.returncode == 1
    assert "error none of the 4 pictures could be recognised: coffee.jpg: " in result.stderr
    assert "what is read: JPEG, PNG" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_unknown_labels_end_it_unless_left_out(run: Run, labels: Path, tmp_path: Path) -> None:
    with labels.open("a") as opened:
        opened.write("coffee.jpg,mug of the day\n")
    refused = run(labels, "--output", tmp_path / "out")
    assert refused.returncode == 1
    assert "mug of the day (coffee.jpg)" in refused.stderr
    assert run(labels, "--output", tmp_path / "out", "--ignore-unknown").returncode == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["images"], report["ignored_unknown"]) == (4, 1)
