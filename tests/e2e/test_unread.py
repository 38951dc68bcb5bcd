"""References and outcomes deleted before they were read, at each real worker: what is told, and what is counted.

On servers of its own: topics that other tests use are trimmed and made anew here.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from infra.kafka.event_bus import client_configuration
from infra.kafka.topic_facts import TopicFacts
from infra.kafka.topic_setup import create_topics
from processors.pictures import DEMO_PICTURES as PICTURES
from schemas.records.reconciliation import Reconciliation
from schemas.topics import ACTIVITY, DEAD_LETTERS, IMAGE_REFERENCES, RECOGNITION_RESULTS
from tests.platforms import RunningPlatform, eventually, running_platform
from tests.reconciliations import reconciled
from tests.stacks import running_stack

# The first test waits for servers of its own.
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

OWNER = "unread-shop"
ROOT = "root@example.com"
SETTLE_S = 400.0


class Trial:
    """The platform, whose topics are trimmed."""

    def __init__(self, platform: RunningPlatform) -> None:
        self.platform = platform
        self.settings = platform.settings
        self.admin = AdminClient(client_configuration(self.settings.kafka))
        self.facts = TopicFacts(self.settings.kafka)
        self.uri = (platform.pictures / "chelsea.jpg").as_uri()
        self.api = platform.client(ROOT)

    def close(self) -> None:
        self.api.close()

    def publish(self, prefix: str, count: int) -> None:
        for number in range(count):
            self.platform.publish(owner=OWNER, uri=self.uri, image_id=f"{prefix}-{number}")

    def submit(self, prefix: str, count: int) -> None:
        images = [{"uri": self.uri, "image_id": f"{prefix}-{number}"} for number in range(count)]
        answer = self.api.post("/v1/images", json={"owner": OWNER, "images": images})
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text

    def trim(self, topic: str) -> None:
        """Delete all that a topic holds."""
        places = self.facts.ask_partitions([topic])
        for deleted in self.admin.delete_records([TopicPartition(*place, -1) for place in places]).values():
            deleted.result(30)

    def make_anew(self, topic: str) -> None:
        self.admin.delete_topics([topic])[topic].result(30)
        eventually(lambda: not self.facts.ask_ids([topic]))
        create_topics(self.settings.kafka)
        eventually(lambda: self.facts.ask_ids([topic]))

    def kill(self, *workers: str) -> None:
        for worker in workers:
            self.platform.platform.kill(worker)

    def restart(self, *workers: str) -> None:
        for worker in workers:
            self.platform.restart(worker)

    def statuses(self, prefix: str, count: int | None = None) -> set[tuple[str, str | None]]:
        """Return what the API shows of the images ``prefix-0`` and so on, or of the one of that name."""
        names = [prefix] if count is None else [f"{prefix}-{number}" for number in range(count)]
        answers = [self.api.get(f"/v1/images/{name}", params={"owner": OWNER}) for name in names]
        # Of what the store has not read yet nothing is known.
        found = [answer.json() if answer.status_code == httpx.codes.OK else {"status": "unknown"} for answer in answers]
        return {(one["status"], one.get("reason")) for one in found}

    def letters(self, group: str) -> list[dict[str, object]]:
        """Return the open dead letters of what a group has missed."""
        query = {"reason": "expired_unread", "limit": 200}
        items = self.api.get("/v1/dead-letters", params=query).json()["items"]
        return [item for item in items if item["group"] == group]

    def missed(self, group: str, topic: str) -> int:
        told = [one for one in self.letters(group) if one["origin"]["topic"] == topic]  # type: ignore[index]
        return sum(one["last_offset"] - one["origin"]["offset"] + 1 for one in told)  # type: ignore[index,operator]

    def settled(self, arrived: Callable[[Reconciliation], bool]) -> Reconciliation:
        deadline = time.monotonic() + SETTLE_S
        while not arrived(found := reconciled(self.settings)):
            assert time.monotonic() < deadline, found
            time.sleep(1)
        return found

    def put_away(self) -> Reconciliation:
        """Discard what was told, so that the next trial begins with nothing open."""

        def is_put_away(found: Reconciliation) -> bool:
            # One group may tell what it has missed later than another: the list did not have that yet.
            if still_open := any(one.open for one in found.unread):
                self.platform.platform.run("dead-letters", "discard", "--all", "--reason", "expired_unread")
            return not still_open

        return self.settled(is_put_away)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    pictures = tmp_path_factory.mktemp("pictures")
    shutil.copy(PICTURES / "chelsea.jpg", pictures)
    with (
        running_stack(tmp_path_factory.mktemp("stack")) as stack,
        running_platform(stack, pictures, "http://127.0.0.1:1") as platform,
    ):
        platform.create_account(ROOT, OWNER, role="admin", allow=(f"{pictures.as_uri()}/",))
        with closing(Trial(platform)) as trial:
            yield trial


def test_references_that_recognition_has_not_read(trial: Trial) -> None:
    trial.publish("before", 10)
    trial.settled(lambda found: found.recognised == 10)
    trial.kill("recognise")
    trial.publish("gone", 25)
    eventually(lambda: trial.statuses("gone", 25) == {("pending", None)})
    trial.trim(IMAGE_REFERENCES)
    trial.publish("kept", 15)
    trial.restart("recognise")
    found = trial.settled(lambda found: found.recognised == 15 and found.pending == 0)
    # Those before are forgotten together with the others.
    assert (found.accepted, found.lost, found.doubled) == (40, 25, 0)
    eventually(lambda: trial.missed("vedette-recognise", IMAGE_REFERENCES) == 25)
    assert eventually(lambda: trial.statuses("gone", 25) == {("rejected", "expired_unread")})
    assert sum(one["group"] == "vedette-recognise" for one in trial.api.get("/v1/status").json()["unread"])
    trial.publish("gone", 1)
    eventually(lambda: trial.statuses("gone", 1) == {("recognised", None)})
    trial.restart("recognise")
    assert trial.missed("vedette-recognise", IMAGE_REFERENCES) == 25
    found = trial.put_away()
    assert (found.lost, found.discarded, found.is_clean) == (0, 25, True)


def test_references_that_neither_recognition_nor_the_store_has_read(trial: Trial) -> None:
    before = reconciled(trial.settings)
    trial.kill("recognise", "store")
    trial.submit("announced", 5)
    trial.trim(IMAGE_REFERENCES)
    trial.restart("recognise", "store")
    found = trial.settled(lambda found: found.lost == 5)
    assert found.accepted >= before.accepted - before.recognised + 5
    eventually(lambda: trial.missed("vedette-store", IMAGE_REFERENCES) == 5)
    eventually(lambda: trial.statuses("announced", 5) == {("rejected", "expired_unread")})
    assert trial.put_away().is_clean


def test_results_that_the_store_has_not_read(trial: Trial) -> None:
    trial.kill("store")
    trial.publish("unstored", 6)
    trial.settled(lambda found: found.pending >= 6)
    eventually(lambda: trial.api.get("/v1/results", params={"owner": OWNER, "limit": 200}).text.count("unstored-") >= 6)
    trial.trim(RECOGNITION_RESULTS)
    trial.restart("store")
    # Before the worker has told what it missed, the references seem to have no answer at all.
    missing = [("topics", "cassandra")] * 6
    trial.settled(lambda found: [one.missing_from for one in found.lost_references] == missing)
    eventually(lambda: trial.missed("vedette-store", RECOGNITION_RESULTS) >= 6)
    trial.publish("unstored", 6)
    eventually(lambda: trial.statuses("unstored", 6) == {("recognised", None)})
    trial.put_away()
    trial.trim(IMAGE_REFERENCES)


def test_results_that_the_index_has_not_read_come_back_with_a_rebuild(trial: Trial) -> None:
    trial.kill("index")
    trial.publish("unindexed", 6)
    eventually(lambda: trial.statuses("unindexed", 6) == {("recognised", None)})
    trial.trim(RECOGNITION_RESULTS)
    trial.restart("index")
    # Before the worker has told what it missed, the references seem to have no answer at all.
    missing = [("topics", "elasticsearch")] * 6
    trial.settled(lambda found: [one.missing_from for one in found.lost_references] == missing)
    eventually(lambda: trial.missed("vedette-index", RECOGNITION_RESULTS) >= 6)
    trial.platform.platform.run("rebuild", "index")
    assert trial.settled(lambda found: found.lost == 0).recognised >= 6
    assert trial.put_away().is_clean


def test_dead_letters_and_activity_that_nobody_has_read(trial: Trial) -> None:
    trial.kill("store", "index", "activity", "audit")
    trial.platform.publish(owner=OWNER, uri=f"{trial.uri}-nowhere", image_id="nowhere")
    trial.platform.publish_raw(b"{}", topic=ACTIVITY)
    trial.settled(lambda found: found.pending >= 1)
    for topic in (DEAD_LETTERS, ACTIVITY):
        trial.trim(topic)
    trial.restart("store", "index", "activity", "audit")
    for group, topic in (
        ("vedette-store", DEAD_LETTERS),
        ("vedette-index", DEAD_LETTERS),
        ("vedette-activity", ACTIVITY),
        ("vedette-audit", ACTIVITY),
    ):
        eventually(lambda group=group, topic=topic: trial.missed(group, topic) >= 1)  # type: ignore[misc]
    assert trial.settled(lambda found: found.lost == 1).lost_references[0].image_id == "nowhere"
    trial.platform.publish(owner=OWNER, uri=f"{trial.uri}-nowhere", image_id="nowhere")
    eventually(lambda: trial.statuses("nowhere") == {("rejected", "not_found")})
    trial.put_away()
    trial.trim(IMAGE_REFERENCES)


def test_a_topic_of_references_that_was_made_anew(trial: Trial) -> None:
    trial.kill("recognise")
    trial.publish("old", 5)
    eventually(lambda: trial.statuses("old", 5) == {("pending", None)})
    trial.make_anew(IMAGE_REFERENCES)
    trial.publish("new", 5)
    trial.restart("recognise")
    eventually(lambda: trial.statuses("new", 5) == {("recognised", None)})
    found = trial.settled(lambda found: found.pending == 0 and found.lost == 5)
    assert found.recognised == 5
    assert {one["last_offset"] for one in trial.letters("vedette-recognise") if one.get("last_offset")} == set()
    eventually(lambda: trial.statuses("old", 5) == {("rejected", "expired_unread")})
    assert trial.put_away().lost == 0


def test_a_topic_of_references_that_is_made_anew_under_running_workers(trial: Trial) -> None:
    trial.put_away()
    trial.make_anew(IMAGE_REFERENCES)
    trial.publish("again", 5)
    eventually(lambda: trial.statuses("again", 5) == {("recognised", None)})
    assert trial.letters("vedette-recognise")
    assert trial.letters("vedette-store")
