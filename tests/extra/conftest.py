"""Servers and tools that are not ours, installed once into the cache with Go, Node and pip, and run for the tests."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.settings.settings import Settings
from tests.child_servers import free_port, running

FAKE_GCS = "github.com/fsouza/fake-gcs-server@v1.56.1"
AZURITE = "azurite@3.35.0"
KAFKAJS = "kafkajs@2.2.4"
EVENTSOURCE = "eventsource@2.0.2"
STANDARDWEBHOOKS = "standardwebhooks@1.1.1"
ASYNCAPI_PARSER = "@asyncapi/parser@3.6.6"
DDDDOCR = "ddddocr==1.6.1"
SELENIUM = "selenium==4.51.0"
CONFLUENT_SERIALIZERS = "confluent-kafka[json,schemaregistry]==2.12.2"


@pytest.fixture(scope="session")
def parts() -> Path:
    """The folder that installed servers are kept in from run to run."""
    folder = Settings().cache / "test-parts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def fake_gcs_program(parts: Path) -> Path:
    folder = parts / FAKE_GCS.rpartition("/")[2]
    program = folder / "fake-gcs-server"
    if not program.exists():
        install("go", "install", FAKE_GCS, GOBIN=str(folder))
    return program


@pytest.fixture(scope="session")
def azurite_program(parts: Path) -> Path:
    folder = parts / AZURITE
    program = folder / "node_modules" / ".bin" / "azurite-blob"
    if not program.exists():
        folder.mkdir(exist_ok=True)
        install("npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", AZURITE)
    return program


@pytest.fixture(scope="session")
def kafkajs_modules(parts: Path) -> Path:
    return node_modules(parts, KAFKAJS, "kafkajs")


@pytest.fixture(scope="session")
def eventsource_modules(parts: Path) -> Path:
    return node_modules(parts, EVENTSOURCE, "eventsource")


@pytest.fixture(scope="session")
def standardwebhooks_modules(parts: Path) -> Path:
    return node_modules(parts, STANDARDWEBHOOKS, "standardwebhooks")


@pytest.fixture(scope="session")
def asyncapi_modules(parts: Path) -> Path:
    return node_modules(parts, ASYNCAPI_PARSER, "@asyncapi/parser")


@pytest.fixture(scope="session")
def confluent_python(parts: Path) -> Path:
    """A Python of its own that has Confluent's serializers, which the platform does not need."""
    return python_with(parts / "confluent-serializers", CONFLUENT_SERIALIZERS)


@pytest.fixture(scope="session")
def selenium_python(parts: Path) -> Path:
    """A Python of its own that can drive a browser."""
    return python_with(parts / SELENIUM, SELENIUM)


@pytest.fixture(scope="session")
def foreign_detector(parts: Path) -> bytes:
    """The detector inside ddddocr's wheel (MIT), as ONNX; the package itself is not installed."""
    folder = parts / DDDDOCR
    if not list(folder.glob("*.whl")):
        install(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), DDDDOCR)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.read("ddddocr/common_det.onnx")


@pytest.fixture(scope="session")
def gcs_url(fake_gcs_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Google Cloud Storage server listens."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        str(fake_gcs_program), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory",
        "-external-url", url, "-public-host", f"127.0.0.1:{port}",
    ]  # fmt: skip
    with running(command, f"{url}/storage/v1/b", tmp_path_factory.mktemp("gcs") / "server.log"):
        yield url


@pytest.fixture(scope="session")
def azure_url(azurite_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an Azure Blob Storage server listens."""
    port = free_port()
    folder = tmp_path_factory.mktemp("azure")
    command = [
        str(azurite_program), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder / "data"),
        "--skipApiVersionCheck", "--disableTelemetry", "--silent",
    ]  # fmt: skip
    with running(command, f"http://127.0.0.1:{port}", folder / "server.log"):
        yield f"http://127.0.0.1:{port}"


def install(program: str, *arguments: str, **environment: str) -> None:
    """Run an installer to its end; fails the test, with the reason, where it is missing or does not succeed."""
    assert shutil.which(program), f"{program} is not installed; these tests need Go and Node"
    done = subprocess.run(
        [program, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def node_modules(parts: Path, package: str, name: str) -> Path:
    """Install an npm package into a folder of its own, once, and return where Node finds it."""
    folder = parts / package.replace("/", "-")
    if not (folder / "node_modules" / name / "package.json").exists():
        folder.mkdir(exist_ok=True)
        install("npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", package)
    return folder / "node_modules"


def python_with(folder: Path, package: str) -> Path:
    """Return a Python of an environment in ``folder`` that has this package."""
    python, installed = folder / "bin" / "python", folder / "installed"
    if not installed.exists():
        install(sys.executable, "-m", "venv", str(folder))
        install(str(python), "-m", "pip", "install", "--quiet", package)
        installed.touch()
    return python
