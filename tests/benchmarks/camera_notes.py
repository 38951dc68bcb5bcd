"""``python -m tests.benchmarks.camera_notes``: what reading EXIF adds to the decoding of a photo."""

import sys
import time
from collections.abc import Callable

from PIL import Image

from processors.imaging.decoding.decode import decode
from processors.imaging.exif.notes import notes_in
from processors.imaging.views import Crop
from processors.pictures import DEMO_PICTURES
from tests.fakes.noted_pictures import EVERY, FULL

RUNS = 400
VIEW = Crop(256, 224)


def main() -> None:
    with Image.open(DEMO_PICTURES / "coffee.jpg") as photo:
        noted = EVERY["JPEG"](photo.convert("RGB"), FULL)
    whole = _microseconds(lambda: decode(noted, [VIEW], 64_000_000))
    notes = _microseconds(lambda: notes_in(FULL))
    sys.stdout.write(f"decoding with EXIF {whole:.0f} us, of which EXIF {notes:.0f} us: {notes / whole:.1%}\n")


def _microseconds(work: Callable[[], object]) -> float:
    """Return the processor time of a quick run: what other work on the machine slows down is left out."""
    times = []
    for _ in range(RUNS):
        started = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - started)
    return sorted(times)[RUNS // 4] / 1000


if __name__ == "__main__":
    main()
