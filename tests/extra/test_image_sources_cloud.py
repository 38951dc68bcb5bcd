"""Images from servers that speak as Google Cloud Storage and Azure Blob Storage do."""

import base64
import hashlib
import hmac
import io
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import obstore
import pytest
from obstore.store import AzureStore

from infra.errors import Rejected
from infra.manifests.references import ReferenceTemplate
from infra.settings.recognition import SourceSettings
from infra.sources.image_source import ImageSource
from producers.sources.sources import find_images
from schemas.dead_letters import Reason
from schemas.images import ImageReference
from schemas.texts.uris import object_uri

LIMIT_BYTES = 65_536
KEYS = ["a.jpg", "2024/a b.jpg", "a%20b.jpg", "a?b#c.jpg", "\u00e9.jpg", "a+b@2x.jpg"]
# The account that every Azure storage emulator has; its key is public.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


async def refused(source: ImageSource, uri: str) -> Reason:
    with pytest.raises(Rejected) as refusal:
        await source.fetch(uri, allowed_prefixes=["gs://*-a/", "az://*-a/"])
    assert "http" not in refusal.value.detail
    return refusal.value.reason


async def expect_the_reasons_of_every_store(source: ImageSource, scheme: str) -> None:
    assert await refused(source, f"{scheme}://shop-a/empty.jpg") is Reason.EMPTY
    assert await refused(source, f"{scheme}://shop-a/over.jpg") is Reason.TOO_LARGE
    assert await refused(source, f"{scheme}://shop-a/none.jpg") is Reason.NOT_FOUND
    assert await refused(source, f"{scheme}://none-a/a.jpg") is Reason.NOT_FOUND
    assert await refused(source, f"{scheme}://shop-b/a.jpg") is Reason.SOURCE_NOT_ALLOWED


@pytest.fixture(scope="session")
def gcs(gcs_url: str) -> str:
    """A Google Cloud Storage server with one bucket and its objects."""
    httpx.post(f"{gcs_url}/storage/v1/b", json={"name": "shop-a"}, trust_env=False).raise_for_status()
    bodies = {**{key: key.encode() for key in KEYS}, "empty.jpg": b"", "over.jpg": b"x" * (LIMIT_BYTES + 1)}
    for key, body in bodies.items():
        httpx.post(
            f"{gcs_url}/upload/storage/v1/b/shop-a/o",
            params={"uploadType": "media", "name": key},
            content=body,
            headers={"Content-Type": "image/jpeg"},
            trust_env=False,
        ).raise_for_status()
    return gcs_url


@pytest.fixture(scope="session")
def azure(azure_url: str) -> dict[str, str]:
    """The options for an Azure Blob Storage server with one container and its objects."""
    create_container(azure_url, "shop-a")
    options = {"endpoint": f"{azure_url}/{ACCOUNT}", "account_name": ACCOUNT, "account_key": ACCOUNT_KEY}
    store = AzureStore("shop-a", client_options={"allow_http": True}, **options)
    bodies = {**{key: key.encode() for key in KEYS}, "empty.jpg": b"", "over.jpg": b"x" * (LIMIT_BYTES + 1)}
    for key, body in bodies.items():
        obstore.put(store, key, body, attributes={"Content-Type": "image/jpeg"})
    return options


def create_container(azure_url: str, name: str) -> None:
    """Create a container by one request signed with the account's key."""
    headers = {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True), "x-ms-version": "2021-12-02"}
    signed = "PUT" + "\n" * 12 + "".join(f"{key}:{value}\n" for key, value in headers.items())
    signed += f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    digest = hmac.digest(base64.b64decode(ACCOUNT_KEY), signed.encode(), hashlib.sha256)
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    url = f"{azure_url}/{ACCOUNT}/{name}?restype=container"
    httpx.put(url, headers=headers, trust_env=False).raise_for_status()


async def test_google_cloud_storage_gives_objects_by_key_and_the_reasons_why_not(gcs: str) -> None:
    source = ImageSource(
        SourceSettings(gs={"base_url": gcs, "skip_signature": "true"}, max_bytes=LIMIT_BYTES, attempts=1)
    )
    for key in KEYS:
        image = await source.fetch(object_uri("gs", "shop-a", key), allowed_prefixes=["gs://shop-*/"])
        assert (image.data, image.content_type) == (key.encode(), "image/jpeg")
    await expect_the_reasons_of_every_store(source, "gs")
    await source.close()


async def test_azure_blob_storage_gives_objects_by_key_and_the_reasons_why_not(azure: dict[str, str]) -> None:
    source = ImageSource(SourceSettings(az=azure, max_bytes=LIMIT_BYTES, attempts=1))
    for key in KEYS:
        image = await source.fetch(object_uri("az", "shop-a", key), allowed_prefixes=["az://shop-*/"])
        assert (image.data, image.content_type) == (key.encode(), "image/jpeg")
    await expect_the_reasons_of_every_store(source, "az")
    await source.close()


async def test_azure_denies_a_wrong_key_without_its_being_shown(azure: dict[str, str]) -> None:
    wrong = base64.b64encode(b"wrong" * 12).decode()
    source = ImageSource(SourceSettings(az={**azure, "account_key": wrong}, attempts=1))
    with pytest.raises(Rejected) as refusal:
        await source.fetch("az://shop-a/a.jpg", allowed_prefixes=["az://shop-a/"])
    assert refusal.value.reason is Reason.ACCESS_DENIED
    assert wrong not in str(refusal.value)
    await source.close()


@pytest.mark.parametrize("scheme", ["gs", "az"])
def test_a_prefix_is_listed_as_addresses_that_can_be_fetched(scheme: str, gcs: str, azure: dict[str, str]) -> None:
    """What ``vedette publish gs://…`` and ``az://…`` read."""
    stores = SourceSettings(gs={"base_url": gcs, "skip_signature": "true"}, az=azure)
    found = find_images(f"{scheme}://shop-a", ReferenceTemplate("shop"), standard_input=io.BytesIO(), stores=stores)
    uris = {one.uri for one in found if isinstance(one, ImageReference)}
    assert uris == {object_uri(scheme, "shop-a", key) for key in (*KEYS, "empty.jpg", "over.jpg")}
