"""Models in a bucket of a real S3 server, and their copies on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.errors import ConfigurationError, TransientError
from infra.objects.object_folder import ObjectFolder
from infra.settings.settings import Settings
from processors.models.repository.bucket import BucketRepository
from processors.models.repository.repositories import open_repository
from tests.contracts.model_repository_contract import ModelRepositoryContract
from tests.fakes.models import COLOURS, colour_model, write_colours
from tests.s3_server import running_s3

SECRET = "hush-hush-hush"  # noqa: S105 - a made-up key for a server of this test alone


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3")) as url:
        httpx.put(f"{url}/models", trust_env=False).raise_for_status()
        yield url


@pytest.fixture
def options(endpoint: str) -> dict[str, str]:
    return {"endpoint": endpoint, "region": "us-east-1", "access_key_id": "AKIATEST", "secret_access_key": SECRET}


@pytest.fixture
def bucket(options: dict[str, str]) -> ObjectFolder:
    """A prefix of its own for each test."""
    return ObjectFolder(f"s3://models/{uuid4().hex}/live", options, "VEDETTE_MODELS__S3")


@pytest.fixture
def repository(bucket: ObjectFolder, tmp_path: Path) -> BucketRepository:
    return BucketRepository(bucket, tmp_path / "cache")


class TestBucketRepository(ModelRepositoryContract):
    """The promises of every repository."""


class CountingFolder(ObjectFolder):
    """The real prefix, counting what is downloaded."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.downloads = 0

    def download(self, name: str, target: Path) -> bool:
        self.downloads += 1
        return super().download(name, target)


def test_a_model_is_fetched_once_however_many_load_it_first(options: dict[str, str], tmp_path: Path) -> None:
    bucket = CountingFolder(f"s3://models/{uuid4().hex}", options, "VEDETTE_MODELS__S3")
    repository = BucketRepository(bucket, tmp_path / "cache")
    repository.add("colours", 2, write_colours())
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: BucketRepository(bucket, tmp_path / "cache").load("colours", 2), range(16)))
    assert {files.onnx.read_bytes() for files in loaded} == {colour_model()}
    assert bucket.downloads == 1


def test_processes_that_load_a_model_first_at_once_all_get_it(
    bucket: ObjectFolder, repository: BucketRepository, options: dict[str, str], tmp_path: Path
) -> None:
    repository.add("colours", 2, write_colours())
    program = (
        "import sys, json, pathlib\n"
        "from infra.objects.object_folder import ObjectFolder\n"
        "from processors.models.repository.bucket import BucketRepository\n"
        "bucket = ObjectFolder(sys.argv[1], json.loads(sys.argv[2]), 'setting')\n"
        "print(BucketRepository(bucket, pathlib.Path(sys.argv[3])).load('colours', 2).card.id)\n"
    )
    text = str(options).replace("'", '"')
    command = [sys.executable, "-c", program, bucket.url, text, str(tmp_path / "shared")]
    loaders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [loader.communicate(timeout=120)[0].strip() for loader in loaders] == ["colours@2"] * 3


@pytest.mark.parametrize("damage", [b"", b"cut short", b"!" * 100_000])
def test_a_damaged_copy_is_fetched_anew(repository: BucketRepository, damage: bytes) -> None:
    repository.add("colours", 2, write_colours())
    repository.load("colours", 2).onnx.write_bytes(damage)
    assert repository.load("colours", 2).onnx.read_bytes() == colour_model()


def test_an_altered_model_in_the_bucket_is_refused_and_not_kept(
    bucket: ObjectFolder, repository: BucketRepository, tmp_path: Path
) -> None:
    repository.add("colours", 2, write_colours())
    bucket.write("colours/2/model.onnx", b"another")
    with pytest.raises(ConfigurationError, match=r"model\.onnx is not the file it should be: expected sha256"):
        repository.load("colours", 2)
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


@pytest.mark.parametrize("file", ["model.onnx", "names.txt"])
def test_a_file_that_is_missing_is_named(bucket: ObjectFolder, repository: BucketRepository, file: str) -> None:
    repository.add("colours", 2, write_colours())
    bucket.delete([f"colours/2/{file}"])
    with pytest.raises(ConfigurationError, match=f"{file} is missing"):
        repository.load("colours", 2)


def test_a_file_of_several_pieces_arrives_whole(bucket: ObjectFolder, tmp_path: Path) -> None:
    content = os.urandom(35_000_000)
    bucket.write("large", content)
    assert bucket.download("large", tmp_path / "large")
    assert (tmp_path / "large").read_bytes() == content


def test_the_settings_name_the_bucket_and_its_credentials(options: dict[str, str], tmp_path: Path) -> None:
    place = f"s3://models/{uuid4().hex}"
    for section in ("models", "sources"):
        sections: dict[str, Any] = {"models": {"repository": place}, "sources": {}}
        sections[section]["s3"] = options
        repository = open_repository(Settings(home=tmp_path, cache=tmp_path / "cache", **sections))
        repository.add("colours", 2, write_colours())
        assert repository.load("colours", 2).labels == COLOURS
        assert repository.list_models() == [("colours", 2), ("lite0", 1), ("lite0", 2)]
        assert repository.load("lite0", 1).onnx.parent == tmp_path / "cache" / "models" / "lite0" / "1"


def test_a_store_that_does_not_answer_will_be_asked_again(options: dict[str, str], tmp_path: Path) -> None:
    silent = ObjectFolder("s3://models/x", options | {"endpoint": "http://127.0.0.1:9"}, "VEDETTE_MODELS__S3")
    with pytest.raises(TransientError, match=r"s3://models/x does not answer .*VEDETTE_MODELS__S3") as failed:
        BucketRepository(silent, tmp_path).load("colours", 2)
    assert "127.0.0.1" not in str(failed.value)


def test_a_bucket_that_is_not_there_is_said_so(options: dict[str, str], tmp_path: Path) -> None:
    nowhere = ObjectFolder("s3://nowhere/x", options, "VEDETTE_MODELS__S3")
    with pytest.raises(ConfigurationError, match="there is no such bucket"):
        BucketRepository(nowhere, tmp_path).add("colours", 2, write_colours())
    with pytest.raises(ConfigurationError, match="there is no such bucket"):
        BucketRepository(nowhere, tmp_path).list_models()


def test_an_option_that_is_none_is_named_and_no_secret_told(options: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="VEDETTE_MODELS__S3 holds an unknown") as refused:
        ObjectFolder("s3://models", options | {"colour": "blue"}, "VEDETTE_MODELS__S3")
    assert SECRET not in str(refused.value)
