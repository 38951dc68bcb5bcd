"""The whole command on the demonstration's photos."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.errors import ConfigurationError
from infra.settings import Settings
from processors.cli import evaluate
from processors.evaluation.command import NothingReadable
from tests.typer_apps import app_of

LABELS = {"coffee.jpg": "espresso", "camera.jpg": "tripod", "chelsea.jpg": "egyptian cat", "rocket.jpg": "missile"}

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("VEDETTE_HOME", str(settings.home))
    monkeypatch.setenv("VEDETTE_CACHE", str(settings.cache))
    return lambda *words: CliRunner().invoke(app_of(evaluate), [str(word) for word in words])


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
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["images"], report["top5"]) == (4, 1.0)
    assert (report["pipeline"], report["model"], report["source"]) == ("standard@1", "lite0@1", "labels.csv")
    with (tmp_path / "out" / "report.csv").open(newline="") as opened:
        *rows, mean = csv.DictReader(opened)
    assert [row["Image_ID"] for row in rows] == list(LABELS)
    assert {row["Label"] for row in rows} == {"espresso", "tripod", "Egyptian cat", "missile"}
    assert float(mean["Accuracy"]) == pytest.approx(sum(float(row["Accuracy"]) for row in rows) / 4, abs=1e-5)
    assert sum(row["Predicted"] == row["Label"] for row in rows) / 4 == report["top1"] >= 0.75


def test_a_broken_picture_is_listed_and_the_rest_measured(run: Run, labels: Path, tmp_path: Path) -> None:
    (tmp_path / "coffee.jpg").write_bytes(b"")
    result = run(labels, "--output", tmp_path / "out")
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["images"] == 3
    assert report["unreadable"] == [{"image_id": "coffee.jpg", "reason": "empty", "detail": "the image holds no bytes"}]


def test_it_is_an_error_if_none_could_be_read(run: Run, labels: Path, tmp_path: Path) -> None:
    for name in LABELS:
        (tmp_path / name).write_text("no picture")
    result = run(labels, "--output", tmp_path / "out")
    assert result.exit_code == 1
    assert isinstance(result.exception, NothingReadable)
    assert str(result.exception).startswith("none of the 4 pictures could be recognised: coffee.jpg: the bytes are")
    assert not (tmp_path / "out").exists()


def test_unknown_labels_end_it_unless_left_out(run: Run, labels: Path, tmp_path: Path) -> None:
    with labels.open("a") as opened:
        opened.write("coffee.jpg,mug of the day\n")
    refused = run(labels, "--output", tmp_path / "out")
    assert isinstance(refused.exception, ConfigurationError)
    assert "mug of the day (coffee.jpg)" in str(refused.exception)
    assert run(labels, "--output", tmp_path / "out", "--ignore-unknown").exit_code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["images"], report["ignored_unknown"]) == (4, 1)
