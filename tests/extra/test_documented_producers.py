"""The JavaScript and Java of the how-to guides run as they stand there, each with its own client."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from infra.embedded.servers.jars import JarCache
from infra.kafka.topic_setup import create_topics
from infra.settings.settings import Settings
from schemas.topics import IMAGE_REFERENCES
from schemas.wire import parse_reference
from tests.examples import examples
from tests.places import ROOT
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail

GUIDES = ROOT / "docs" / "how-to"


@pytest.fixture
def folder(stack: RunningStack, tmp_path: Path) -> Path:
    """A folder in which the embedded platform's home is called as in the guides."""
    create_topics(stack.settings.kafka)
    (tmp_path / ".vedette").symlink_to(stack.settings.home)
    return tmp_path


@pytest.fixture
def references(folder: Path, stack: RunningStack) -> Iterator[TopicTail]:
    with TopicTail(stack.settings.kafka, IMAGE_REFERENCES) as tail:
        yield tail


def test_the_javascript_of_the_guide_publishes_a_reference(
    kafkajs_modules: Path, folder: Path, references: TopicTail
) -> None:
    [example] = examples("js", page=GUIDES / "publish-from-javascript.md")
    (folder / "publish.js").write_text(example.text)
    run(["node", "publish.js"], folder, NODE_PATH=str(kafkajs_modules))
    assert published(references) == "s3://shop-photos/a.jpg"


def test_the_java_of_the_guide_publishes_a_reference(folder: Path, references: TopicTail) -> None:
    [example] = examples("java", page=GUIDES / "publish-from-java.md")
    (folder / "Publish.java").write_text(example.text)
    jars = ":".join(map(str, JarCache(Settings().cache / "jars").fetch("kafka")))
    run(["javac", "-cp", jars, "Publish.java"], folder)
    run(["java", "-cp", f"{jars}:.", "Publish"], folder)
    assert published(references) == "s3://shop-photos/a.jpg"


def published(references: TopicTail) -> str:
    [message] = references.read(1)
    return parse_reference(message.value()).uri


def run(program: Sequence[str], folder: Path, **more: str) -> None:
    environment: Mapping[str, str] = {**os.environ, **more}
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
