"""``make taken-away``: each topic, table, index, alias and folder is taken away while the platform runs.

For each it is told what the API and the workers say meanwhile, which command brings it back, and how long after that a
new picture is recognised and found. Exit code 1 if anything answered 500, if a process ended, or if a picture was not
found in the end.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
from confluent_kafka.admin import AdminClient
from rich.console import Console
from rich.table import Column, Table

from infra.cassandra.migrations import read_migrations
from infra.cassandra.session import CassandraSession
from infra.embedded.homes.home import Home
from infra.embedded.platform import PARTS
from infra.kafka.event_bus import client_configuration
from infra.settings.servers import CassandraSettings
from schemas.topics import ACTIVITY, TOPICS
from tests.platforms import RunningPlatform, platform_with_pictures
from tests.stacks import embedded_stack

OWNER = "taken"
LONGEST_S = 240.0
OWN_TABLES = frozenset({"schema_migrations", "schema_lock"})
# What a caller asks; every part of the platform is behind one of these.
QUESTIONS = (
    "/v1/images?owner=taken",
    "/v1/images/known?owner=taken",
    "/v1/results?limit=1",
    "/v1/search?q=espresso",
    "/v1/dead-letters?limit=1",
    "/v1/activity?limit=1",
    "/v1/audit?limit=1",
    "/v1/status",
    "/v1/pipelines",
    "/readyz",
)


@dataclass(frozen=True)
class Case:
    """Something that is taken away, how, and the commands that bring it back."""

    what: str
    take: Callable[[RunningPlatform], None]
    commands: tuple[tuple[str, ...], ...]
    ends: tuple[str, ...] = ()
    """Workers that end by design, so that they begin anew: whatever restarts them does the rest."""


@dataclass
class Told:
    """What was seen of one case."""

    case: Case
    answers: dict[str, str] = field(default_factory=dict)
    workers: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    back_after_s: float | None = None


def cases(platform: RunningPlatform) -> Iterator[Case]:
    """Yield every case, those that lose the account last."""
    for topic in TOPICS:
        # What they have in hand belongs to a topic that is no more.
        ends = ("audit", "activity") if topic.name == ACTIVITY else ()
        yield Case(f"topic {topic.name}", _deleting(topic.name), (("migrate",),), ends)
    index, activity = platform.settings.elasticsearch.index, platform.settings.activity.index
    yield Case(f"index {index}", _removing_index(index), (("rebuild", "index"),))
    yield Case(f"alias {index}", _removing_alias(index), (("migrate",),))
    yield Case(f"index {activity}", _removing_index(activity), (("migrate",),))
    yield Case(f"alias {activity}", _removing_alias(activity), (("migrate",),))
    for folder in ("uploads", "models", "run", "logs"):
        yield Case(f"folder {folder}", _removing_folder(folder), ())
    for table in sorted({table for migration in read_migrations() for table in migration.tables} | OWN_TABLES):
        yield Case(f"table {table}", _dropping(table), (("migrate",),))
    yield Case("keyspace", _dropping_keyspace, (("migrate",),))


def _deleting(topic: str) -> Callable[[RunningPlatform], None]:
    def take(platform: RunningPlatform) -> None:
        admin = AdminClient({**client_configuration(platform.settings.kafka), "log_level": 0})
        admin.delete_topics([topic])[topic].result(timeout=60)

    return take


def _dropping(table: str) -> Callable[[RunningPlatform], None]:
    def take(platform: RunningPlatform) -> None:
        asyncio.run(_drop(platform.settings.cassandra, f"TABLE {{keyspace}}.{table}"))

    return take


async def _drop(settings: CassandraSettings, what: str) -> None:
    session = await CassandraSession.connect_without_keyspace(settings)
    await session.execute_unprepared(f"DROP {what}")
    await session.close()


def _dropping_keyspace(platform: RunningPlatform) -> None:
    asyncio.run(_drop(platform.settings.cassandra, "KEYSPACE {keyspace}"))


def _removing_index(alias: str) -> Callable[[RunningPlatform], None]:
    def take(platform: RunningPlatform) -> None:
        for name in _ask_index(platform, "GET", f"/_alias/{alias}"):
            _ask_index(platform, "DELETE", f"/{name}")

    return take


def _removing_alias(alias: str) -> Callable[[RunningPlatform], None]:
    def take(platform: RunningPlatform) -> None:
        for name in _ask_index(platform, "GET", f"/_alias/{alias}"):
            _ask_index(platform, "DELETE", f"/{name}/_alias/{alias}")

    return take


def _removing_folder(name: str) -> Callable[[RunningPlatform], None]:
    def take(platform: RunningPlatform) -> None:
        shutil.rmtree(platform.settings.home / name, ignore_errors=True)

    return take


def _ask_index(platform: RunningPlatform, method: str, path: str) -> dict[str, object]:
    answer = httpx.request(method, platform.settings.elasticsearch.urls[0] + path, timeout=60)
    answer.raise_for_status()
    return dict(answer.json())


class Trial:
    """Takes one thing away after the other, and brings each back."""

    def __init__(self, platform: RunningPlatform, settle_s: float) -> None:
        self._platform = platform
        self._settle_s = settle_s
        self._home = Home(platform.settings.home)
        self._email = ""
        self._ensure_account()

    def run(self, case: Case) -> Told:
        told = Told(case)
        marks = {part.name: self._log(part.name).stat().st_size for part in PARTS if self._log(part.name).exists()}
        with self._platform.client(self._email) as client:
            case.take(self._platform)
            self._ask(client, told)
            time.sleep(self._settle_s)
            self._ask(client, told)
        self._listen(told, marks)
        for command in case.commands:
            self._platform.platform.run(*command)
        self._ensure_account()
        self._await_back(told)
        for name in [part.name for part in PARTS if not self._platform.is_running(part.name)]:
            self._platform.restart(name)
            if name in case.ends:
                told.workers[name] = f"ended, and was started again; {told.workers.get(name, '')}"
            else:
                told.faults.append(f"{name} has ended")
        return told

    def _ask(self, client: httpx.Client, told: Told) -> None:
        submission = {"owner": OWNER, "images": [self._reference(f"meanwhile-{uuid4().hex[:8]}")]}
        self._note(told, "POST /v1/images", client.post("/v1/images", json=submission))
        picture = (self._platform.pictures / "rocket.jpg").read_bytes()
        self._note(told, "POST upload", client.post(f"/v1/images/upload?owner={OWNER}", content=picture))
        for question in QUESTIONS:
            self._note(told, question.partition("?")[0], client.get(question))

    def _note(self, told: Told, question: str, answer: httpx.Response) -> None:
        if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            told.faults.append(f"{question}: 500")
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            told.answers[question] = f"{answer.status_code} {answer.json().get('detail', answer.text)}"

    def _listen(self, told: Told, marks: dict[str, int]) -> None:
        """Note the last reason that each process gave for waiting or ending."""
        for name, mark in marks.items():
            if not self._log(name).exists():
                continue
            with self._log(name).open("rb") as log:
                log.seek(mark)
                for line in log:
                    if reason := _reason_in(line):
                        told.workers[name] = reason

    def _await_back(self, told: Told) -> None:
        name, began = f"after-{uuid4().hex[:8]}", time.monotonic()
        with self._platform.client(self._email) as client:
            submission = {"owner": OWNER, "images": [self._reference(name), self._reference("known")]}
            while time.monotonic() - began < LONGEST_S:
                if client.post("/v1/images", json=submission).status_code == httpx.codes.ACCEPTED:
                    break
                time.sleep(0.5)
            while time.monotonic() - began < LONGEST_S:
                if _is_found(client, name):
                    told.back_after_s = time.monotonic() - began
                    return
                time.sleep(0.5)
        told.faults.append(f"no answer within {LONGEST_S:.0f} s")

    def _reference(self, name: str) -> dict[str, str]:
        return {"uri": (self._platform.pictures / "coffee.jpg").as_uri(), "image_id": name}

    def _ensure_account(self) -> None:
        """Make another account, and the workspace where that was lost: with one table gone, half an account is left."""
        self._email = f"anna-{uuid4().hex[:8]}@taken.example"
        self._platform.create_account(self._email, OWNER, role="admin", allow=(self._allowed,))

    @property
    def _allowed(self) -> str:
        return f"{self._platform.pictures.as_uri()}/"

    def _log(self, name: str) -> Path:
        return self._home.log(name)


def _reason_in(line: bytes) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    told = entry.get("reason") or entry.get("error") or entry.get("why") or entry.get("problem")
    return f"{entry.get('event', entry.get('message'))}: {told}" if told else None


def _is_found(client: httpx.Client, name: str) -> bool:
    image = client.get(f"/v1/images/{name}?owner={OWNER}")
    found = client.get(f"/v1/results?owner={OWNER}&label=espresso&limit=100")
    if image.status_code != httpx.codes.OK or found.status_code != httpx.codes.OK:
        return False
    return image.json()["status"] == "recognised" and name in {one["image_id"] for one in found.json()["items"]}


def table_of(told: Sequence[Told]) -> Table:
    table = Table("taken away", Column("the API says", ratio=3), Column("workers say", ratio=3), "brought back by", "s")
    for one in told:
        answers = "\n".join(dict.fromkeys(one.answers.values())) or "answers everything"
        workers = "\n".join(f"{name}: {reason}" for name, reason in one.workers.items())
        commands = "\n".join(f"vedette {' '.join(command)}" for command in one.case.commands) or "itself"
        seconds = "" if one.back_after_s is None else f"{one.back_after_s:.0f}"
        faults = "".join(f"\nFAULT: {fault}" for fault in one.faults)
        table.add_row(one.case.what, answers + faults, workers, commands, seconds)
    return table


@contextmanager
def running_trial(settle_s: float) -> Iterator[tuple[RunningPlatform, Trial]]:
    """Run a platform of its own in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="taken-away-") as folder:
        pictures = Path(folder, "pictures")
        pictures.mkdir()
        with embedded_stack(Path(folder, "home")) as stack, platform_with_pictures(stack, pictures) as platform:
            yield platform, Trial(platform, settle_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", help="Only cases whose name holds this; may be given again.")
    parser.add_argument("--settle", type=float, default=15.0, help="Seconds until it is asked again, meanwhile.")
    arguments = parser.parse_args()
    console = Console(width=200)
    with running_trial(arguments.settle) as (platform, trial):
        told = []
        for case in cases(platform):
            if any(part in case.what for part in arguments.only or [""]):
                told.append(trial.run(case))
                console.print(f"{case.what}: {told[-1].back_after_s or 0:.0f} s {told[-1].faults or ''}")
    console.print(table_of(told))
    sys.exit(1 if any(one.faults for one in told) else 0)


if __name__ == "__main__":
    main()
