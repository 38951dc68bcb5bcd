"""Clients of object stores: S3, Google Cloud Storage and Azure Blob Storage, and stores that speak as they do."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.store import AzureStore, GCSStore, S3Store

if TYPE_CHECKING:  # obstore has this type for checkers alone
    from obstore.store import ClientConfig

Store = S3Store | GCSStore | AzureStore
STORE_TYPES: dict[str, Callable[..., Store]] = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}
# Shorter than the patience for one image: only a refused or unanswered connection tells that a store is down.
CONNECT_TIMEOUT_S = 3.0


def client_options(options: dict[str, str], timeout_s: float) -> "ClientConfig":
    """Plain http only where the operator wrote an http endpoint; every attempt is bounded in time."""
    client: ClientConfig = {
        "timeout": timedelta(seconds=timeout_s),
        "connect_timeout": timedelta(seconds=min(CONNECT_TIMEOUT_S, timeout_s)),
    }
    if any(value.startswith("http://") for value in options.values()):
        client["allow_http"] = True
    return client
