"""Keys in an object store, page by page, from any key on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import BaseError, InvalidPathError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, S3Store

from infra.settings.recognition import SourceSettings

PAGE_SIZE = 1000
ATTEMPTS_BEYOND_THE_FIRST = 3
# What a listing may end with, and ``why_listing_ended`` explains.
LISTING_ERRORS = (BaseError, ValueError, OSError)

Store = S3Store | GCSStore | AzureStore


def list_keys(store: Store, prefix: str, after: str | None = None) -> Iterator[str]:
    """Yield the keys that start with ``prefix``, beyond ``after``; the store can only be asked for whole folders."""
    folder = prefix.rpartition("/")[0]
    for page in obstore.list(store, prefix=folder or None, offset=after, chunk_size=PAGE_SIZE):
        for item in page:
            if item["path"].startswith(prefix):
                yield item["path"]


def open_store(scheme: str, bucket: str, stores: SourceSettings) -> Store:
    """Return a client of the bucket, by the settings of sources."""
    options: dict[str, Any] = {"s3": stores.s3, "gs": stores.gs, "az": stores.az}[scheme]
    store_type: Any = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}[scheme]
    plain_http = any(value.startswith("http://") for value in options.values())
    store: Store = store_type(
        bucket,
        config=options,
        client_options={"timeout": timedelta(seconds=stores.timeout_s), "allow_http": plain_http},
        retry_config={
            "max_retries": ATTEMPTS_BEYOND_THE_FIRST,
            "retry_timeout": timedelta(seconds=stores.timeout_s),
        },
    )
    return store


def is_final(error: Exception) -> bool:
    """Whether asking again is no use: the store refuses, or there is nothing."""
    refused = isinstance(error, PermissionDeniedError | UnauthenticatedError | InvalidPathError | ValueError)
    return refused or isinstance(error, NotFoundError | FileNotFoundError) or "NoSuchBucket" in str(error)


def why_listing_ended(error: Exception, scheme: str) -> str:
    """Return a sentence of our own: the client's messages hold addresses, and those of Azure signatures."""
    setting = f"VEDETTE_SOURCES__{scheme.upper()}"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return f"the object store refuses us: check the credentials in {setting}"
    if isinstance(error, NotFoundError | FileNotFoundError) or "NoSuchBucket" in str(error):
        return "there is no such bucket"
    if isinstance(error, InvalidPathError):
        return "the listing broke off at a key with an empty or dotted part, which cannot be addressed: list beside it"
    return f"the listing broke off ({type(error).__name__}): check that the store answers, and {setting}"
