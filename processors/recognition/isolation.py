"""Images that may have brought workers down, tried one by one in a child process that may die."""

import asyncio
import hashlib
import multiprocessing
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Protocol

import structlog

from infra.errors import Rejected
from infra.settings.settings import Settings
from infra.telemetry.metrics import outages
from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from schemas.answers import FeatureAnswers
from schemas.dead_letters import Reason
from schemas.records.pipelines import PipelineSpec
from schemas.results import ImageFacts, ResultWarning, VersionedName

if TYPE_CHECKING:
    from processors.recognition.batch import RunnablePipeline

    Build = Callable[[Settings, PipelineSpec], RunnablePipeline]

Find = Callable[[VersionedName], Awaitable[PipelineSpec | None]]

LONGEST_TRIAL_S = 60.0
LONGEST_START_S = 300.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of an image that did its child no harm."""

    facts: ImageFacts
    warnings: tuple[ResultWarning, ...]
    answers: FeatureAnswers
    decode_ms: float
    inference_ms: float


@dataclass(frozen=True, slots=True)
class ChildRefusal:
    """Why an image that did its child no harm was rejected."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class ChildFault:
    """The error, unknown to us, that an image raised in its child."""

    told: str


class Suspects(Protocol):
    """Which messages may have brought workers down, and where their images are tried."""

    def is_suspect(self, name: str) -> bool: ...

    async def recognise(self, pipeline: VersionedName, data: bytes, request: FeatureRequest) -> Trial: ...


class NoSuspects:
    """Where nobody keeps a journal, nobody is suspected."""

    def is_suspect(self, _name: str) -> bool:
        return False

    async def recognise(self, _pipeline: VersionedName, _data: bytes, _request: FeatureRequest) -> Trial:
        raise AssertionError("nobody is suspected")


NO_SUSPECTS = NoSuspects()


class Isolation:
    """Recognises images in a child process, one at a time; the child loads a pipeline of its own while it is needed."""

    def __init__(self, settings: Settings, build: "Build", find: Find, is_suspect: Callable[[str], bool]) -> None:
        """``build`` loads in the child what ``find`` knows of a pipeline: a function that a module holds by name."""
        self._settings = settings
        self._build = build
        self._find = find
        self._is_suspect = is_suspect
        self._child: _Child | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    def is_suspect(self, name: str) -> bool:
        """Whether the message of this name is to be tried here."""
        return self._is_suspect(name)

    async def recognise(self, pipeline: VersionedName, data: bytes, request: FeatureRequest) -> Trial:
        """Return what the image is; raises ``Rejected``, with ``crashed_worker`` where the child did not survive it."""
        self._waiting += 1
        try:
            with outages.during("try an image alone"):
                async with self._turn:
                    return await asyncio.to_thread(self._try, await self._describe(pipeline), data, request)
        finally:
            self._waiting -= 1
            if not self._waiting:
                await asyncio.to_thread(self.close)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.end()
            self._child = None

    async def _describe(self, pipeline: VersionedName) -> PipelineSpec:
        if (description := await self._find(pipeline)) is None:
            raise Rejected(Reason.UNKNOWN_PIPELINE, f"pipeline: {pipeline}: there is no such pipeline")
        return description

    def _try(self, pipeline: PipelineSpec, data: bytes, request: FeatureRequest) -> Trial:
        if self._child is not None and self._child.pipeline != pipeline:
            self.close()
        self._child = self._child or _Child(self._settings, self._build, pipeline)
        outcome = self._child.ask(data, request)
        if isinstance(outcome, Trial):
            return outcome
        if isinstance(outcome, ChildRefusal):
            raise Rejected(outcome.reason, outcome.detail)
        self.close()
        log.error("crashed_worker", told=outcome.told)
        raise Rejected(Reason.CRASHED_WORKER, f"The image has crashed workers several times: {outcome.told}.")


class _Child:
    """One child process."""

    def __init__(self, settings: Settings, build: "Build", pipeline: PipelineSpec) -> None:
        self.pipeline = pipeline
        context = multiprocessing.get_context("spawn")
        self._pipe, other_end = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(other_end, settings, build, pipeline), name="isolated", daemon=True
        )
        self._process.start()
        # Only the child holds its end now: when it dies, the pipe says so.
        other_end.close()
        if self._receive(LONGEST_START_S) is not None:
            raise RuntimeError("the pipeline cannot be loaded in a child process")

    def ask(self, data: bytes, request: FeatureRequest) -> Trial | ChildRefusal | ChildFault:
        self._pipe.send((data, request))
        return self._receive(LONGEST_TRIAL_S) or ChildFault("the child process said nothing")

    def end(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.join()

    def _receive(self, timeout_s: float) -> Trial | ChildRefusal | ChildFault | None:
        """Return what the child says; None says that it is ready."""
        try:
            if not self._pipe.poll(timeout_s):
                return ChildFault(f"it did not come to an end within {timeout_s:.0f} s")
            answer: Trial | ChildRefusal | ChildFault | None = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            return ChildFault(f"the process that tried it ended with code {self._process.exitcode}")
        return answer


def _serve(pipe: Connection, settings: Settings, build: "Build", description: PipelineSpec) -> None:
    """What the child does: load the pipeline, then try what it is sent, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipeline = build(settings, description)
    pipe.send(None)
    while True:
        try:
            data, request = pipe.recv()
        except EOFError:
            return
        pipe.send(_outcome(pipeline, data, request))


def _outcome(pipeline: "RunnablePipeline", data: bytes, request: FeatureRequest) -> Trial | ChildRefusal | ChildFault:
    try:
        return _recognise(pipeline, data, request)
    except Rejected as error:
        return ChildRefusal(error.reason, error.detail)
    except Exception as error:
        return ChildFault(f"it raised {type(error).__name__}")


def _recognise(pipeline: "RunnablePipeline", data: bytes, request: FeatureRequest) -> Trial:
    started = time.perf_counter()
    image = pipeline.decode(data, request.features)
    decoded = time.perf_counter()
    (answers,) = pipeline.answer([image], [request])
    inference_ms = round((time.perf_counter() - decoded) * 1000, 3)
    return Trial(facts_of(data, image), image.warnings, answers, round((decoded - started) * 1000, 3), inference_ms)


def facts_of(data: bytes, image: DecodedImage) -> ImageFacts:
    """Return what the bytes of an image are."""
    return ImageFacts(
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        format=image.format,
        width=image.width,
        height=image.height,
        **dict(image.notes),
    )
