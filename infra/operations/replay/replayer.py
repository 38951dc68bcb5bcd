"""Publishes references that were answered before once more, for another pipeline to answer."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from infra.cassandra.images.scan import StoredAnswers
from infra.kafka.event_bus import Publisher, Record
from infra.retries import retry_outage
from schemas.images import Feature, ImageReference
from schemas.messages.cloud_events import REFERENCE_TYPE, headers_for
from schemas.messages.replays import History, ReplayState, ReplaySummary, encode_headers
from schemas.results import RecognitionResult, VersionedName
from schemas.topics import IMAGE_REFERENCES_BATCH

AT_ONCE = 50

Advance = Callable[[ReplayState], None]


class HistoryScan(Protocol):
    """Where answers are read."""

    def images(self, after: int | None = None) -> AsyncGenerator[StoredAnswers, None]: ...


class States(Protocol):
    """Where it is kept how far a replay has come."""

    async def find(self, pipeline: VersionedName, history: History) -> ReplayState | None: ...
    async def save(self, pipeline: VersionedName, history: History, state: ReplayState) -> None: ...


class ReplayLane(Protocol):
    """Where references wait."""

    async def make_room(self, count: int) -> None: ...


class Replayer:
    """Replays images in the order in which Cassandra keeps them, and remembers the last one that Kafka has confirmed.

    Killed at any point it goes on there: at most ``AT_ONCE`` references are published twice, and answered twice under
    one identity. What the pipeline has answered already is passed over, so that a replay that is run again after its
    end only adds what came since.
    """

    def __init__(self, scan: HistoryScan, states: States, publisher: Publisher, lane: ReplayLane) -> None:
        self._scan = scan
        self._states = states
        self._publisher = publisher
        self._lane = lane

    async def run(self, pipeline: VersionedName, history: History, advance: Advance) -> ReplaySummary:
        """Publish all that is meant; ``advance`` is told how far it has come."""
        begun = await self._states.find(pipeline, history)
        resumed = begun is not None and not begun.finished
        state = begun if begun is not None and resumed else ReplayState()
        batch: list[RecognitionResult] = []
        async with aclosing(self._scan.images(state.place)) as images:
            async for image in images:
                state, wanted = _look_at(image, pipeline, history, state)
                batch += [wanted] if wanted else []
                if len(batch) == AT_ONCE:
                    state = await self._publish(batch, pipeline, history, state)
                    batch = []
                advance(state)
        state = await self._publish(batch, pipeline, history, state.model_copy(update={"finished": True}))
        advance(state)
        counts = state.model_dump(include={"images", "published", "answered_before"})
        return ReplaySummary(pipeline=pipeline, history=history, resumed=resumed, **counts)

    async def _publish(
        self, batch: Sequence[RecognitionResult], pipeline: VersionedName, history: History, state: ReplayState
    ) -> ReplayState:
        """Publish first, and remember it afterwards: whatever happens between, nothing is left out."""
        if batch:
            records = [replay_of(result, pipeline) for result in batch]
            await retry_outage(partial(self._lane.make_room, len(records)), doing="wait for room in the batch lane")
            await retry_outage(partial(self._publisher.publish, records), doing="publish replays")
        reached = state.model_copy(update={"published": state.published + len(batch)})
        await retry_outage(partial(self._states.save, pipeline, history, reached), doing="remember the replay")
        return reached


def replay_of(result: RecognitionResult, pipeline: VersionedName) -> Record:
    """Return the reference that ``result`` answers, to be answered by ``pipeline``: the same image, asked the same."""
    reference = ImageReference(
        owner=result.owner,
        uri=result.uri,
        image_id=result.image_id,
        features=tuple(feature for feature in Feature if feature in result.features.answered()),
        pipeline=pipeline,
        metadata=result.metadata,
        submitted_at=result.submitted_at,
    )
    headers = headers_for(
        REFERENCE_TYPE,
        event_id=f"{result.origin.name}:{pipeline}",
        source="vedette/replay",
        time=datetime.now(UTC),
        correlation_id=result.correlation_id,
    )
    value = reference.model_dump_json(exclude_none=True, exclude_defaults=True).encode()
    return Record(IMAGE_REFERENCES_BATCH, value, result.image_key.encode(), [*headers, *encode_headers(result.origin)])


def _look_at(
    image: StoredAnswers, pipeline: VersionedName, history: History, state: ReplayState
) -> tuple[ReplayState, RecognitionResult | None]:
    """Return how far it is with this image counted, and the answer to replay, if there is one that is meant."""
    newest = max(image.all(), key=lambda result: result.origin.version)
    if not history.holds(newest):
        return state.model_copy(update={"place": image.place}), None
    answered = image.of(pipeline)
    is_answered = answered is not None and answered.origin.version == newest.origin.version
    counts = {"images": state.images + 1, "answered_before": state.answered_before + is_answered}
    return state.model_copy(update={"place": image.place, **counts}), None if is_answered else newest
