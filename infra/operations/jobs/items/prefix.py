"""The pictures beneath a prefix of an object store, as items of a job."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote

from infra.errors import OutsideSystem, TransientError
from infra.manifests.object_keys import LISTING_ERRORS, is_final, list_keys, open_store, why_listing_ended
from infra.manifests.references import ReferenceTemplate
from infra.operations.jobs.items.sources import JobFailed, ReferenceJudge, Taken
from infra.settings.recognition import SourceSettings
from schemas.texts.pictures import is_picture
from schemas.texts.uris import object_uri


class PrefixItems:
    """Items in the order of their keys; the position is the last key. Objects that come later are items, if beyond."""

    def __init__(self, uri: str, template: ReferenceTemplate, judge: ReferenceJudge, stores: SourceSettings) -> None:
        scheme, _, rest = uri.partition("://")
        self._scheme = scheme.lower()
        self._bucket, _, path = rest.partition("/")
        self._prefix = unquote(path)
        self._template = template
        self._judge = judge
        self._stores = stores
        self._keys: Iterator[str] = iter(())
        self._at: str | None = None
        self._is_listing = False

    async def read(self, position: str | None, count: int) -> Taken:
        """Return the next pictures beyond the key ``position``."""
        try:
            keys = await asyncio.to_thread(self._next_keys, position, count)
        except LISTING_ERRORS as error:
            self._is_listing = False
            why = why_listing_ended(error, self._scheme)
            if is_final(error):
                raise JobFailed(f"{self._scheme}://{self._bucket}: {why}") from None
            raise TransientError(why, part=OutsideSystem.OBJECT_STORE) from None
        self._at = keys[-1] if keys else position
        entries = tuple(
            self._judge.entry(self._template.fill({"uri": object_uri(self._scheme, self._bucket, key)}, key), key)
            for key in keys
        )
        return Taken(entries, self._at or "", is_end=len(keys) < count)

    def _next_keys(self, position: str | None, count: int) -> list[str]:
        if not self._is_listing or position != self._at:
            store = open_store(self._scheme, self._bucket, self._stores)
            self._keys = filter(is_picture, list_keys(store, self._prefix, position))
            self._is_listing = True
        return list(islice(self._keys, count))
