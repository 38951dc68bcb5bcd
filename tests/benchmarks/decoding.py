"""``python -m tests.benchmarks.decoding FILE...``: how long each picture takes in a decoding process, and memory."""

import statistics
import sys
import time
from pathlib import Path

import psutil

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.views import Crop

ROUNDS = 5
MAX_PIXELS = ModelSettings().max_pixels
TIMEOUT_S = 60.0


def main() -> None:
    for name in sys.argv[1:]:
        processes = DecoderPool(1, TIMEOUT_S, MAX_PIXELS)
        _measure(Path(name), Decoder(MAX_PIXELS, processes))
        processes.close()


def _measure(path: Path, decoder: Decoder) -> None:
    """Print the median of a few decodings, and the most memory that the process held."""
    data, seconds = path.read_bytes(), list[float]()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        image = decoder.decode(data, [Crop(256, 224)])
        seconds.append(time.perf_counter() - started)
    told = f"{image.format} {image.width} x {image.height}: {statistics.median(seconds):.2f} s, {_peak_mib()} MiB"
    sys.stdout.write(f"{path.name}: {told}\n")


def _peak_mib() -> int:
    peaks = [Path(f"/proc/{child.pid}/status").read_text() for child in psutil.Process().children()]
    lines = [line for status in peaks for line in status.splitlines() if line.startswith("VmHWM")]
    return max((int(line.split()[1]) // 1024 for line in lines), default=0)


if __name__ == "__main__":
    main()
