"""List the pictures beneath a prefix of an object store, page by page."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import obstore
from obstore.exceptions import BaseError, InvalidPathError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, S3Store

from infra.settings.recognition import SourceSettings
from producers.sources.references import Found, ReferenceTemplate, Refusal
from schemas.texts.uris import object_uri

SCHEMES = frozenset({"s3", "gs", "az"})
PAGE_SIZE = 1000
ATTEMPTS_BEYOND_THE_FIRST = 3

Store = S3Store | GCSStore | AzureStore


def find_objects(
    source: str,
    template: ReferenceTemplate,
    is_picture: Callable[[str], bool],
    *,
    recursive: bool,
    stores: SourceSettings,
) -> Iterator[Found]:
    """Yield a reference for each picture whose key starts with the prefix in ``source``.

    One page of keys is held at a time. A listing that breaks off ends with a refusal, so that it is never mistaken
    for a complete one.
    """
    scheme, _, rest = source.partition("://")
    bucket, _, path = rest.partition("/")
    prefix = unquote(path)
    try:
        for key in _list_keys(_open(scheme.lower(), bucket, stores), prefix):
            if is_picture(key) and (recursive or "/" not in key[len(prefix) :].removeprefix("/")):
                yield template.fill({"uri": object_uri(scheme.lower(), bucket, key)}, f"{source}: {key}")
    except (BaseError, ValueError, OSError) as error:
        yield Refusal(source, _explain(error, scheme.lower()))


def _list_keys(store: Store, prefix: str) -> Iterator[str]:
    """Yield the keys that start with ``prefix``; the store itself can only be asked for whole folders."""
    folder = prefix.rpartition("/")[0]
    for page in obstore.list(store, prefix=folder or None, chunk_size=PAGE_SIZE):
        for item in page:
            if item["path"].startswith(prefix):
                yield item["path"]


def _open(scheme: str, bucket: str, stores: SourceSettings) -> Store:
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


def _explain(error: Exception, scheme: str) -> str:
    """Return a sentence of our own: the client's messages hold addresses, and those of Azure signatures."""
    setting = f"VEDETTE_SOURCES__{scheme.upper()}"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return f"the object store refuses us: check the credentials in {setting}"
    if isinstance(error, NotFoundError | FileNotFoundError) or "NoSuchBucket" in str(error):
        return "there is no such bucket"
    if isinstance(error, InvalidPathError):
        return "the listing broke off at a key with an empty or dotted part, which cannot be addressed: list beside it"
    return f"the listing broke off ({type(error).__name__}): check that the store answers, and {setting}"
