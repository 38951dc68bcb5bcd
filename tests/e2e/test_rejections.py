"""Whatever cannot be recognised becomes a dead letter with its own reason, and costs its neighbours nothing."""

import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.platforms import RunningPlatform, eventually
from tests.searchable import everything_searchable

ANNA, CARLA = "anna@bad.example", "carla@bad.example"


@pytest.fixture(scope="module")
def anna(platform: RunningPlatform) -> Iterator[httpx.Client]:
    folder = platform.pictures / "bad"
    folder.mkdir()
    platform.create_account(ANNA, "bad", allow=(f"{folder.as_uri()}/", "https://127.0.0.1/"))
    with platform.client(ANNA) as client:
        yield client


@pytest.fixture(scope="module")
def carla(platform: RunningPlatform) -> Iterator[httpx.Client]:
    platform.create_account(CARLA, "administration", role="admin")
    with platform.client(CARLA) as client:
        yield client


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG whose header promises more than anybody should decode; it is a few hundred bytes itself."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def bad_files(folder: Path, good: bytes) -> dict[str, Path]:
    contents = {
        "corrupt_image": good[: len(good) // 4],
        "empty": b"",
        "unsupported_format": b"this is a text, whatever its name says\n" * 50,
        "too_many_pixels": huge_png(20_000, 10_000),
    }
    paths = {reason: folder / f"{reason}.jpg" for reason in contents}
    for reason, content in contents.items():
        paths[reason].write_bytes(content)
    return {**paths, "not_found": folder / "nothing-here.jpg"}


def test_each_fault_has_its_own_reason_and_the_rest_of_the_batch_is_recognised(
    platform: RunningPlatform, anna: httpx.Client, carla: httpx.Client
) -> None:
    good = (platform.pictures / "chelsea.jpg").read_bytes()
    folder = platform.pictures / "bad"
    (folder / "good.jpg").write_bytes(good)
    uris = {reason: path.as_uri() for reason, path in bad_files(folder, good).items()}
    uris["address_not_allowed"] = "https://127.0.0.1/a.jpg"
    uris["source_not_allowed"] = (platform.pictures / "chelsea.jpg").as_uri()
    uris["unsupported_scheme"] = "ftp://img.shop.example/a.jpg"

    for reason, uri in uris.items():
        platform.publish(owner="bad", uri=uri, image_id=f"bad-{reason}")
        platform.publish(owner="bad", uri=(folder / "good.jpg").as_uri(), image_id=f"beside-{reason}")

    for reason in uris:
        view = outcome(anna, f"bad-{reason}")
        assert (view["status"], view["reason"]) == ("rejected", reason)
        assert outcome(anna, f"beside-{reason}")["status"] == "recognised"


def test_a_reference_with_no_uri_shows_under_its_own_name(platform: RunningPlatform, anna: httpx.Client) -> None:
    platform.publish(owner="bad", image_id="no-uri")
    view = outcome(anna, "no-uri")
    assert (view["status"], view["reason"]) == ("rejected", "invalid_reference")
    assert "uri" in view["detail"]


def test_a_message_without_an_identity_is_listed_for_administrators_alone(
    platform: RunningPlatform, anna: httpx.Client, carla: httpx.Client
) -> None:
    before = len(listed(carla, "invalid_json"))
    platform.publish_raw(b"\xff this is not JSON")

    eventually(lambda: len(listed(carla, "invalid_json")) == before + 1)

    newest = listed(carla, "invalid_json")[0]
    assert newest.get("image_id") is None
    assert newest["origin"]["topic"] == "image-references"
    assert anna.get("/v1/dead-letters").status_code == httpx.codes.FORBIDDEN


def test_an_unknown_workspace_is_told_as_such(platform: RunningPlatform, carla: httpx.Client) -> None:
    platform.publish(owner="nobody-knows", uri="s3://a/b.jpg", image_id="lost")
    [told] = eventually(lambda: [one for one in listed(carla, "unknown_workspace") if one["image_id"] == "lost"])
    assert told["owner"] == "nobody-knows"


def test_a_signature_is_neither_stored_nor_shown_nor_logged(
    platform: RunningPlatform, anna: httpx.Client, carla: httpx.Client
) -> None:
    platform.publish(owner="bad", uri="https://img.shop.example/a.jpg?X-Amz-Signature=canary31337", image_id="signed")

    assert outcome(anna, "signed")["status"] == "rejected"

    told = anna.get("/v1/images/signed").text + carla.get("/v1/dead-letters").text
    logs = "".join(path.read_text(errors="replace") for path in (platform.settings.home / "logs").glob("*.log"))
    found = everything_searchable(platform)
    assert "https://img.shop.example/a.jpg" in found
    assert "canary31337" not in told + logs + found


def test_the_api_refuses_what_it_can_tell_at_once_and_names_the_field(anna: httpx.Client) -> None:
    for uri in ("ftp://a/b", "https://127.0.0.1/a.jpg", "s3://not-ours/a.jpg"):
        refused = anna.post("/v1/images", json={"images": [{"uri": uri}]})
        assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert refused.headers["content-type"].startswith("application/problem+json")
        assert "images" in json.dumps(refused.json()["errors"])
        assert "uri" in json.dumps(refused.json()["errors"])


def test_the_workers_are_still_up(platform: RunningPlatform) -> None:
    for name in ("recognise", "store", "index", "api"):
        assert platform.is_running(name)


def outcome(client: httpx.Client, image_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        answer = client.get(f"/v1/images/{image_id}")
        view: dict[str, Any] = answer.json()
        return view if answer.status_code == httpx.codes.OK and view["status"] != "pending" else None

    view: dict[str, Any] = eventually(look)
    return view


def listed(client: httpx.Client, reason: str) -> list[dict[str, Any]]:
    answer = client.get("/v1/dead-letters", params={"reason": reason})
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


def test_publishing_tells_what_became_of_each_image(platform: RunningPlatform, anna: httpx.Client) -> None:
    """``anna`` is who made the workspace; two pictures are good and bad, and a third lies where nobody may read."""
    folder = platform.pictures / "bad"
    shutil.copy(platform.pictures / "coffee.jpg", folder / "fresh.jpg")
    (folder / "broken.jpg").write_bytes((folder / "fresh.jpg").read_bytes()[:20_000])
    pictures = [folder / "fresh.jpg", folder / "broken.jpg", platform.pictures / "coffee.jpg"]
    environment = {**os.environ, "VEDETTE_HOME": str(platform.settings.home)}
    command = [sys.executable, "-m", "infra.cli", "publish", *map(str, pictures), "--owner", "bad", "--wait"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 1, ended.stderr
    told = " ".join(ended.stdout.replace("│", " ").split())
    assert "2 published, 1 refused, 0 not confirmed" in told
    assert "1 recognised, 1 rejected" in told
    assert "corrupt_image" in told
    assert "vedette admin workspace allow bad" in told
    assert told.endswith("vedette dead-letters list --owner bad")
