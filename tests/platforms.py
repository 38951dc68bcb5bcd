"""The whole platform for tests: real servers, one worker of each kind and the API, each its own process."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Producer

from infra.cassandra.accounts.accounts import AccountStore
from infra.embedded.homes.home import Home
from infra.embedded.platform import PARTS, Platform, PlatformPart
from infra.embedded.processes import ServerProcess
from infra.embedded.reports import tell_nobody
from infra.kafka.event_bus import client_configuration
from infra.settings.settings import Settings
from processors.pictures import DEMO_PICTURES as PICTURES
from schemas.access.accounts import Workspace
from schemas.images import ImageIdentity
from schemas.topics import IMAGE_REFERENCES
from tests.s3_server import running_s3
from tests.stacks import RunningStack, kafka_variables
from tests.workers import skip_backlog

PASSWORD = "a long enough passphrase 7"  # noqa: S105 - an account of this test run alone
ANSWER_TIMEOUT_S = 240.0
S3_OPTIONS = {"access_key_id": "test", "secret_access_key": PASSWORD, "region": "us-east-1", "allow_http": "true"}


@dataclass
class RunningPlatform:
    """The platform, and the ways in which tests use it."""

    platform: Platform
    settings: Settings
    pictures: Path
    s3_url: str

    def publish_raw(self, value: bytes, *, topic: str = IMAGE_REFERENCES, codec: str = "none") -> None:
        """Publish one message as a bare producer does."""
        producer = Producer({**client_configuration(self.settings.kafka), "compression.type": codec})
        producer.produce(topic, value)
        assert producer.flush(30) == 0

    def publish(self, **reference: Any) -> None:
        self.publish_raw(json.dumps(reference).encode())

    def restart(self, name: str) -> None:
        """Start one part again after it was killed."""
        self.platform.start_part(part(name), tell_nobody)

    def is_running(self, name: str) -> bool:
        return ServerProcess(Home(self.settings.home), name).find() is not None

    def token(self, email: str) -> str:
        answer = httpx.post(f"{self.url}/v1/auth/token", json={"email": email, "password": PASSWORD}, timeout=30)
        assert answer.status_code == httpx.codes.OK, answer.text
        return str(answer.json()["access_token"])

    def client(self, email: str) -> httpx.Client:
        """Return a client that is logged in as ``email``."""
        headers = {"Authorization": f"Bearer {self.token(email)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def create_account(self, email: str, workspace: str, *, role: str = "user", allow: tuple[str, ...] = ()) -> None:
        """Create an account by the command that administrators use."""
        allowed = [argument for prefix in allow for argument in ("--allow", prefix)]
        self.platform.run(
            *("admin", "create", "--email", email, "--workspace", workspace, "--role", role, *allowed),
            environment={"VEDETTE_ADMIN_PASSWORD": PASSWORD},
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.api.port}"


@contextmanager
def running_platform(
    stack: RunningStack, pictures: Path, s3_url: str, settings: Mapping[str, str] | None = None
) -> Iterator[RunningPlatform]:
    """Migrate ``stack`` and run the platform on it, with more ``settings``; files may be beneath ``pictures``."""
    environment = {
        "VEDETTE_SOURCES__FILE_ROOTS": str(pictures),
        "VEDETTE_SOURCES__ATTEMPTS": "1",
        "VEDETTE_MODELS__REPOSITORY": str(stack.settings.home / "models"),
        "VEDETTE_SOURCES__S3": json.dumps({**S3_OPTIONS, "endpoint": s3_url}),
        "VEDETTE_SOURCES__BUCKET_OWNERS": json.dumps({"photos": "bucket-owner"}),
        **kafka_variables(stack.settings.kafka),
        **(settings or {}),
    }
    platform = Platform(stack.settings, environment)
    platform.migrate()
    skip_backlog(stack.settings)
    try:
        platform.start(tell_nobody)
        yield RunningPlatform(platform, Settings(home=stack.settings.home), pictures, s3_url)
    finally:
        platform.stop(tell_nobody)


@contextmanager
def platform_with_pictures(stack: RunningStack, folder: Path) -> Iterator[RunningPlatform]:
    """Run the platform with the six demonstration pictures in ``folder``.

    All tests of a run share them, and some publish the whole folder: whoever needs another picture puts it into a
    folder of its own beneath.
    """
    for picture in PICTURES.glob("*.jpg"):
        shutil.copy(picture, folder)
    given = pictures_in(folder)
    with running_s3(folder.parent) as s3_url, running_platform(stack, folder, s3_url) as platform:
        yield platform
    assert pictures_in(folder) == given, "a test changed the pictures that all of them share"


def pictures_in(folder: Path) -> dict[str, bytes]:
    """Return the pictures right in ``folder``, not those in folders beneath."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


async def create_workspace(settings: Settings, name: str, *prefixes: str) -> None:
    """Create a workspace without an account."""
    accounts = await AccountStore.connect(settings.cassandra)
    try:
        workspace = Workspace(id=name, name=name, allowed_prefixes=prefixes, created_at=datetime.now(UTC))
        await accounts.create_workspace(workspace)
    finally:
        await accounts.close()


def part(name: str) -> PlatformPart:
    return next(part for part in PARTS if part.name == name)


def key_of(owner: str, image_id: str) -> str:
    return ImageIdentity(owner=owner, image_id=image_id).image_key


def eventually(look: Callable[[], Any], *, timeout_s: float = ANSWER_TIMEOUT_S) -> Any:
    """Return what ``look`` finds as soon as that is true; fails with its last answer after ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {timeout_s:.0f} s"
        time.sleep(0.1)
    return found


def outcome(client: httpx.Client, image_id: str) -> dict[str, Any]:
    """Wait until the image has an outcome and return what the API says of it."""

    def look() -> dict[str, Any] | None:
        answer = client.get(f"/v1/images/{image_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        view: dict[str, Any] = answer.raise_for_status().json()
        return view if view["status"] != "pending" else None

    view: dict[str, Any] = eventually(look)
    return view
