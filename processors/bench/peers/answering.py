"""What every peer does with references: read the file, decode, run the pipeline, and answer as JSON."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel

from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from schemas.answers import FeatureAnswers
from schemas.images import DEFAULT_FEATURES, ImageReference


class PeerAnswer(BaseModel):
    """One answer, as small as it can be: which image, and what is on it."""

    image_key: str
    features: FeatureAnswers


@dataclass(frozen=True)
class Topics:
    """From where to where one peer goes, and as which consumer group."""

    kafka: KafkaSettings
    references: str
    answers: str
    group: str


class Answerer:
    """The pipeline that the platform's workers run, in the hands of a peer."""

    def __init__(self, pipeline: LoadedPipeline) -> None:
        self._pipeline = pipeline

    def answer(self, references: Sequence[ImageReference]) -> list[PeerAnswer]:
        """Return one answer for each reference, which must name a readable picture of this machine."""
        asked = [FeatureRequest(reference.features or DEFAULT_FEATURES) for reference in references]
        images = [
            self._pipeline.decode(_read(reference.uri), request.features)
            for reference, request in zip(references, asked, strict=True)
        ]
        answers = self._pipeline.answer(images, asked)
        return [
            PeerAnswer(image_key=reference.identity.image_key, features=features)
            for reference, features in zip(references, answers, strict=True)
        ]


def open_answerer() -> Answerer:
    """Load the pipeline with the settings that the platform's own workers have."""
    return Answerer(build_pipeline(Settings()))


def topics_from_arguments(arguments: Sequence[str]) -> Topics:
    """Read a peer's command line."""
    parser = argparse.ArgumentParser()
    for name in ("references", "answers", "group"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args(arguments)
    return Topics(Settings().kafka, given.references, given.answers, given.group)


def _read(uri: str) -> bytes:
    return Path(os.fsdecode(unquote(urlsplit(uri).path))).read_bytes()
