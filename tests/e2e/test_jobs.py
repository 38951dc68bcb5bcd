"""A job over a bucket on the whole platform: killed in the middle, and every image there once, as the API shows it."""

import io
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from tests.platforms import RunningPlatform, eventually

IMAGES = 250
ENDED = ("finished", "failed", "cancelled")


@pytest.fixture
def bucket(platform: RunningPlatform) -> str:
    """A bucket of its own with some hundred pictures, one torn picture, and what is none."""
    name = f"jobs-{uuid4().hex[:8]}"
    httpx.put(f"{platform.s3_url}/{name}").raise_for_status()
    with httpx.Client(base_url=f"{platform.s3_url}/{name}/") as store:
        for number in range(IMAGES):
            store.put(f"in/{number:04}.png", content=picture(number)).raise_for_status()
        store.put("in/torn one.jpg", content=b"\xff\xd8\xff nothing more").raise_for_status()
        store.put("in/notes.txt", content=b"no picture").raise_for_status()
        store.put("beside/other.png", content=picture(0)).raise_for_status()
    return name


def picture(number: int) -> bytes:
    """Return a small picture of a colour of its own."""
    data = io.BytesIO()
    Image.new("RGB", (16, 16), (number % 256, number // 2 % 256, 99)).save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def email(platform: RunningPlatform, bucket: str) -> str:
    email = f"you@{bucket}.example"
    platform.create_account(email, bucket, allow=(f"s3://{bucket}/",))
    return email


def test_a_job_that_is_killed_twice_has_every_image_once_as_the_api_shows_it(
    platform: RunningPlatform, bucket: str, email: str
) -> None:
    with platform.client(email) as client:
        source = {"kind": "prefix", "uri": f"s3://{bucket}/in/"}
        wish = {"source": source, "features": ["properties"], "formats": ["jsonl", "csv"]}
        job = client.post("/v1/jobs", json=wish).raise_for_status().json()
        for least in (1, 101):
            eventually(lambda least=least: state_of(client, job)["found"] >= least)  # type: ignore[misc]
            platform.platform.kill("activity")
            platform.restart("activity")
        eventually(lambda: state_of(client, job)["state"] in ENDED)
        done = state_of(client, job)
        figures = {name: done[name] for name in ("state", "found", "accepted", "recognised", "rejected", "remaining")}
        assert figures == {
            "state": "finished",
            "found": IMAGES + 1,
            "accepted": IMAGES + 1,
            "recognised": IMAGES,
            "rejected": 1,
            "remaining": 0,
        }
        *lines, end = map(json.loads, client.get(f"/v1/jobs/{job['id']}/result").raise_for_status().iter_lines())
        assert end == {"end": True, "items": IMAGES + 1}
        assert [line["source"] for line in lines] == [f"in/{n:04}.png" for n in range(IMAGES)] + ["in/torn one.jpg"]
        for line in lines[:: IMAGES // 10] + lines[-1:]:
            shown = client.get(f"/v1/images/{line['image']['image_id']}").raise_for_status().json()
            assert line["image"] == shown
        table = client.get(f"/v1/jobs/{job['id']}/result", params={"format": "csv"}).raise_for_status().text
        assert table.count("\r\n") == IMAGES + 1 + 2
        assert all_images(client) == {line["image"]["image_id"] for line in lines}


def test_a_manifest_is_carried_out_by_the_command_and_a_search_by_another_pipeline(
    platform: RunningPlatform, bucket: str, email: str
) -> None:
    manifest = platform.settings.home / f"{bucket}.csv"
    rows = [
        "uri,image_id",
        f"s3://{bucket}/in/0001.png,first",
        "s3://nobodys/a.png,second",
        f"s3://{bucket}/in/0002.png",
    ]
    manifest.write_text("\n".join(rows))
    run = platform.platform.run
    made = json.loads(run("jobs", "create", str(manifest), "--owner", bucket, "--features", "properties", "--json"))
    with platform.client(email) as client:
        eventually(lambda: state_of(client, made)["state"] in ENDED)
        items = client.get(f"/v1/jobs/{made['id']}/items").raise_for_status().json()["items"]
        assert [(item["source"], item["state"]) for item in items] == [
            ("line 2", "recognised"),
            ("line 3", "refused"),
            ("line 4", "refused"),
        ]
        assert "vedette admin workspace allow" in items[1]["problem"]
        assert "finished" in run("jobs", "watch", made["id"], "--owner", bucket)
        target = platform.settings.home / f"{bucket}.jsonl"
        run("jobs", "result", made["id"], str(target), "--owner", bucket)
        assert target.read_bytes() == client.get(f"/v1/jobs/{made['id']}/result").raise_for_status().content
        eventually(lambda: found(client) == ["first"])
        promoted = client.get("/v1/images/first").json()["result"]["pipeline"]
        again = {"source": {"kind": "search", "search": {}}, "pipeline": promoted}
        searched = client.post("/v1/jobs", json=again).raise_for_status().json()
        eventually(lambda: state_of(client, searched)["state"] in ENDED)
        assert state_of(client, searched)["recognised"] == 1


def state_of(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = client.get(f"/v1/jobs/{job['id']}").raise_for_status().json()
    return state


def found(client: httpx.Client) -> list[str]:
    return [item["image_id"] for item in client.get("/v1/results").raise_for_status().json()["items"]]


def all_images(client: httpx.Client) -> set[str]:
    """Return the names of all images of the workspace, page after page."""
    names: set[str] = set()
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/v1/images", params={"limit": "200", **cursor}).raise_for_status().json()
        names |= {item["image_id"] for item in page["items"]}
        if "next_cursor" not in page:
            return names
        cursor = {"cursor": page["next_cursor"]}
