"""``python -m tests.benchmarks.turned_labels``: the same labels however a camera was held, and whoever says so.

Each of the demonstration's photos is kept in all eight turns: as JPEG by EXIF, as HEIC by its container alone
and with EXIF beside, as a camera's raw file, and as JPEG XL made of the JPEG. Tells the top labels that differ from
those of the first turn, kept in the same way, and the most that a confidence moved.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from imagecodecs import jpegxl_encode_jpeg
from PIL import Image

from infra.settings.settings import Settings
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.models.feature_model import FeatureRequest
from processors.pictures import DEMO_PICTURES
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from schemas.answers import Label, LabelsAnswer
from schemas.images import Feature
from tests.compare_decoders.png_combinations import exif
from tests.compare_decoders.subject import turned
from tests.fakes.camera_raws import FORMS, camera_raw
from tests.fakes.heic import turned_heic
from tests.fakes.pictures import encoded

SIZE = 448, 320
BEST = {"quality": 100, "subsampling": 0}


def main() -> None:
    settings = Settings(home=Path(tempfile.mkdtemp(prefix="vedette-turns-")))
    processes = DecoderPool(1, settings.models.decode_timeout_s, settings.models.max_pixels)
    pipeline = build_pipeline(settings, processes=processes)
    tried, changed, moved = 0, 0, 0.0
    for path in sorted(DEMO_PICTURES.glob("*.jpg")):
        with Image.open(path) as image:
            photo = image.convert("RGB").resize(SIZE)
        upright = {way: _top(pipeline, data) for way, data in _files(photo, 1).items()}
        for way, data in (each for turn in range(2, 9) for each in _files(photo, turn).items()):
            top = _top(pipeline, data)
            tried, changed = tried + 1, changed + (top.name != upright[way].name)
            moved = max(moved, abs(top.confidence - upright[way].confidence))
    processes.close()
    sys.stdout.write(f"{tried} files, {changed} top labels changed, confidence moved by {moved:.4f} at most\n")


def _files(photo: Image.Image, turn: int) -> Mapping[str, bytes]:
    """Return what a camera that was held so may write of the upright ``photo``."""
    stored, note = Image.fromarray(turned(np.asarray(photo), turn)), b"Exif\0\0" + exif(turn, "<")
    jpeg = encoded(stored, exif=note, **BEST)
    return {
        "JPEG": jpeg,
        "JPEG XL": bytes(jpegxl_encode_jpeg(jpeg, usecontainer=True)),
        "HEIC": turned_heic(stored, turn),
        "HEIC with EXIF": turned_heic(stored, turn, tiles=2, exif=note),
        "raw": camera_raw(FORMS[1], [encoded(stored, **BEST)], turn),
    }


def _top(pipeline: LoadedPipeline, data: bytes) -> Label:
    [answer] = pipeline.answer([pipeline.decode(data, [Feature.LABELS])], [FeatureRequest([Feature.LABELS])])
    if not isinstance(answer.labels, LabelsAnswer):
        raise TypeError(f"no labels: {answer.labels}")
    return answer.labels.labels[0]


if __name__ == "__main__":
    main()
