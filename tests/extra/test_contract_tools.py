"""The contract holds for other people's tools: AsyncAPI's own parser, and Confluent's own serializer."""

import base64
import os
import subprocess
from pathlib import Path

import orjson

from producers.contract.commands import FOLDER
from schemas.wire import parse_reference

FOREIGN = Path(__file__).parents[1] / "foreign"
VALUE = {"owner": "shop", "uri": "s3://shop/a.jpg", "metadata": {"camera": 2}}


def test_asyncapis_parser_finds_no_fault_in_the_document(asyncapi_modules: Path) -> None:
    done = subprocess.run(
        ["node", str(FOREIGN / "asyncapi_check.js"), str(FOLDER / "asyncapi.yaml")],
        env={**os.environ, "NODE_PATH": str(asyncapi_modules)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert orjson.loads(done.stdout) == {"version": "3.0.0", "problems": []}


def test_what_confluents_serializer_writes_is_a_reference(confluent_python: Path) -> None:
    done = subprocess.run(
        [
            str(confluent_python), str(FOREIGN / "confluent_serializer.py"),
            str(FOLDER / "image-reference.schema.json"),
        ],
        input=orjson.dumps(VALUE),
        capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    written = base64.b64decode(done.stdout)
    assert written[:1] == b"\0"
    assert parse_reference(written) == parse_reference(orjson.dumps(VALUE))
