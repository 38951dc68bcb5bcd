"""A recognise worker on the real pipeline, with an image that truly kills the process which decodes it."""

import os
import signal
from collections.abc import Sequence

from infra.settings.settings import Settings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import build_pipeline
from processors.recognition.batch import RunnablePipeline
from processors.streams.worker import run_worker
from processors.workers.recognise import create_app
from schemas.answers import FeatureAnswers
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec

DEADLY = b"deadly"
RAISING = b"raising"


class KillingPipeline:
    """As the loaded one, but for images that end in ``DEADLY`` or ``RAISING``."""

    def __init__(self, loaded: RunnablePipeline) -> None:
        self._loaded = loaded

    @property
    def name(self) -> str:
        return self._loaded.name

    def decode(self, data: bytes, features: Sequence[Feature]) -> DecodedImage:
        if data.endswith(DEADLY):
            os.kill(os.getpid(), signal.SIGSEGV)
        if data.endswith(RAISING):
            raise ZeroDivisionError
        return self._loaded.decode(data, features)

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        return self._loaded.answer(images, asked)


def build(settings: Settings, description: PipelineSpec, *, processes: DecoderPool | None = None) -> KillingPipeline:
    return KillingPipeline(build_pipeline(settings, description, processes=processes))


if __name__ == "__main__":
    from tests.killing_worker import build as build_by_name

    run_worker(create_app(Settings(), build_by_name), Settings())
