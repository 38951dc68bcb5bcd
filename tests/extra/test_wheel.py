"""The wheel is all that an installation needs: no checkout, and nothing of the folder in which a command is run."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fakes.heic import heic
from tests.fakes.pictures import scene
from tests.places import ROOT

UV = Path(sys.executable).with_name("uv")
TIMEOUT_S = 900

pytestmark = pytest.mark.timeout(2 * TIMEOUT_S)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    [wheel] = folder.glob("vedette-*.whl")
    return wheel


@pytest.fixture
def foreign_folder(tmp_path: Path) -> Path:
    """A project of somebody else, whose modules have the names of ours."""
    folder = tmp_path / "project"
    for name in ("api", "infra", "processors", "producers", "schemas"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise SystemExit('a module of another project was run')\n")
    return folder


def install(wheel: Path, extras: str, folder: Path) -> Path:
    """Install the wheel, with what the lock file names, into an environment of its own; returns the command."""
    run([str(UV), "venv", "--quiet", "--python", sys.executable, str(folder)], ROOT)
    python = folder / "bin" / "python"
    options = ["--quiet", "--python", str(python), "--constraint", "requirements-dev.lock"]
    run([str(UV), "pip", "install", *options, f"vedette{extras} @ {wheel.as_uri()}"], ROOT)
    return folder / "bin" / "vedette"


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    ended = tried(command, folder, environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def tried(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VEDETTE_", "VIRTUAL_ENV"))}
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_the_wheel_holds_no_client_of_another_language(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "api/app.py" in names
    assert [name for name in names if name.startswith("api/clients")] == []


def test_a_demonstration_runs_from_the_wheel_in_a_folder_with_modules_of_the_same_names(
    wheel: Path, foreign_folder: Path, tmp_path: Path
) -> None:
    vedette = install(wheel, "[embedded]", tmp_path / "environment")
    shown = run(
        [str(vedette), "demo"], foreign_folder, PYTHONPATH=str(foreign_folder), VEDETTE_STATE=str(tmp_path / "s")
    )
    assert "tabby" in shown.stdout or "Egyptian cat" in shown.stdout, shown.stdout


def test_the_core_has_every_command_and_says_what_those_of_the_embedded_servers_need(
    wheel: Path, foreign_folder: Path, tmp_path: Path
) -> None:
    vedette = install(wheel, "", tmp_path / "environment")
    told = run([str(vedette), "--help"], foreign_folder, PYTHONPATH=str(foreign_folder)).stdout
    assert all(name in told for name in ("worker", "serve", "publish", "reconcile", "up", "demo"))
    refused = tried([str(vedette), "up", "--all"], foreign_folder, {})
    assert refused.returncode == 1
    assert "pip install 'vedette[embedded]'" in refused.stderr
    run([str(vedette), "worker", "--help"], foreign_folder)
    run([str(vedette), "contract", "--help"], foreign_folder)
    python = vedette.with_name("python")
    run([str(python), "-c", "import api.serving, processors.workers.recognise, producers.commands"], tmp_path)


READ_HEIC = """
import sys
from pathlib import Path
from infra.errors import Rejected
from processors.imaging.decoding.decode import decode
from processors.imaging.views import Crop
try:
    print(decode(Path(sys.argv[1]).read_bytes(), [Crop(64, 56)], 10**6).format)
except Rejected as rejected:
    print(rejected)
"""


@pytest.mark.parametrize(("extras", "told"), [("", "pip install 'vedette[heic]'"), ("[heic]", "HEIC")])
def test_heic_is_read_with_its_extra_and_named_without_it(wheel: Path, tmp_path: Path, extras: str, told: str) -> None:
    python = install(wheel, extras, tmp_path / "environment").with_name("python")
    picture = tmp_path / "picture.heic"
    picture.write_bytes(heic(scene(64, 64)))
    assert told in run([str(python), "-c", READ_HEIC, str(picture)], tmp_path).stdout
