"""Images from S3, Google Cloud Storage and Azure Blob Storage, and from stores that speak as they do."""

import re
from collections.abc import Sequence
from datetime import timedelta

import obstore
from cachetools import LRUCache
from obstore.exceptions import BaseError, InvalidPathError, PermissionDeniedError, UnauthenticatedError

from infra.errors import ConfigurationError, Rejected, SourceUnavailable
from infra.objects.stores import STORE_TYPES, Store, client_options
from infra.settings.recognition import SourceSettings
from infra.sources.contents import FetchedImage, read_capped, refuse_above
from schemas.dead_letters import Reason
from schemas.texts.uris import SourceUri

MAX_OPEN_STORES = 64
CHUNK_BYTES = 1_048_576
# In the client's words: there was nobody to ask, or nobody who took the call. Its errors have no other mark of it.
NO_CONNECTION = re.compile(r"Error\(\s*Connect,")


class ObjectStores:
    """Objects by scheme, bucket and key, read with the platform's own credentials.

    One client is kept for each bucket, and the least recently used ones are let go. The client's messages hold URLs,
    and those of Azure signatures, so none of them is ever repeated.
    """

    def __init__(self, settings: SourceSettings) -> None:
        self._options = {"s3": settings.s3, "gs": settings.gs, "az": settings.az}
        self._max_bytes = settings.max_bytes
        self._timeout_s = settings.timeout_s
        self._stores: LRUCache[tuple[str, str], Store] = LRUCache(MAX_OPEN_STORES)
        for scheme, options in self._options.items():
            if options:
                self._open(scheme, "bucket")

    async def fetch(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> FetchedImage:
        """Return the object's newest version, or the one that the URI names."""
        try:
            return await self._read(self._store(uri.scheme, uri.host), uri)
        except FileNotFoundError:
            raise Rejected(Reason.NOT_FOUND, "The bucket has no such object.") from None
        except (PermissionDeniedError, UnauthenticatedError):
            raise Rejected(Reason.ACCESS_DENIED, "The object store denies access to the object.") from None
        except (InvalidPathError, ValueError):
            raise Rejected(Reason.INVALID_REFERENCE, "The object's key cannot be read through this store.") from None
        except BaseError as error:
            message = f"The object store cannot be read ({type(error).__name__})."
            raise SourceUnavailable(message, unreachable=NO_CONNECTION.search(str(error)) is not None) from None

    async def close(self) -> None:
        """Let go of all clients; each closes its connections when its last reader ends."""
        self._stores.clear()

    async def _read(self, store: Store, uri: SourceUri) -> FetchedImage:
        result = await obstore.get_async(store, uri.key, options={"version": uri.version} if uri.version else {})
        refuse_above(result.meta["size"], self._max_bytes)
        data = await read_capped(result.stream(min_chunk_size=CHUNK_BYTES), self._max_bytes)
        content_type = result.attributes.get("Content-Type")
        return FetchedImage(data, content_type, result.meta.get("version") or uri.version)

    def _store(self, scheme: str, bucket: str) -> Store:
        name = (scheme, bucket)
        store = self._stores.get(name)
        if store is None:
            store = self._stores[name] = self._open(scheme, bucket)
        return store

    def _open(self, scheme: str, bucket: str) -> Store:
        options = self._options[scheme]
        try:
            return STORE_TYPES[scheme](
                bucket,
                config=options,
                client_options=client_options(options, self._timeout_s),
                retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=self._timeout_s)},
            )
        except (BaseError, ValueError) as error:
            raise ConfigurationError(
                f"VEDETTE_SOURCES__{scheme.upper()} holds an unknown or invalid option ({type(error).__name__}); "
                f"given are {', '.join(sorted(options)) or 'none'}"
            ) from None
