"""One run of the whole pipeline, or of the recogniser alone: published, counted, and found in both stores."""

import asyncio
import time
from dataclasses import dataclass

from rich.progress import Progress

from infra.embedded.homes.home import Home
from infra.embedded.platform import PARTS, Platform
from infra.embedded.reports import tell_nobody
from processors.bench.measures.load import Load, publish
from processors.bench.measures.process_usage import Usage, UsageMeter, running_processes
from processors.bench.measures.result_flow import ResultFlow
from processors.bench.measures.round_check import check_stores, create_workspace

SINKS = tuple(part for part in PARTS if part.name in {"store", "index"})


@dataclass(frozen=True)
class PipelineRun:
    """How fast a run was, and what it used."""

    images_per_s: float
    usage: Usage


def run_pipeline(platform: Platform, load: Load, workspace: str, progress: Progress) -> PipelineRun:
    """Measure from the first publishing until the last result is in both stores; raises ``BenchFailed``."""
    asyncio.run(create_workspace(platform.settings, workspace, load.folder))
    task = progress.add_task(f"pipeline {workspace.removeprefix('bench-')}", total=load.images)
    flow, records = ResultFlow(platform.settings.kafka), load.records(workspace)
    with UsageMeter(running_processes(Home(platform.settings.home))) as meter:
        began = time.perf_counter()
        publish(platform.settings.kafka, records)
        flow.await_results(load.images, progress, task)
        flow.await_sinks()
        took_s = time.perf_counter() - began
    asyncio.run(check_stores(platform.settings, workspace, load.images))
    return PipelineRun(load.images / took_s, meter.usage)


def run_recogniser(platform: Platform, load: Load, workspace: str, progress: Progress) -> float:
    """Return images a second from the first publishing until the last result is in Kafka, with both sinks stopped.

    The sinks run again afterwards and have caught up when this returns; raises ``BenchFailed`` if they did not.
    """
    asyncio.run(create_workspace(platform.settings, workspace, load.folder))
    task = progress.add_task(f"recogniser {workspace.removeprefix('bench-recogniser-')}", total=load.images)
    flow, records = ResultFlow(platform.settings.kafka), load.records(workspace)
    for sink in SINKS:
        platform.stop_part(sink, tell_nobody)
    began = time.time()
    publish(platform.settings.kafka, records)
    took_s = flow.await_results(load.images, progress, task) - began
    for sink in SINKS:
        platform.start_part(sink, tell_nobody)
    flow.await_sinks()
    asyncio.run(check_stores(platform.settings, workspace, load.images))
    return load.images / took_s
