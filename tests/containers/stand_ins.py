"""Builds stand-ins for those official images that cannot be pulled, under their names, on this machine alone.

They are not the official images. They hold the same published jars that the embedded stack runs, Debian's Java and
Python, and scripts of our own that honour what ``compose.yaml`` and the tests use of the images: variables, folders,
users, volumes, commands. Run as root on Debian 12: ``python -m tests.containers.stand_ins``.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from jgo.maven import MavenContext

import infra
from infra.embedded.servers.cassandra import EXPORTS, OPENS
from infra.embedded.servers.elasticsearch import LOG4J_PROPERTIES, MAIN, OPTIONS, TRANSPORT, TRANSPORT_DESCRIPTORS
from infra.embedded.servers.jars import JarCache, default_repositories
from infra.settings.settings import Settings
from tests.stacks import CASSANDRA_IMAGE, ELASTICSEARCH_IMAGE, KAFKA_IMAGE

PYTHON_IMAGE = "python:3.11-slim"
BASE_IMAGE = "vedette-stand-in"
LABEL = "stand-in"
RECIPES = Path(__file__).parent / "images"
REPOSITORY = Path(infra.__file__).parents[1]
PACKAGES = "ca-certificates,curl,iproute2,procps,python3,python3-pip,python3-venv,openjdk-17-jre-headless"
APT_SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
# How this machine reaches its registries: part of the stand-ins, never of the project.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PIP_CONFIGURATION = Path("/etc/pip.conf")
# The command line tools are no part of the broker's own jars.
KAFKA_TOOLS = "org.apache.kafka:kafka-tools:" + KAFKA_IMAGE.partition(":")[2]
PULL_TIMEOUT_S = 120


def main() -> None:
    wanted = [image for image in PREPARE if not (is_here(image) or is_pulled(image))]
    if wanted and not is_here(BASE_IMAGE):
        build_base()
    for image in wanted:
        sys.stdout.write(f"{image} cannot be pulled: building a stand-in, which is not the official image\n")
        build(image, PREPARE[image])


def is_here(image: str) -> bool:
    return docker("image", "inspect", image, quiet=True) == 0


def is_pulled(image: str) -> bool:
    try:
        return docker("pull", image, quiet=True, timeout_s=PULL_TIMEOUT_S) == 0
    except subprocess.TimeoutExpired:
        return False


def docker(*arguments: str, quiet: bool = False, timeout_s: float | None = None) -> int:
    output = subprocess.DEVNULL if quiet else None
    # The classic builder is enough for these recipes, and is in every engine.
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    return subprocess.run(
        ["docker", *arguments], stdout=output, stderr=output, env=environment, timeout=timeout_s, check=False
    ).returncode


def build_base() -> None:
    """Make a Debian 12 of this machine's own packages, with its certificates and pip's configuration."""
    sources = next(str(path) for path in APT_SOURCES if path.is_file())
    with TemporaryDirectory() as folder:
        archive = str(Path(folder) / "base.tar")
        extra = [f"--aptopt={option}" for option in apt_options()]
        copies = [f"--customize-hook=copy-in {path} {path.parent}" for path in local_files()]
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", *extra, *copies]
        subprocess.run([*command, "bookworm", archive, sources], check=True)
        if docker("import", "--change", f"LABEL {LABEL}=vedette", archive, BASE_IMAGE):
            sys.exit("the base image cannot be imported")


def apt_options() -> list[str]:
    """Return how apt reaches its mirror here, in apt's own notation."""
    shown = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if line.startswith(("Acquire::Check-", "Acquire::http"))]


def local_files() -> list[Path]:
    return [path for path in (CERTIFICATES, PIP_CONFIGURATION) if path.is_file()]


def build(image: str, prepare: Callable[[Path], None]) -> None:
    with TemporaryDirectory() as folder:
        context = Path(folder) / "context"
        shutil.copytree(RECIPES / short_name(image), context)
        prepare(context)
        if docker("build", "--quiet", "--label", f"{LABEL}=vedette", "--tag", image, str(context)):
            sys.exit(f"the stand-in for {image} cannot be built")


def short_name(image: str) -> str:
    return image.partition(":")[0].rpartition("/")[2]


def prepare_python(_context: Path) -> None:
    """Everything is in the base."""


def prepare_kafka(context: Path) -> None:
    maven = MavenContext(remote_repos=default_repositories(), timeout=60)
    inputs, transitive = maven.resolver.resolve([maven.create_dependency(KAFKA_TOOLS)])
    tools = [dependency.artifact.resolve() for dependency in (*inputs, *transitive)]
    copy(jars("kafka"), context / "jars")
    copy([jar for jar in tools if not jar.name.startswith("slf4j-")], context / "jars")


def prepare_cassandra(context: Path) -> None:
    copy(jars("cassandra"), context / "jars")
    opened = [("--add-exports", EXPORTS), ("--add-opens", OPENS)]
    options = [
        f"{option} {module}/{package}=ALL-UNNAMED"
        for option, packages in opened
        for module, names in packages.items()
        for package in names
    ]
    (context / "conf" / "modules.options").write_text("\n".join(options))


def prepare_elasticsearch(context: Path) -> None:
    transport = [jar for jar in jars("elasticsearch") if jar.name.startswith(("netty-", f"{TRANSPORT}-"))]
    copy([jar for jar in jars("elasticsearch") if jar not in transport], context / "lib")
    module = context / "modules" / TRANSPORT
    copy(transport, module)
    with zipfile.ZipFile(next(module.glob(f"{TRANSPORT}-*.jar"))) as archive:
        for name in TRANSPORT_DESCRIPTORS:
            (module / name).write_bytes(archive.read(f"META-INF/es-plugins/{TRANSPORT}/{name}"))
    (context / "config").mkdir()
    (context / "config" / "log4j2.properties").write_text(LOG4J_PROPERTIES)
    (context / "config" / "jvm.options").write_text("\n".join(OPTIONS))
    shutil.copy(MAIN, context)
    (context / "requirements.txt").write_text("\n".join(locked("jpype1") + locked("packaging")))


def locked(package: str) -> list[str]:
    """Return the lines of the lock file, that of development with the embedded servers, that pin ``package``."""
    lines = (REPOSITORY / "requirements-dev.lock").read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
    return lines[first : last + 1]


def jars(server: str) -> list[Path]:
    return JarCache(Settings().cache / "jars").fetch(server)


def copy(files: list[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)


PREPARE: dict[str, Callable[[Path], None]] = {
    PYTHON_IMAGE: prepare_python,
    KAFKA_IMAGE: prepare_kafka,
    CASSANDRA_IMAGE: prepare_cassandra,
    ELASTICSEARCH_IMAGE: prepare_elasticsearch,
}

if __name__ == "__main__":
    main()
