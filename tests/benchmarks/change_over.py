"""Fifty pipelines promoted one after the other while images are recognised: what that costs in time and memory.

Run by ``make bench-changes``. The recogniser, the pipelines and the model are the real ones; images, workspaces and the
list of promotions come from memory, so that nothing else takes time.
"""

import asyncio
import itertools
import json
import statistics
import sys
import time
from functools import partial

import psutil
import structlog

from infra.settings.settings import Settings
from infra.telemetry.logs import configure_logs
from processors.pictures import DEMO_PICTURES
from processors.pipelines.live import PipelineLoader, Pipelines
from processors.pipelines.loaded import build_pipeline
from processors.recognition.intake import Intake
from processors.recognition.recogniser import Recogniser
from processors.recognition.workspaces import WorkspaceDirectory
from processors.streams.delivery import Message
from schemas.records.pipelines import DEFAULT_PIPELINE, PipelineSpec
from tests.fakes.sources import FakeSource, FakeWorkspaces, workspace
from tests.fakes.stores import FakePipelineStore
from tests.fakes.streams import message
from tests.samples import promotion

PICTURE = DEMO_PICTURES / "coffee.jpg"
BATCH = 8
WARM_CHANGES = 5
URI = "s3://shop/coffee.jpg"

log = structlog.get_logger(__name__)


class Work:
    """Batches, one after the other, and how long each took, apart for those during which a pipeline was loaded."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.loading = False
        self.answered: list[str] = []
        self.quiet_s: list[float] = []
        self.during_load_s: list[float] = []

    async def run(self) -> None:
        for number in itertools.count():
            began_loading, started = self.loading, time.perf_counter()
            outcome = await self._recogniser.recognise([_reference(number * BATCH + at) for at in range(BATCH)])
            taken = time.perf_counter() - started
            (self.during_load_s if began_loading or self.loading else self.quiet_s).append(taken)
            assert outcome.recognised == BATCH
            self.answered += [json.loads(record.value or b"")["pipeline"] for record in outcome.records]


def _reference(offset: int) -> Message:
    return message(json.dumps({"owner": "shop", "uri": URI, "image_id": f"i{offset}"}).encode(), offset=offset)


async def measure(changes: int, settings: Settings) -> dict[str, object]:
    """Return the figures of ``changes`` promotions."""
    store = FakePipelineStore()
    loader = PipelineLoader(store, partial(build_pipeline, settings))
    pipelines = await Pipelines.open(store, loader, most=1)
    recogniser = Recogniser(
        Intake({}),
        FakeSource({URI: PICTURE.read_bytes()}),
        WorkspaceDirectory(FakeWorkspaces([workspace("shop")])),
        pipelines,
        decoding_threads=2,
        inference_threads=2,
        inference_batch=4,
        host="here",
    )
    work = Work(recogniser)
    working = asyncio.create_task(work.run())
    await asyncio.sleep(2)
    rss: list[int] = []
    loads_s: list[float] = []
    for number in range(1, changes + 1):
        await store.create(PipelineSpec(name="change", version=number, models=DEFAULT_PIPELINE.models))
        await store.add_promotion(promotion(number, f"change@{number}"))
        work.loading, started = True, time.perf_counter()
        await pipelines.look()
        loads_s.append(time.perf_counter() - started)
        work.loading = False
        assert pipelines.promoted.name == f"change@{number}"
        await asyncio.sleep(0.5)
        rss.append(psutil.Process().memory_info().rss)
        assert not working.done()
    working.cancel()
    recogniser.close()
    loader.close()
    return {
        "changes": changes,
        "images": len(work.answered),
        "pipelines_that_answered": len(set(work.answered)),
        "load_ms_median": _ms(statistics.median(loads_s)),
        "batch_ms_median": _ms(statistics.median(work.quiet_s)),
        "batch_ms_longest": _ms(max(work.quiet_s)),
        "batch_ms_median_while_loading": _ms(statistics.median(work.during_load_s)),
        "batch_ms_longest_while_loading": _ms(max(work.during_load_s)),
        "rss_mib": [round(size / 2**20) for size in rss],
        "rss_growth_mib_after_warm_up": round((rss[-1] - rss[min(WARM_CHANGES, changes) - 1]) / 2**20, 1),
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


if __name__ == "__main__":
    from_environment = Settings(log_level="ERROR")
    configure_logs(from_environment, "bench-changes")
    figures = asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 50, from_environment))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
