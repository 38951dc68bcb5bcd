"""The Python of the how-to guide runs as it stands there: it publishes a reference and reads an outcome."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.kafka.topic_setup import create_topics
from schemas.topics import IMAGE_REFERENCES
from schemas.wire import parse_reference
from tests.examples import examples
from tests.places import ROOT
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail

GUIDE = ROOT / "docs" / "how-to" / "publish-from-python.md"
PUBLISH, READ = examples("python", page=GUIDE)


@pytest.fixture
def folder(stack: RunningStack, tmp_path: Path) -> Path:
    """A folder in which the embedded platform's home is called as in the guide."""
    create_topics(stack.settings.kafka)
    (tmp_path / ".vedette").symlink_to(stack.settings.home)
    return tmp_path


def test_the_producer_of_the_guide_publishes_a_reference(stack: RunningStack, folder: Path) -> None:
    with TopicTail(stack.settings.kafka, IMAGE_REFERENCES) as references:
        assert run(PUBLISH.text, folder) == ""
        [message] = references.read(1)
    assert parse_reference(message.value()).uri == "s3://shop-photos/a.jpg"


def test_the_consumer_of_the_guide_tells_what_there_is(folder: Path) -> None:
    assert run(READ.text, folder)


def run(program: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
