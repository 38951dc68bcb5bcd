"""What the features cost that are answered only where they are asked for, and how often they tell something.

``make bench-people PHOTOS=folder``: each model by itself, on one thread, on every picture beneath the folder.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.settings.settings import Settings
from infra.terminal import Console
from processors.imaging.decoding.decode import decode
from processors.imaging.picture_folder import find_pictures
from processors.models.feature_model import Answer, FeatureModel, FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repositories import open_repository
from schemas.answers import FacesAnswer, ModerationAnswer
from schemas.images import Feature
from schemas.records.pipelines import DEFAULT_PIPELINE

MIB = 2**20


@dataclass(frozen=True)
class Seen:
    """What one picture was told to show, and how long that took."""

    picture: str
    told: tuple[str, ...]
    seconds: float


def faces(answer: Answer) -> tuple[str, ...]:
    if not isinstance(answer, FacesAnswer):
        raise SystemExit(answer.model_dump_json())
    return tuple(f"face {face.confidence:.2f}" for face in answer.faces)


def categories(answer: Answer) -> tuple[str, ...]:
    if not isinstance(answer, ModerationAnswer):
        raise SystemExit(answer.model_dump_json())
    return tuple(f"{one.name} {one.confidence:.2f}" for one in answer.categories)


FEATURES: Mapping[Feature, Callable[[Answer], tuple[str, ...]]] = {
    Feature.FACES: faces,
    Feature.MODERATION: categories,
}


def look(folder: Path, feature: Feature, model: FeatureModel, max_pixels: int) -> Iterator[Seen]:
    """Yield what the model tells of each picture."""
    for path in find_pictures(folder):
        image = decode(path.read_bytes(), {model.view}, max_pixels)
        started = time.perf_counter()
        [answers] = model.answer([image], [FeatureRequest([feature])])
        seconds = time.perf_counter() - started
        yield Seen(path.name, FEATURES[feature](answers[feature]), seconds)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--name", action="store_true", help="Name each picture of which something is told.")
    given = arguments.parse_args()
    settings, console, process = Settings(), Console(highlight=False), psutil.Process()
    for feature in FEATURES:
        before = process.memory_info().rss
        model = load_model(DEFAULT_PIPELINE.models[feature], open_repository(settings), settings.models)
        seen = list(look(given.folder, feature, model, settings.models.max_pixels))
        telling = [one for one in seen if one.told]
        milliseconds = sorted(one.seconds * 1000 for one in seen)
        more = (process.memory_info().rss - before) / MIB
        console.print(
            f"{feature}: {model.id} tells something of {len(telling)} of {len(seen)} pictures;"
            f" {statistics.median(milliseconds):.1f} ms a picture (median, one thread), {milliseconds[0]:.1f} ms at"
            f" best; {more:.0f} MiB more memory",
            soft_wrap=True,
        )
        for one in telling if given.name else ():
            console.print(f"  {one.picture}: {', '.join(one.told)}", soft_wrap=True)


if __name__ == "__main__":
    main()
