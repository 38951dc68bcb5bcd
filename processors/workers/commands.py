"""``vedette worker``: the stream processors."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from infra.recorded_acts import records_elsewhere


class Worker(StrEnum):
    """The stream processors, each a consumer group of its own."""

    RECOGNISE = "recognise"
    STORE = "store"
    INDEX = "index"
    AUDIT = "audit"
    ACTIVITY = "activity"
    WEBHOOKS = "webhooks"
    ALL = "all"


@records_elsewhere("each outcome stands on its topic")
def worker(
    name: Annotated[
        Worker,
        typer.Argument(
            help="The kind of worker. `all` runs one of each and restarts them after a crash, for a small machine."
        ),
    ],
    supervise: Annotated[bool, typer.Option("--supervise", help="Restart the worker after a crash.")] = False,
) -> None:
    """Run a worker until you stop it. Start several of the same kind to share the work."""
    if supervise or name is Worker.ALL:
        sys.exit(run_supervised([each for each in Worker if name in (each, Worker.ALL) and each is not Worker.ALL]))
    run_one(name)


def run_one(name: Worker) -> None:
    """Run one worker in this process; does not return."""
    # Each worker's libraries are imported only where it runs: the command line stays quick, and a sink needs no models.
    from infra.settings.settings import Settings

    settings = Settings()
    if name is Worker.RECOGNISE:
        from processors.workers import recognise

        app = recognise.create_app(settings)
    elif name is Worker.STORE:
        from processors.workers import store

        app = store.create_app(settings)
    elif name is Worker.AUDIT:
        from processors.workers import audit

        app = audit.create_app(settings)
    elif name is Worker.ACTIVITY:
        from processors.workers import activity

        app = activity.create_app(settings)
    elif name is Worker.WEBHOOKS:
        from processors.workers import webhooks

        app = webhooks.create_app(settings)
    else:
        from processors.workers import index

        app = index.create_app(settings)
    from processors.streams.worker import run_worker

    run_worker(app, settings)


def run_supervised(names: Sequence[Worker]) -> int:
    """Run workers as child processes, each started again when it ends by a fault; returns an exit code."""
    from infra.child_python import child_python
    from infra.settings.settings import Settings
    from infra.telemetry.logs import configure_logs
    from processors.streams.supervisor import Supervisor

    settings = Settings()
    configure_logs(settings, "vedette-supervisor")
    commands = {name.value: child_python("-m", "infra.cli", "worker", name.value) for name in names}
    port = settings.metrics.port
    # Two workers cannot listen on one port: each further one takes the next.
    ports = {name.value: str(port + number) for number, name in enumerate(names)} if port else {}
    return Supervisor(commands, {name: {"VEDETTE_METRICS__PORT": chosen} for name, chosen in ports.items()}).run()
