"""How often the default detector is right about photos whose ImageNet name is plainly one of COCO's classes.

``make bench-objects PHOTOS=folder``: photos named ``<anything>_<ImageNet label>.<type>``, or in folders so named, as
``n02123045_tabby.JPEG``. Only those with a label in ``COCO_CLASS`` count. It uses one thread.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.settings.settings import Settings
from infra.terminal import Console
from processors.imaging.decoding.decode import decode
from processors.imaging.picture_folder import find_pictures
from processors.models.feature_model import FeatureModel, FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repositories import open_repository
from schemas.answers import ObjectsAnswer
from schemas.images import Feature, FeatureOptions, ObjectOptions

MODEL = "nanodet@2"
LEAST = (0.25, 0.35, 0.4, 0.5)
BANDS = ((0.25, 0.4), (0.4, 1.0))
BIRDS = """hen house_finch bulbul water_ouzel great_grey_owl black_grouse peacock macaw bee_eater toucan black_swan
black_stork American_egret European_gallinule red-backed_sandpiper pelican"""
DOGS = """Japanese_spaniel Blenheim_spaniel Afghan_hound bluetick redbone whippet Saluki American_Staffordshire_terrier
Irish_terrier wire-haired_fox_terrier cairn miniature_schnauzer Tibetan_terrier Lhasa Labrador_retriever English_setter
clumber Sussex_spaniel groenendael komondor Border_collie Doberman Appenzeller Tibetan_mastiff Eskimo_dog affenpinscher
Newfoundland chow Cardigan Mexican_hairless"""
LABELS_OF = {
    "bird": BIRDS,
    "dog": DOGS,
    "cat": "Siamese_cat tabby Persian_cat Egyptian_cat tiger_cat",
    "bear": "ice_bear brown_bear American_black_bear sloth_bear",
    "zebra": "zebra",
    "sheep": "ram bighorn",
    "airplane": "airliner",
    "boat": "canoe catamaran gondola schooner liner pirate",
    "car": "beach_wagon cab minivan convertible jeep limousine sports_car",
    "bicycle": "bicycle-built-for-two mountain_bike",
    "train": "steam_locomotive electric_locomotive bullet_train",
    "truck": "tow_truck trailer_truck pickup",
    "bottle": "beer_bottle wine_bottle water_bottle",
    "cup": "coffee_mug cup",
    "wine glass": "goblet",
    "keyboard": "computer_keyboard",
    "dining table": "dining_table",
    "refrigerator": "refrigerator",
    "laptop": "laptop notebook",
    "tv": "monitor television",
    "traffic light": "traffic_light",
    "parking meter": "parking_meter",
    "clock": "wall_clock analog_clock",
    "bed": "four-poster studio_couch",
    "sink": "washbasin",
    "tennis racket": "racket",
    "sports ball": "rugby_ball tennis_ball basketball soccer_ball",
    "handbag": "purse",
    "apple": "Granny_Smith",
}
COCO_CLASS = {label.casefold(): name for name, labels in LABELS_OF.items() for label in labels.split()}


@dataclass(frozen=True)
class Seen:
    """What was found in one photo: names with their confidence, the surest first, and how long that took."""

    wanted: str
    found: tuple[tuple[str, float], ...]
    seconds: float

    def top(self, least: float) -> bool:
        return bool(self.found) and self.found[0][0] == self.wanted and self.found[0][1] >= least

    def anywhere(self, least: float) -> bool:
        return any(name == self.wanted and confidence >= least for name, confidence in self.found)

    def between(self, low: float, high: float) -> list[bool]:
        """Return of each box in this band of confidence whether it is of the photo's class."""
        return [name == self.wanted for name, confidence in self.found if low <= confidence < high]


def look(folder: Path, model: FeatureModel, max_pixels: int) -> Iterator[Seen]:
    """Yield what the model sees in each photo whose label stands for a class of COCO."""
    request = FeatureRequest([Feature.OBJECTS], FeatureOptions(objects=ObjectOptions(min_confidence=min(LEAST))))
    for path in find_pictures(folder):
        wanted = wanted_class(path)
        if wanted is None:
            continue
        image = decode(path.read_bytes(), {model.view}, max_pixels)
        started = time.perf_counter()
        [answers] = model.answer([image], [request])
        seconds = time.perf_counter() - started
        answer = answers[Feature.OBJECTS]
        if not isinstance(answer, ObjectsAnswer):
            raise SystemExit(f"{path}: {answer.model_dump_json()}")
        yield Seen(wanted, tuple((one.name, one.confidence) for one in answer.objects), seconds)


def wanted_class(path: Path) -> str | None:
    """Return the class of COCO that a photo shows by its name, or by its folder's."""
    for name in (path.stem, path.parent.name):
        for start in range(len(name.split("_"))):
            if (known := COCO_CLASS.get("_".join(name.split("_")[start:]).casefold())) is not None:
                return known
    return None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--model", default=MODEL, help="A detector of COCO's classes in the repository.")
    given = arguments.parse_args()
    settings = Settings()
    model = load_model(given.model, open_repository(settings), settings.models)
    seen = list(look(given.folder, model, settings.models.max_pixels))
    if not seen:
        raise SystemExit(f"{given.folder}: no photo's name stands for a class of COCO")
    console = Console(highlight=False)
    for least in LEAST:
        top, anywhere = sum(one.top(least) for one in seen), sum(one.anywhere(least) for one in seen)
        console.print(
            f"at {least}: the top box is right on {top} of {len(seen)} photos, the class is found on {anywhere}"
        )
    for low, high in BANDS:
        boxes = [right for one in seen for right in one.between(low, high)]
        console.print(f"of {len(boxes)} boxes from {low} to {high}, {sum(boxes)} are of the class that the photo shows")
    milliseconds = sorted(one.seconds * 1000 for one in seen)
    console.print(
        f"{statistics.median(milliseconds):.0f} ms a photo (median, one thread), {milliseconds[0]:.0f} ms at best"
    )


if __name__ == "__main__":
    main()
