"""Dead letters are replayed and discarded by command and by API, and both stores follow."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.topics import ACTIVITY
from tests.platforms import RunningPlatform, eventually
from tests.topic_tail import TopicTail

OWNER = "letters"
ADMIN = "lena@letters.example"


@pytest.fixture(scope="module")
def folder(platform: RunningPlatform) -> Path:
    folder = platform.pictures / OWNER
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def lena(platform: RunningPlatform, folder: Path) -> Iterator[httpx.Client]:
    platform.create_account(ADMIN, OWNER, role="admin", allow=(f"{folder.as_uri()}/",))
    with platform.client(ADMIN) as client:
        yield client


def reject(platform: RunningPlatform, lena: httpx.Client, path: Path) -> dict[str, Any]:
    """Publish a reference to a file that is not there; return its dead letter."""
    platform.publish(owner=OWNER, uri=path.as_uri(), image_id=path.stem)
    eventually(lambda: status(lena, path.stem) == "rejected")
    return next(letter for letter in letters(lena) if letter["image_id"] == path.stem)


def status(client: httpx.Client, image_id: str) -> str | None:
    answer = client.get(f"/v1/images/{image_id}", params={"owner": OWNER})
    return str(answer.json()["status"]) if answer.status_code == httpx.codes.OK else None


def found(client: httpx.Client, **query: str) -> set[str]:
    """Return the names of the workspace's images that Elasticsearch finds."""
    items = client.get("/v1/results", params={"owner": OWNER, **query}).raise_for_status().json()["items"]
    return {item["image_id"] for item in items}


def letters(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/v1/dead-letters", params={"owner": OWNER, **query}).raise_for_status()
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_what_was_put_right_is_replayed_by_command_and_recognised(
    platform: RunningPlatform, lena: httpx.Client, folder: Path, chelsea: Path
) -> None:
    path = folder / "late.jpg"
    letter = reject(platform, lena, path)
    assert (letter["reason"], letter["letter"]["topic"]) == ("not_found", "dead-letters")
    path.write_bytes(chelsea.read_bytes())

    with TopicTail(platform.settings.kafka, ACTIVITY) as activity:
        assert platform.platform.run("dead-letters", "replay", letter["id"]).strip() == "replay: 1"
        (told,) = activity.read(1, naming=letter["id"])

    eventually(lambda: status(lena, "late") == "recognised")
    eventually(lambda: "late" in found(lena, status="recognised") and "late" not in found(lena, status="rejected"))
    assert "late" not in {item["image_id"] for item in letters(lena)}
    (replayed,) = letters(lena, state="replayed")
    assert (replayed["id"], replayed["resolution"]) == (letter["id"], "replayed")
    event = json.loads(told.value() or b"")
    assert (event["action"], event["subject"]) == ("dead_letter.replayed", letter["id"])


def test_all_that_match_are_replayed_and_what_fails_again_is_open_again(
    platform: RunningPlatform, lena: httpx.Client, folder: Path, chelsea: Path
) -> None:
    paths = [folder / f"many-{number}.jpg" for number in range(3)]
    for path in paths:
        reject(platform, lena, path)
    for path in paths[:2]:
        path.write_bytes(chelsea.read_bytes())

    told = platform.platform.run("dead-letters", "replay", "--all", "--owner", OWNER, "--reason", "not_found")

    assert told.strip() == "replay: 3"
    eventually(lambda: [status(lena, path.stem) for path in paths] == ["recognised", "recognised", "rejected"])
    eventually(lambda: len(letters(lena, state="replayed")) == 4)
    assert [letter["image_id"] for letter in letters(lena)] == ["many-2"]


def test_what_needs_no_answer_is_discarded_by_the_api(
    platform: RunningPlatform, lena: httpx.Client, folder: Path
) -> None:
    letter = reject(platform, lena, folder / "gone.jpg")

    assert lena.post(f"/v1/dead-letters/{letter['id']}/discard").status_code == httpx.codes.NO_CONTENT

    eventually(lambda: status(lena, "gone") == "discarded")
    eventually(lambda: "gone" in found(lena, status="discarded") and "gone" not in found(lena))
    assert letter["id"] in {item["id"] for item in letters(lena, state="discarded")}


def test_a_letter_is_shown_by_command_with_its_message(
    platform: RunningPlatform, lena: httpx.Client, folder: Path
) -> None:
    letter = reject(platform, lena, folder / "shown.jpg")
    told = platform.platform.run("dead-letters", "show", letter["id"])
    assert '"reason": "not_found"' in told
    assert f'value    {{"owner": "{OWNER}"' in told
    listed = platform.platform.run("dead-letters", "list", "--owner", OWNER, "--json").splitlines()
    assert letter["id"] in {json.loads(line)["id"] for line in listed}
