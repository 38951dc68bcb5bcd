"""Images fetched from where a reference says: s3, gs, az, https, file or an upload, within limits and the rules."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from infra.errors import Rejected, SourceUnavailable
from infra.lanes import Lane
from infra.objects.upload_place import UploadPlace
from infra.retries import wait_s
from infra.settings.recognition import SourceSettings
from infra.sources.contents import FetchedImage, SchemeSource
from infra.sources.file_source import FileSource
from infra.sources.hosts import Hosts
from infra.sources.https_source import HttpsSource
from infra.sources.memory import ByteBudget
from infra.sources.network import Resolve
from infra.sources.object_stores import ObjectStores
from infra.sources.rules import SourceRules
from infra.sources.store_outages import StoreOutages
from infra.sources.upload_source import UploadSource
from schemas.dead_letters import Reason
from schemas.texts.uploads import UPLOAD, Upload, upload_prefix
from schemas.texts.uris import OBJECT_STORES, SourceUri

__all__ = ["FetchedImage", "ImageSource"]


class ImageSource:
    """Whole images by URI: never more than ``max_bytes``, never longer than the settings say.

    At most ``concurrent_fetches`` run at a time, ``memory_bytes`` are held at a time, and each lane and each web server
    has a bound of its own, so that no slow one keeps the others waiting. An image is asked for ``attempts`` times
    within ``patience_s``; one that was put off before is asked once, for up to ``timeout_s``. While an object store
    cannot be reached, its images wait in place. Use from one event loop, and close at the end.
    """

    def __init__(
        self, settings: SourceSettings, resolve: Resolve | None = None, uploads: UploadPlace | None = None
    ) -> None:
        """``uploads`` is where uploaded pictures lie; without it there are none."""
        self._rules = SourceRules(settings, uploads)
        self._settings = settings
        self._lanes = {lane: asyncio.Semaphore(_slots_of(lane, settings.concurrent_fetches)) for lane in Lane}
        self._slots = asyncio.Semaphore(settings.concurrent_fetches)
        self._memory = ByteBudget(settings.memory_bytes)
        self._hosts = Hosts(settings.fetches_per_host, settings.patience_s)
        self._outages = {scheme: StoreOutages(scheme) for scheme in (*OBJECT_STORES, UPLOAD)}
        web = HttpsSource(settings, self._rules, resolve)
        self._sources: dict[str, SchemeSource] = {
            "file": FileSource(settings, self._rules),
            "https": web,
            "http": web,
            **dict.fromkeys(OBJECT_STORES, ObjectStores(settings)),
        }
        if uploads is not None:
            self._sources[UPLOAD] = UploadSource(uploads, settings)

    def check_uri(self, uri: str, allowed_prefixes: Sequence[str]) -> SourceUri:
        """Return the parsed ``uri`` if the rules allow it, without any I/O; raises ``Rejected`` if not."""
        return self._rules.check_uri(uri, allowed_prefixes)

    async def fetch(self, uri: str, *, allowed_prefixes: Sequence[str], lane: Lane = Lane.URGENT) -> FetchedImage:
        """Return the image at ``uri`` if one of ``allowed_prefixes`` allows it; release it when it is decoded.

        Raises ``Rejected`` with the reason where the reference or image is at fault, and ``SourceUnavailable`` where
        the image did not come. Neither repeats the URI.
        """
        source = self._parse(uri, allowed_prefixes)
        ask = partial(self._ask, source, allowed_prefixes, lane)
        if (outages := self._outages.get(source.scheme)) is not None:
            return await outages.run(ask)
        if source.port is not None:
            return await self._hosts.run(source.authority, lane, ask)
        return await ask()

    async def close(self) -> None:
        """Give all connections and threads back."""
        for source in set(self._sources.values()):
            await source.close()

    def _parse(self, uri: str, allowed_prefixes: Sequence[str]) -> SourceUri:
        """Return the place that a reference names: an upload of the workspace's own, or what the rules allow."""
        upload = Upload.parse(uri)
        if upload is None:
            return self.check_uri(uri, allowed_prefixes)
        if UPLOAD not in self._sources or upload_prefix(upload.owner) not in allowed_prefixes:
            raise Rejected(Reason.SOURCE_NOT_ALLOWED, "The upload belongs to another workspace.")
        return upload.source

    async def _ask(self, uri: SourceUri, allowed_prefixes: Sequence[str], lane: Lane) -> FetchedImage:
        """Ask as often as the lane has patience for."""
        if lane is Lane.RETRY or self._is_down(uri):
            return await self._attempt(uri, allowed_prefixes, lane, self._settings.timeout_s)
        patience_s = min(self._settings.patience_s, self._settings.timeout_s)
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + patience_s
        for attempt in range(1, self._settings.attempts):
            try:
                return await self._attempt(uri, allowed_prefixes, lane, patience_s)
            except SourceUnavailable as error:
                pause_s = wait_s(attempt)
                patience_s = give_up_at - clock() - pause_s
                if error.unreachable or patience_s <= 0:
                    raise
                await asyncio.sleep(pause_s)
        return await self._attempt(uri, allowed_prefixes, lane, patience_s)

    def _is_down(self, uri: SourceUri) -> bool:
        """Whether this attempt is to find out if a store is back: it may take its time."""
        outages = self._outages.get(uri.scheme)
        return outages is not None and outages.is_down

    async def _attempt(
        self, uri: SourceUri, allowed_prefixes: Sequence[str], lane: Lane, timeout_s: float
    ) -> FetchedImage:
        async with self._lanes[lane], self._slots:
            held = await self._memory.reserve(self._settings.max_bytes)
            try:
                async with asyncio.timeout(timeout_s):
                    image = await self._sources[uri.scheme].fetch(uri, allowed_prefixes)
            except TimeoutError:
                held.release()
                raise SourceUnavailable(f"The image did not come within {timeout_s:.3g} s.") from None
            except BaseException:
                held.release()
                raise
            held.shrink(len(image.data))
            return replace(image, held=held)


def _slots_of(lane: Lane, fetches: int) -> int:
    """Slow images that are tried again, or a backlog, never take the slots that urgent ones need."""
    share = {Lane.QUESTION: 1.0, Lane.URGENT: 1.0, Lane.BATCH: 0.75, Lane.RETRY: 0.25}[lane]
    return max(1, int(fetches * share))
