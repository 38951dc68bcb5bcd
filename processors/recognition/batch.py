"""A batch while it is recognised: who reads and answers its images, and how far each has come."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from infra.errors import Rejected
from infra.kafka.event_bus import Record
from infra.lanes import Lane
from infra.sources.image_source import FetchedImage
from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from processors.recognition.intake import AcceptedReference
from processors.recognition.outcomes import OutcomeWriter, Writer
from processors.recognition.workspaces import Asked
from schemas.access.accounts import Workspace
from schemas.answers import FeatureAnswers
from schemas.dead_letters import Reason
from schemas.images import Feature
from schemas.results import ImageFacts, VersionedName


class RunnablePipeline(Protocol):
    """A loaded pipeline; both methods block and release the interpreter lock for the heavy part."""

    @property
    def name(self) -> str:
        """The pipeline and its version, such as ``standard@2``."""

    def decode(self, data: bytes, features: Sequence[Feature]) -> DecodedImage:
        """Decode one image as far as ``features`` need it; raises ``Rejected``."""

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        """Answer for each image the features asked of it, every failure in its own place."""


class PipelineShelf(Protocol):
    """The pipelines that can be run here."""

    @property
    def promoted(self) -> RunnablePipeline:
        """The one that counts."""

    def use(self, name: VersionedName | None) -> AbstractAsyncContextManager[RunnablePipeline]:
        """Lend the one named, or the promoted one; raises ``Rejected`` where there is none such."""


class ImageFetcher(Protocol):
    """Where images are fetched from."""

    async def fetch(self, uri: str, *, allowed_prefixes: Sequence[str], lane: Lane) -> FetchedImage: ...


@dataclass(frozen=True, slots=True)
class RecognitionBatch:
    """What all messages of a batch share; ``promoted`` is the pipeline that counted when it began.

    ``make_writer`` takes a pipeline, a host and whether that pipeline is the promoted one.
    """

    lane: Lane
    workspaces: Mapping[str, Workspace]
    promoted: RunnablePipeline
    pipelines: PipelineShelf
    host: str
    make_writer: Callable[[str, str, bool], Writer] = OutcomeWriter

    def use(self, name: VersionedName | None) -> AbstractAsyncContextManager[RunnablePipeline]:
        """Lend a pipeline. Whoever holds one asks for no other: there may be room for one alone."""
        return nullcontext(self.promoted) if name in (None, self.promoted.name) else self.pipelines.use(name)

    def writer(self, pipeline: VersionedName) -> Writer:
        """Return what writes outcomes in the name of a pipeline."""
        return self.make_writer(pipeline, self.host, pipeline == self.promoted.name)

    def reject(self, item: AcceptedReference, reason: Reason, detail: str) -> Record:
        """Return the dead letter of a reference."""
        return self.writer(item.reference.pipeline or self.promoted.name).rejection(item, reason, detail)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A reference whose image was fetched."""

    asked: Asked
    image: FetchedImage
    fetch_ms: float


@dataclass(frozen=True, slots=True)
class Readable:
    """A reference whose image was fetched and decoded."""

    asked: Asked
    image: DecodedImage
    facts: ImageFacts
    fetch_ms: float
    decode_ms: float


class Arrivals:
    """Which images of a batch have not come yet, known by their places in it."""

    def __init__(self, count: int) -> None:
        self._missing = set(range(count))
        self._complete = asyncio.Event()
        if not count:
            self._complete.set()

    def arrived(self, place: int) -> None:
        """The image has come, or is known not to."""
        self._missing.discard(place)
        if not self._missing:
            self._complete.set()

    async def missing_after(self, timeout_s: float) -> frozenset[int]:
        """Return which are missing after ``timeout_s``, or none as soon as that is so."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._complete.wait()
        except TimeoutError:
            return frozenset(self._missing)
        return frozenset()


@asynccontextmanager
async def before_deadline(deadline: datetime) -> AsyncIterator[None]:
    """Shed what is past its deadline before it costs anything, and while it waits for an image."""
    left_s = (deadline - datetime.now(UTC)).total_seconds()
    try:
        async with asyncio.timeout(left_s):
            if left_s <= 0:
                raise TimeoutError
            yield
    except TimeoutError:
        raise Rejected(Reason.DEADLINE_PASSED, f"deadline: it was {deadline.isoformat()}") from None


def milliseconds(seconds: float) -> float:
    """Return a time as results tell it."""
    return round(seconds * 1000, 3)
