"""Pictures that callers send themselves, all the way: kept, recognised, compared, and removed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.platforms import RunningPlatform, eventually, key_of

UMA = "uma@uploads.example"
OWNER = "uploads-shop"


@pytest.fixture(scope="module")
def uma(platform: RunningPlatform) -> Iterator[httpx.Client]:
    platform.create_account(UMA, OWNER)
    with platform.client(UMA) as client:
        yield client


def recognised(client: httpx.Client, image_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        view: dict[str, Any] = client.get(f"/v1/images/{image_id}").raise_for_status().json()
        return view if view["status"] != "pending" else None

    view: dict[str, Any] = eventually(look)
    assert view["status"] == "recognised", view
    return view


def test_an_upload_is_recognised_compared_and_removed(
    platform: RunningPlatform, uma: httpx.Client, chelsea: Path
) -> None:
    for name in ("chelsea.jpg", "coffee.jpg"):
        content = (platform.pictures / name).read_bytes()
        answer = uma.post("/v1/images/upload", params={"image_id": name, "metadata": "from=uma"}, content=content)
        assert answer.status_code == 202, answer.text
    cat = recognised(uma, "chelsea.jpg")
    recognised(uma, "coffee.jpg")
    assert "cat" in cat["result"]["features"]["labels"]["labels"][0]["name"]
    assert cat["result"]["metadata"] == {"from": "uma"}
    assert cat["uri"].startswith(f"upload://{OWNER}/")

    def alike() -> list[dict[str, Any]]:
        answer = uma.post("/v1/images/similar", params={"metadata": "from=uma"}, content=chelsea.read_bytes())
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items if len(items) == 2 else []

    found = eventually(alike)
    assert [item["image_id"] for item in found] == ["chelsea.jpg", "coffee.jpg"]
    assert found[0]["similarity"] > 0.99
    assert [item["image_id"] for item in uma.get("/v1/images").json()["items"]] == ["coffee.jpg", "chelsea.jpg"]

    uploads = platform.settings.home / "uploads" / OWNER
    assert len([path for path in uploads.rglob("*") if path.is_file()]) == 2
    assert uma.delete("/v1/images/chelsea.jpg").status_code == 204
    assert not list((uploads / key_of(OWNER, "chelsea.jpg")).glob("*"))
    assert len([path for path in uploads.rglob("*") if path.is_file()]) == 1


def test_a_request_sent_twice_under_one_key_is_answered_once(
    platform: RunningPlatform, uma: httpx.Client, chelsea: Path
) -> None:
    platform.create_account("ida@idem.example", "idem-shop", allow=(f"{platform.pictures.as_uri()}/",))
    with platform.client("ida@idem.example") as ida:
        body = {"images": [{"uri": chelsea.as_uri(), "image_id": "cat-1"}]}
        answers = [ida.post("/v1/images", json=body, headers={"Idempotency-Key": "k-1"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 202]
        assert len({answer.content for answer in answers}) == 1
        other = {"images": [{"uri": chelsea.as_uri(), "image_id": "cat-2"}]}
        assert ida.post("/v1/images", json=other, headers={"Idempotency-Key": "k-1"}).status_code == 422
        assert ida.post("/v1/images", json=other, headers={"Idempotency-Key": "k-2"}).status_code == 202
