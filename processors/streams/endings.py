"""How a worker ends that must not go on: at once, with a code that its supervisor knows, and with the reason told."""

import asyncio
import os
import sys
from collections.abc import Awaitable
from typing import Any

import structlog

from infra.errors import VedetteError

EXIT_CODE_OF_A_BUG = 70

log = structlog.get_logger(__name__)


def end_process(why: str) -> None:
    """End the process without another step: what was not committed is delivered again."""
    log.error("worker_ends", why=why)
    sys.stderr.flush()
    os._exit(EXIT_CODE_OF_A_BUG)


async def end_process_on_error(work: Awaitable[None]) -> None:
    """Await ``work``; an error that leaves it ends the process."""
    try:
        await work
    except VedetteError as error:
        end_process(f"{type(error).__name__}: {error}")
    except Exception:
        log.exception("bug")
        end_process("a bug ended this worker; its batch will be delivered again")


def end_process_on_bug(task: "asyncio.Task[Any]") -> None:
    """End the process at once where a task has failed: whatever ran on could commit what was not done."""
    if task.cancelled() or (error := task.exception()) is None:
        return
    log.error("bug", task=task.get_name(), exc_info=error)
    sys.stderr.flush()
    os._exit(EXIT_CODE_OF_A_BUG)
