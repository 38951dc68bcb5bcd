"""``make bombs``: what each batch that unpacks to too much costs each worker, and what becomes of it, as a table."""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from rich.console import Console

from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_messages import TopicMessage
from schemas.messages.cuts import message_bytes
from schemas.topics import ACTIVITY, DEAD_LETTERS
from tests.faults.bombs import CODECS, PLACES, bombs_on, large_on
from tests.faults.fuzzing import MIB, OWNER, worker_process
from tests.peak_memory import forget_peak, peak_bytes
from tests.platforms import RunningPlatform, platform_with_pictures
from tests.raw_producer import RawBatch, publish_raw
from tests.reconciliations import reconciled_line
from tests.stacks import running_stack
from tests.workers import TOPICS_OF

HANDLED_S = 120.0
WORKERS = ("recognise", "store", "index", "activity", "audit")
GROUPS = {**TOPICS_OF, "vedette-activity": (ACTIVITY,), "vedette-audit": (ACTIVITY,)}


def report(platform: RunningPlatform, console: Console) -> int:
    """Publish the batches of each place and codec alone; returns how many things were not as they should be."""
    uri = (platform.pictures / "chelsea.jpg").as_uri()
    value = f'{{"owner": "{OWNER}", "uri": "{uri}"}}'.encode()
    wrong = 0
    log = TopicLog(platform.settings.kafka)
    try:
        console.print("| topic | codec | batches | letters | largest letter | " + " | ".join(WORKERS) + " |")
        for topic in PLACES:
            for name in CODECS:
                batches = [one for one in (*large_on(topic, value), *bombs_on(topic)) if one.name.endswith(f", {name}")]
                wrong += _try(platform, log, topic, name, batches, console)
    finally:
        log.close()
    return wrong


def _try(
    platform: RunningPlatform, log: TopicLog, topic: str, codec: str, batches: Sequence[RawBatch], console: Console
) -> int:
    workers = {name: worker_process(platform, name) for name in WORKERS}
    for process in workers.values():
        forget_peak(process.pid)
    before = log.spans([DEAD_LETTERS])
    refused = publish_raw(platform.settings.kafka, batches)
    is_done = _await_acknowledged(log)
    letters = _letters_since(log, before)
    largest = max((message_bytes(one.key, one.value, one.headers) for one in letters), default=0)
    peaks = [f"{peak_bytes(process.pid) // MIB} MiB" for process in workers.values()]
    console.print(f"| {topic} | {codec} | {len(batches)} | {len(letters)} | {largest:,} | {' | '.join(peaks)} |")
    for problem in [*(f"refused: {name}: {why}" for name, why in refused.items()), *([] if is_done else ["not done"])]:
        console.print(f"wrong: {problem}")
    return len(refused) + (not is_done)


def _await_acknowledged(log: TopicLog) -> bool:
    """Wait until every group has acknowledged all that is there, twice in a row; tells whether it has."""
    give_up_at, times = time.monotonic() + HANDLED_S, 0
    while times < 2 and time.monotonic() < give_up_at:
        times = times + 1 if _is_acknowledged(log) else 0
        time.sleep(1.0)
    return times == 2


def _is_acknowledged(log: TopicLog) -> bool:
    for group, topics in GROUPS.items():
        spans = log.spans(topics)
        done = log.acknowledged(group, list(spans))
        if any(done[at] < span.end for at, span in spans.items() if span.end > span.start):
            return False
    return True


def _exit_codes(platform: RunningPlatform) -> dict[str, int | None]:
    """Tell all workers to stop, and return with which code each has ended."""
    running = {one.server: psutil.Process(one.pid) for one in platform.platform.status() if one.pid is not None}
    for process in running.values():
        process.terminate()
    return {name: process.wait(HANDLED_S) for name, process in running.items()}


def _letters_since(log: TopicLog, before: dict) -> list[TopicMessage]:  # type: ignore[type-arg]
    now = log.spans([DEAD_LETTERS])
    spans = {at: type(span)(before[at].end, span.end) for at, span in now.items()}
    return [one for one in log.read(spans) if one.unread is None and one.headers]


def main() -> int:
    """Report on a platform of its own; returns the exit code."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="vedette-bombs-") as home:
        pictures = Path(home) / "pictures"
        pictures.mkdir()
        with running_stack(Path(home)) as stack, platform_with_pictures(stack, pictures) as platform:
            wrong = report(platform, console)
            console.print(reconciled_line(platform.settings))
            codes = _exit_codes(platform)
            told = ", ".join(f"{name} {code}" for name, code in codes.items())
            console.print(f"told to stop, they ended with {told}")
    return 1 if wrong or any(codes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
