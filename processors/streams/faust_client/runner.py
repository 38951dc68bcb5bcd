"""Runs a Faust application until it is told to stop, and no longer than it may take then."""

import asyncio
import threading

import faust
import structlog

from infra.telemetry.garbage import collect_rarely
from processors.streams.endings import end_process

log = structlog.get_logger(__name__)


class Runner(faust.Worker):
    """Faust's own runner, with our logs, no web server and a bounded stop."""

    def __init__(self, app: faust.App, stop_grace_s: float) -> None:
        super().__init__(app, redirect_stdouts=False, quiet=True, loop=asyncio.new_event_loop())
        self.spinner = None
        self._stop_grace_s = stop_grace_s
        self.told_to_stop = False

    def _setup_logging(self) -> None:
        """Logs are configured already."""

    async def on_startup_finished(self) -> None:
        collect_rarely()
        log.info("worker_ready", group=self.app.conf.id)
        await super().on_startup_finished()

    def _flag_as_shutdown_by_signal(self) -> None:
        self.told_to_stop = True
        timer = threading.Timer(self._stop_grace_s, end_process, ["work in flight outlasted the grace period"])
        timer.daemon = True
        timer.start()
        super()._flag_as_shutdown_by_signal()
