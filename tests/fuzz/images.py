"""``make fuzz-images``: thousands of damaged pictures through decoder and recogniser, and a table of what became.

Every image is decoded on the way that a worker takes, children included, and goes through a real recogniser with the
default model, sixteen at a time. Fails where one is neither recognised nor rejected with a reason, or outlasts the cap.
"""

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.errors import Rejected
from infra.settings.settings import Settings
from processors.imaging.decoding.decode import quiet_parsers
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.views import Crop
from processors.pipelines.loaded import build_pipeline
from processors.recognition.intake import Intake
from processors.recognition.recogniser import Recogniser
from processors.recognition.workspaces import WorkspaceDirectory
from schemas.dead_letters import decode_headers
from schemas.topics import DEAD_LETTERS
from tests.fakes.mutated_pictures import Mutant, mutants
from tests.fakes.pipelines import FakePipelines
from tests.fakes.sources import FakeSource, FakeWorkspaces, workspace
from tests.fakes.streams import message

BATCH = 16
# Between the cap and the answer: the process is killed, and the next one starts on a busy machine.
GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Decoded:
    """What decoding one mutant gave, and how long it took."""

    mutant: Mutant
    outcome: str
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    quiet_parsers()
    settings = Settings(home=Path(tempfile.mkdtemp(prefix="vedette-fuzz-")))
    processes = DecoderPool(2, settings.models.decode_timeout_s, settings.models.max_pixels)
    items = list(mutants(arguments.count, arguments.seed))
    decoded, peak = _decode_all(items, Decoder(settings.models.max_pixels, processes))
    recognised = asyncio.run(_recognise_all(items, settings, processes))
    processes.close()
    _report(decoded, recognised, peak)
    late = [item for item in decoded if item.seconds > settings.models.decode_timeout_s + GRACE_S]
    differing = [item for item, outcome in zip(decoded, recognised, strict=True) if item.outcome != outcome]
    if late or differing:
        sys.exit(f"{len(late)} took too long, {len(differing)} became one thing in the decoder and another beyond it")


def _decode_all(items: Sequence[Mutant], decoder: Decoder) -> tuple[list[Decoded], int]:
    """Return what became of each, and the most memory that a process which decodes was seen to hold, bytes."""
    decoded, peak = [], 0
    for item in items:
        decoded.append(_decode(item, decoder))
        peak = max(peak, *(_resident(child) for child in psutil.Process().children()), 0)
    return decoded, peak


def _decode(item: Mutant, decoder: Decoder) -> Decoded:
    started = time.monotonic()
    try:
        decoder.decode(item.data, (Crop(256, 224),))
        outcome = "recognised"
    except Rejected as rejected:
        outcome = rejected.reason.value
    return Decoded(item, outcome, time.monotonic() - started)


def _resident(process: psutil.Process) -> int:
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peaks[0]) * 1024 if peaks else 0


async def _recognise_all(items: Sequence[Mutant], settings: Settings, processes: DecoderPool) -> list[str]:
    """Return what the recogniser published for each: ``recognised``, or a reason."""
    images = {f"s3://shop/{at}": item.data for at, item in enumerate(items)}
    recogniser = Recogniser(
        Intake({}),
        FakeSource(images),
        WorkspaceDirectory(FakeWorkspaces([workspace("shop")])),
        FakePipelines(build_pipeline(settings, processes=processes)),
        decoding_threads=2,
        inference_threads=2,
        inference_batch=4,
        host="fuzz",
    )
    outcomes: dict[int, str] = {}
    for start in range(0, len(items), BATCH):
        offsets = range(start, min(start + BATCH, len(items)))
        outcomes.update(await _recognise(recogniser, offsets))
    recogniser.close()
    return [outcomes[at] for at in range(len(items))]


async def _recognise(recogniser: Recogniser, offsets: range) -> dict[int, str]:
    values = [json.dumps({"owner": "shop", "uri": f"s3://shop/{at}"}).encode() for at in offsets]
    sent = [message(value, offset=at) for value, at in zip(values, offsets, strict=True)]
    outcomes: dict[int, str] = {}
    for record in (await recogniser.recognise(sent)).records:
        if record.topic == DEAD_LETTERS:
            rejection = decode_headers(record.headers)
            outcomes[rejection.origin.offset] = rejection.reason.value
        else:
            outcomes[json.loads(record.value or b"")["origin"]["offset"]] = "recognised"
    return outcomes


def _report(decoded: Sequence[Decoded], recognised: Sequence[str], peak: int) -> None:
    outcomes = sorted({*recognised} - {"recognised"})
    table: dict[str, Counter[str]] = defaultdict(Counter)
    slowest: dict[str, float] = defaultdict(float)
    for item, outcome in zip(decoded, recognised, strict=True):
        table[item.mutant.kind][outcome] += 1
        slowest[item.mutant.kind] = max(slowest[item.mutant.kind], item.seconds)
    columns = ["recognised", *outcomes]
    _say(f"| format | images | {' | '.join(columns)} | slowest, ms |")
    _say("| --- " * (len(columns) + 3) + "|")
    for kind, counts in table.items():
        cells = " | ".join(str(counts[column]) for column in columns)
        _say(f"| {kind} | {counts.total()} | {cells} | {slowest[kind] * 1000:.0f} |")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    _say(f"peak RSS: decoding process {peak >> 20} MiB, worker {own >> 20} MiB")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
