"""The plain loop recognises what workers would, and says how fast."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from infra.settings.settings import Settings
from processors.bench.plain_loop import Part, run_plain_loop
from processors.imaging.picture_folder import find_pictures
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline
from schemas.answers import LabelsAnswer
from schemas.images import Feature
from tests.fakes.pictures import encoded, scene
from tests.places import ROOT


def command(*words: str, settings: Settings) -> "subprocess.CompletedProcess[str]":
    environment = {"VEDETTE_HOME": str(settings.home), "VEDETTE_CACHE": str(settings.cache), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", *words],
        capture_output=True, text=True, timeout=120, check=True, cwd=ROOT, env=environment,
    )  # fmt: skip


def test_each_picture_gets_the_label_that_a_worker_would_give(
    pictures: Path, settings: Settings, pipeline: LoadedPipeline
) -> None:
    report = run_plain_loop(pictures, None, settings)
    assert report.images == len(report.labels) == 6
    for name, (label, confidence) in report.labels.items():
        answer = pipeline.answer([pipeline.decode((pictures / name).read_bytes())], [FeatureRequest()])[0].labels
        assert isinstance(answer, LabelsAnswer)
        assert (answer.labels[0].name, answer.labels[0].confidence) == (label, pytest.approx(confidence, abs=1e-4))


def test_the_folder_is_gone_through_again_until_the_count_is_reached(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "a.PNG").write_bytes(encoded(scene(40, 40), "PNG"))
    (tmp_path / "deeper" / "b.jpg").write_bytes(encoded(scene(40, 40, seed=1)))
    (tmp_path / "notes.txt").write_text("no picture")
    report = run_plain_loop(tmp_path, 7, settings)
    assert (report.images, set(report.labels)) == (7, {"a.PNG", "deeper/b.jpg"})
    assert report.images_per_s == pytest.approx(7 / report.seconds)
    assert report.cpu_ms_per_image > 0


@pytest.mark.parametrize("part", ["decoding", "inference"])
def test_one_half_alone_is_measured_and_tells_no_labels(pictures: Path, settings: Settings, part: Part) -> None:
    half = run_plain_loop(pictures, 13, settings, part)
    assert (half.images, half.labels) == (13, {})
    assert half.images_per_s == pytest.approx(13 / half.seconds)


def test_only_the_features_that_are_asked_for_are_answered(pictures: Path, settings: Settings) -> None:
    assert run_plain_loop(pictures, 2, settings, features=[Feature.HASH]).labels == {}
    assert len(run_plain_loop(pictures, 2, settings, features=[Feature.HASH, Feature.LABELS]).labels) == 2


def test_a_folder_without_pictures_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no pictures in"):
        find_pictures(tmp_path)


def test_a_picture_that_cannot_be_decoded_is_named(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(ConfigurationError, match=r"broken\.jpg: text is not read.*: take it out of the folder"):
        run_plain_loop(tmp_path, 1, settings)


def test_the_command_prints_one_json_object(tmp_path: Path, pictures: Path, settings: Settings) -> None:
    shutil.copy(pictures / "chelsea.jpg", tmp_path)
    finished = command("plain-loop", str(tmp_path), "--count", "3", "--json", settings=settings)
    report = json.loads(finished.stdout)
    assert (report["images"], list(report["labels"])) == (3, ["chelsea.jpg"])


def test_preparing_the_models_says_where_they_are(settings: Settings) -> None:
    finished = command("models", "prepare", "--minimal", settings=settings)
    folder = settings.cache / "models" / "lite0"
    assert finished.stdout == f"model lite0@1 is in {folder / '1'}\nmodel lite0@2 is in {folder / '2'}\n"


def test_the_command_line_loads_no_models_library_before_it_is_needed() -> None:
    heavy = "{'numpy', 'onnxruntime', 'faust', 'PIL'}"
    program = f"import sys, processors.workers.commands; print(sorted({heavy} & set(sys.modules)))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert finished.stdout == "[]\n"
