"""What a workspace decides for references that leave it open: their features, and whether places are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from schemas.images import Feature
from tests.fakes.exif import exif, positioned
from tests.platforms import RunningPlatform, eventually, outcome

EVE = "eve@travel.example"
BERLIN = ((52, 1), (31, 1), (12, 1)), ((13, 1), (24, 1), (36, 1))


@pytest.fixture(scope="module")
def eve(platform: RunningPlatform) -> Iterator[httpx.Client]:
    platform.create_account(EVE, "travel", allow=(f"{platform.pictures.as_uri()}/",))
    with platform.client(EVE) as client:
        yield client


@pytest.fixture(scope="module")
def in_berlin(platform: RunningPlatform) -> Path:
    # A folder of its own: other tests publish all that lies in the one that they share.
    folder = platform.pictures / "travel"
    folder.mkdir()
    file = folder / "berlin.jpg"
    note = b"Exif\0\0" + exif({}, None, positioned("<", *BERLIN))
    Image.open(platform.pictures / "chelsea.jpg").save(file, "JPEG", exif=note)
    return file


def result(client: httpx.Client, image_id: str) -> dict[str, Any]:
    found: dict[str, Any] = outcome(client, image_id)["result"]
    return found


def change(platform: RunningPlatform, *options: str) -> None:
    platform.platform.run("admin", "workspace", "change", "travel", *options)


def first_result_with(platform: RunningPlatform, client: httpx.Client, picture: Path, wanted: Any) -> dict[str, Any]:
    """Publish the picture again and again, since workers hear of a change within seconds, until a result is wanted."""
    number = iter(range(10**6))

    def look() -> dict[str, Any] | None:
        image_id = f"{picture.stem}-{wanted.__name__}-{next(number)}"
        platform.publish(owner="travel", uri=picture.as_uri(), image_id=image_id)
        found = result(client, image_id)
        return found if wanted(found) else None

    found: dict[str, Any] = eventually(look)
    return found


def moderated(found: dict[str, Any]) -> bool:
    return Feature.MODERATION in found["features"]


def located(found: dict[str, Any]) -> bool:
    return "location" in found["image"]


def unlocated(found: dict[str, Any]) -> bool:
    return not located(found)


def test_a_reference_that_names_no_features_gets_those_of_its_workspace(
    platform: RunningPlatform, eve: httpx.Client, chelsea: Path
) -> None:
    platform.publish(owner="travel", uri=chelsea.as_uri(), image_id="usual")
    usual = result(eve, "usual")
    assert (usual["features"].keys(), usual["features_from"]) == ({"labels", "embedding"}, "workspace")

    change(platform, "--default-features", "labels,moderation")
    found = first_result_with(platform, eve, chelsea, moderated)
    assert (found["features"].keys(), found["features_from"]) == ({"labels", "moderation"}, "workspace")
    # A cat is fit to be shown.
    assert found["features"]["moderation"] == {"model": "nsfw@1", "categories": []}

    platform.publish(owner="travel", uri=chelsea.as_uri(), image_id="named", features=["hash"])
    named = result(eve, "named")
    assert (named["features"].keys(), named["features_from"]) == ({"hash"}, "reference")
    assert result(eve, "usual") == usual


def test_places_are_kept_only_where_a_workspace_wants_them(
    platform: RunningPlatform, eve: httpx.Client, in_berlin: Path
) -> None:
    platform.publish(owner="travel", uri=in_berlin.as_uri(), image_id="not-told")
    assert unlocated(result(eve, "not-told"))

    change(platform, "--keep-location")
    place = first_result_with(platform, eve, in_berlin, located)["image"]["location"]
    assert (place["lat"], place["lon"]) == pytest.approx((52.52, 13.41), abs=1e-4)

    change(platform, "--no-keep-location")
    first_result_with(platform, eve, in_berlin, unlocated)
    assert unlocated(result(eve, "not-told"))
