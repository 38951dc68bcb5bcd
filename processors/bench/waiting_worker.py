"""A recognise worker whose inference is a wait: for ``vedette bench --scale`` alone.

It shows what adding workers brings where each has a GPU of its own, on a machine that has none. No command and no
setting leads here, and its answers, which are about nothing, go to the topic that it is told, which nobody reads.
"""

import argparse
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from infra.kafka.event_bus import EventPublisher
from infra.kafka.polling import MessageStream
from infra.settings.settings import Settings
from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import build_pipeline, not_installed
from processors.recognition.batch import RunnablePipeline
from processors.recognition.outcomes import Outcome
from processors.streams.delivery import Batching, consume_batches
from processors.streams.faust_client.app import WorkerApp
from processors.streams.worker import create_worker, run_worker
from processors.workers.recognise import open_recogniser
from schemas.answers import FeatureAnswers
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec


@dataclass(frozen=True)
class Arguments:
    """What this process is told on its command line."""

    references: str
    answers: str
    group: str
    wait_ms: float


class WaitingPipeline:
    """Decodes as the loaded pipeline does, and waits instead of inferring: one image at a time, like one GPU."""

    def __init__(self, loaded: RunnablePipeline, wait_ms: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._loaded = loaded
        self._sleep = sleep
        self._wait_s = wait_ms / 1000
        self._gpu = threading.Lock()

    @property
    def name(self) -> str:
        return "waiting@1"

    def decode(self, data: bytes, features: Sequence[Feature]) -> DecodedImage:
        """Decode one image; raises ``Rejected``."""
        return self._loaded.decode(data, features)

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        """Take as long as inference would, and answer nothing."""
        with self._gpu:
            self._sleep(self._wait_s * len(images))
        return [
            FeatureAnswers(**{feature.value: not_installed(feature) for feature in request.features})
            for request in asked
        ]


def create_app(settings: Settings, arguments: Arguments) -> WorkerApp:
    """Return the app that goes from the references it is told to the answers it is told."""
    app = create_worker(arguments.group.removeprefix("vedette-"), settings)

    def build(settings: Settings, description: PipelineSpec) -> WaitingPipeline:
        return WaitingPipeline(build_pipeline(settings, description), arguments.wait_ms)

    async def recognise(stream: MessageStream) -> None:
        async with open_recogniser(settings, build) as recogniser, EventPublisher(settings.kafka) as publisher:

            async def publish(outcome: Outcome) -> None:
                """Whatever was not recognised was not waited for: a bug here, which ends the measurement."""
                if outcome.recognised < len(outcome.records):
                    raise RuntimeError("an image was rejected or put off: what is measured would mean nothing")
                await publisher.publish([replace(record, topic=arguments.answers) for record in outcome.records])

            worker = settings.worker
            batching = Batching(worker.batch_size, worker.batch_wait_s, in_flight=worker.batches_in_flight)
            await consume_batches(stream, batching, recogniser.recognise, publish)

    app.consume([arguments.references], recognise)
    return app


def read_arguments() -> Arguments:
    parser = argparse.ArgumentParser()
    for name in ("references", "answers", "group"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--wait-ms", type=float, required=True)
    return Arguments(**vars(parser.parse_args()))


if __name__ == "__main__":
    settings = Settings()
    run_worker(create_app(settings, read_arguments()), settings)
