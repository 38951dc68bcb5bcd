"""The JavaScript and Java of the how-to guides are programs as they stand there, against the clients that they name."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.embedded.servers.jars import JarCache
from infra.settings.settings import Settings
from tests.examples import examples


def test_node_reads_the_javascript(tmp_path: Path) -> None:
    programs = examples("js")
    assert len(programs) == 3
    for example in programs:
        (tmp_path / "program.js").write_text(example.text)
        run(["node", "--check", "program.js"], tmp_path)


def test_the_java_compiles_against_kafkas_own_client(tmp_path: Path) -> None:
    [example] = examples("java")
    (tmp_path / "Publish.java").write_text(example.text)
    jars = ":".join(map(str, JarCache(Settings().cache / "jars").fetch("kafka")))
    run(["javac", "-Xlint:all,-classfile", "-Werror", "-cp", jars, "Publish.java"], tmp_path)


def run(program: Sequence[str], folder: Path) -> None:
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
