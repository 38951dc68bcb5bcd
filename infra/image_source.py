"""Images fetched from where a reference says: s3, gs, az, https and file, within limits and within the rules."""

import asyncio
from collections.abc import Sequence

from infra.errors import SourceUnavailable
from infra.retries import wait_s
from infra.settings import SourceSettings
from infra.sources.contents import FetchedImage, Source
from infra.sources.file_source import FileSource
from infra.sources.https_source import HttpsSource
from infra.sources.network import Resolve
from infra.sources.object_stores import ObjectStores
from infra.sources.rules import SourceRules
from schemas.uris import OBJECT_STORES, SourceUri

__all__ = ["FetchedImage", "ImageSource"]


class ImageSource:
    """Whole images by URI: never more than ``max_bytes``, never longer than ``timeout_s`` an attempt.

    At most ``concurrent_fetches`` run at a time; further ones wait. A source that does not answer is asked ``attempts``
    times, with a pause between that grows and varies. Use from one event loop, and close at the end.
    """

    def __init__(self, settings: SourceSettings, resolve: Resolve | None = None) -> None:
        self._rules = SourceRules(settings)
        self._timeout_s = settings.timeout_s
        self._attempts = settings.attempts
        self._slots = asyncio.Semaphore(settings.concurrent_fetches)
        web = HttpsSource(settings, self._rules, resolve)
        self._sources: dict[str, Source] = {
            "file": FileSource(settings, self._rules),
            "https": web,
            "http": web,
            **dict.fromkeys(OBJECT_STORES, ObjectStores(settings)),
        }

    def check_uri(self, uri: str, allowed_prefixes: Sequence[str]) -> SourceUri:
        """Return the parsed ``uri`` if the rules allow it, without any I/O; raises ``Rejected`` if not."""
        return self._rules.check_uri(uri, allowed_prefixes)

    async def fetch(self, uri: str, *, allowed_prefixes: Sequence[str]) -> FetchedImage:
        """Return the image at ``uri`` if one of ``allowed_prefixes`` allows it.

        Raises ``Rejected`` with the reason where the reference or image is at fault, and ``SourceUnavailable`` where
        the source did not answer as often as it was asked. Neither repeats the URI.
        """
        source = self.check_uri(uri, allowed_prefixes)
        for attempt in range(1, self._attempts):
            try:
                return await self._attempt(source, allowed_prefixes)
            except SourceUnavailable:
                await asyncio.sleep(wait_s(attempt))
        return await self._attempt(source, allowed_prefixes)

    async def close(self) -> None:
        """Give all connections and threads back."""
        for source in set(self._sources.values()):
            await source.close()

    async def _attempt(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> FetchedImage:
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._sources[uri.scheme].fetch(uri, allowed_prefixes)
            except TimeoutError:
                raise SourceUnavailable(f"The image did not come within {self._timeout_s:g} s.") from None
