"""The whole way of an image, as its users see it: published to Kafka, answered by the API."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from infra.embedded.homes.home import Home
from infra.settings.settings import Settings
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import build_pipeline
from schemas.images import Feature
from schemas.texts.uris import object_uri
from tests.platforms import RunningPlatform, eventually, outcome
from tests.producers_foreign import framed, publish_with_confluent, publish_with_java

ANNA, BERT, CARLA = "anna@shop.example", "bert@rival.example", "carla@ops.example"
DORA = "dora@bucket.example"
NOTIFICATION = Path(__file__).parents[1] / "data" / "notifications" / "minio.json"


@pytest.fixture(scope="module", autouse=True)
def accounts(platform: RunningPlatform) -> None:
    pictures = f"{platform.pictures.as_uri()}/"
    platform.create_account(ANNA, "shop", allow=(pictures,))
    platform.create_account(BERT, "rival", allow=(f"{pictures}rival/",))
    platform.create_account(CARLA, "ops", role="admin")


@pytest.fixture(scope="module")
def anna(platform: RunningPlatform, accounts: None) -> Iterator[httpx.Client]:
    with platform.client(ANNA) as client:
        yield client


@pytest.fixture(scope="module")
def bert(platform: RunningPlatform, accounts: None) -> Iterator[httpx.Client]:
    with platform.client(BERT) as client:
        yield client


@pytest.fixture(scope="module")
def carla(platform: RunningPlatform, accounts: None) -> Iterator[httpx.Client]:
    with platform.client(CARLA) as client:
        yield client


def test_a_published_picture_is_answered_with_where_the_answer_came_from(
    platform: RunningPlatform, anna: httpx.Client, chelsea: Path
) -> None:
    platform.publish(owner="shop", uri=chelsea.as_uri(), image_id="cat-1", metadata={"shelf": 7})

    view = outcome(anna, "cat-1")

    assert view["status"] == "recognised"
    result = view["result"]
    assert "cat" in result["features"]["labels"]["labels"][0]["name"]
    assert result["features"]["embedding"]["dimensions"] == 256
    assert result["pipeline"] == "standard@3"
    assert result["features"]["labels"]["model"] == "lite0@2"
    assert result["features"]["embedding"]["model"] == "lite0@1"
    assert result["metadata"] == {"shelf": 7}
    assert result["image"]["size_bytes"] == chelsea.stat().st_size
    assert (result["image"]["format"], result["image"]["width"]) == ("JPEG", 451)
    assert result["origin"]["topic"] == "image-references"
    assert set(result["timings"]) == {"queue_ms", "fetch_ms", "decode_ms", "inference_ms", "batch_size"}


def test_the_answer_is_that_of_the_model_run_by_hand(
    platform: RunningPlatform, anna: httpx.Client, chelsea: Path
) -> None:
    pipeline = build_pipeline(Settings())
    (by_hand,) = pipeline.answer([pipeline.decode(chelsea.read_bytes())], [FeatureRequest()])
    platform.publish(owner="shop", uri=chelsea.as_uri(), image_id="by-hand")

    features = outcome(anna, "by-hand")["result"]["features"]

    expected = json.loads(by_hand.model_dump_json(exclude_none=True))
    assert features["labels"] == expected["labels"]
    assert features["embedding"] == expected["embedding"]


def test_a_submitted_image_is_pending_at_once_and_found_by_label_and_words_later(
    anna: httpx.Client, platform: RunningPlatform
) -> None:
    coffee = (platform.pictures / "coffee.jpg").as_uri()
    submitted = anna.post("/v1/images", json={"images": [{"uri": coffee, "image_id": "espresso-1"}]})
    assert submitted.status_code == httpx.codes.ACCEPTED, submitted.text
    assert anna.get("/v1/images/espresso-1").json()["status"] in {"pending", "recognised"}

    assert outcome(anna, "espresso-1")["status"] == "recognised"
    found = {"label": "espresso", "min_confidence": 0.5}
    hits = eventually(lambda: anna.get("/v1/results", params=found).json()["items"])
    assert "espresso-1" in {hit["image_id"] for hit in hits}
    hits = eventually(lambda: anna.get("/v1/search", params={"q": "espresso"}).json()["items"])
    assert "espresso-1" in {hit["image_id"] for hit in hits}


def test_another_workspaces_use_of_an_image_id_leaves_the_image_untouched_and_unseen(
    platform: RunningPlatform, anna: httpx.Client, bert: httpx.Client, chelsea: Path
) -> None:
    platform.publish(owner="shop", uri=chelsea.as_uri(), image_id="ours")
    before = outcome(anna, "ours")
    platform.publish(owner="rival", uri=chelsea.as_uri(), image_id="ours")

    theirs = outcome(bert, "ours")

    assert (theirs["status"], theirs["reason"]) == ("rejected", "source_not_allowed")
    assert theirs.get("result") is None
    assert anna.get("/v1/images/ours").json() == before
    assert bert.get("/v1/images/cat-1").status_code == httpx.codes.NOT_FOUND
    assert bert.get("/v1/images/cat-1").json()["detail"] == bert.get("/v1/images/never").json()["detail"]
    label = {"label": before["result"]["features"]["labels"]["labels"][0]["name"]}
    eventually(lambda: "ours" in {item["image_id"] for item in anna.get("/v1/results", params=label).json()["items"]})
    assert bert.get("/v1/results", params=label).json()["items"] == []


def test_a_deleted_image_is_found_nowhere_until_it_is_referenced_again(
    platform: RunningPlatform, anna: httpx.Client, bert: httpx.Client, chelsea: Path
) -> None:
    def found() -> list[str]:
        answer = anna.get("/v1/search", params={"q": "cat-doomed"}).raise_for_status()
        return [item["image_id"] for item in answer.json()["items"] if item["image_id"] == "cat-doomed"]

    platform.publish(owner="shop", uri=chelsea.as_uri(), image_id="cat-doomed")
    assert outcome(anna, "cat-doomed")["status"] == "recognised"
    eventually(found)

    assert bert.delete("/v1/images/cat-doomed").status_code == httpx.codes.NOT_FOUND
    assert anna.delete("/v1/images/cat-doomed").is_success
    assert anna.get("/v1/images/cat-doomed").status_code == httpx.codes.NOT_FOUND
    eventually(lambda: not found())

    platform.publish(owner="shop", uri=chelsea.as_uri(), image_id="cat-doomed")
    assert outcome(anna, "cat-doomed")["status"] == "recognised"


def test_properties_and_hash_are_answered_where_they_are_asked_for(
    platform: RunningPlatform, anna: httpx.Client, chelsea: Path
) -> None:
    features = [Feature.PROPERTIES, Feature.HASH]
    pipeline = build_pipeline(Settings())
    (by_hand,) = pipeline.answer([pipeline.decode(chelsea.read_bytes(), features)], [FeatureRequest(features)])
    platform.publish(owner="shop", uri=chelsea.as_uri(), image_id="colours", features=features)
    assert outcome(anna, "colours")["result"]["features"] == json.loads(by_hand.model_dump_json(exclude_none=True))


def test_a_feature_without_a_model_is_its_own_error(
    platform: RunningPlatform, anna: httpx.Client, chelsea: Path
) -> None:
    asked = {"features": ["labels", "text"], "pipeline": "standard@2"}
    platform.publish(owner="shop", uri=chelsea.as_uri(), image_id="wants-text", **asked)
    features = outcome(anna, "wants-text")["result"]["features"]
    assert features["text"]["error"]["code"] == "not_installed"
    assert features["labels"]["labels"]


def test_objects_and_text_are_answered_by_default_where_they_are_asked_for(
    platform: RunningPlatform, anna: httpx.Client, chelsea: Path
) -> None:
    platform.publish(owner="shop", uri=chelsea.as_uri(), image_id="cat-where", features=["objects", "text"])
    features = outcome(anna, "cat-where")["result"]["features"]
    assert features.keys() == {"objects", "text"}
    assert (features["objects"]["model"], features["objects"]["objects"][0]["name"]) == ("nanodet@2", "cat")
    assert features["text"]["model"] == "ppocr@1"


def test_faces_are_answered_where_they_are_asked_for_and_counted(platform: RunningPlatform, anna: httpx.Client) -> None:
    astronaut = f"{platform.pictures.as_uri()}/astronaut.jpg"
    platform.publish(owner="shop", uri=astronaut, image_id="one-face", features=["faces"])
    features = outcome(anna, "one-face")["result"]["features"]
    assert features.keys() == {"faces"}
    [face] = features["faces"]["faces"]
    assert face.keys() == {"confidence", "box"}, "a box and nothing else that tells of a face"
    [found] = eventually(lambda: anna.get("/v1/results", params={"owner": "shop", "min_faces": 1}).json()["items"])
    assert (found["image_id"], found["faces"]) == ("one-face", 1)


def test_producers_that_are_not_ours_are_answered(platform: RunningPlatform, anna: httpx.Client, chelsea: Path) -> None:
    client = Home(platform.settings.home).client_properties_file

    def reference(image_id: str) -> bytes:
        return json.dumps({"owner": "shop", "uri": chelsea.as_uri(), "image_id": image_id}).encode()

    publish_with_java(client, "image-references", b"any-key", reference("from-java"))
    publish_with_confluent(client, "image-references", None, reference("no-key"))
    publish_with_confluent(client, "image-references-batch", None, framed(reference("framed")))

    for image_id in ("from-java", "no-key", "framed"):
        assert outcome(anna, image_id)["status"] == "recognised"


def test_a_bucket_that_announces_a_new_object_needs_no_producer(platform: RunningPlatform, chelsea: Path) -> None:
    """The notification is true to what MinIO publishes; the bucket and the object are on a real S3 server."""
    platform.create_account(DORA, "bucket-owner", allow=("s3://photos/",))
    key = "2025/red flower+1.jpg"
    httpx.put(f"{platform.s3_url}/photos", trust_env=False).raise_for_status()
    stored = httpx.put(f"{platform.s3_url}/photos/{quote(key)}", content=chelsea.read_bytes(), trust_env=False)
    stored.raise_for_status()

    platform.publish_raw(NOTIFICATION.read_bytes(), topic="object-created")

    with platform.client(DORA) as dora:
        (image,) = eventually(lambda: dora.get("/v1/images").json()["items"])
        view = outcome(dora, image["image_id"])
    assert (view["status"], view["uri"]) == ("recognised", object_uri("s3", "photos", key))


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_every_codec_of_kafka_is_read(platform: RunningPlatform, anna: httpx.Client, chelsea: Path, codec: str) -> None:
    value = json.dumps({"owner": "shop", "uri": chelsea.as_uri(), "image_id": f"codec-{codec}"}).encode()
    platform.publish_raw(value, codec=codec)
    assert outcome(anna, f"codec-{codec}")["status"] == "recognised"


def test_readiness_names_every_server(platform: RunningPlatform) -> None:
    assert httpx.get(f"{platform.url}/healthz").status_code == httpx.codes.OK
    ready = httpx.get(f"{platform.url}/readyz")
    assert ready.status_code == httpx.codes.OK, ready.text
    assert {"kafka", "cassandra", "elasticsearch"} <= set(ready.text.replace('"', " ").split())


def test_without_a_token_nothing_is_told(platform: RunningPlatform) -> None:
    assert httpx.get(f"{platform.url}/v1/images/cat-1").status_code == httpx.codes.UNAUTHORIZED
