"""``vedette reconcile``: as its users run it, and, where a test asks often, without a process of its own."""

import asyncio
import os
import subprocess
import sys

from rich.progress import Progress

from infra.operations.reconcile.reconciler import reconcile
from infra.operations.reconcile.window import Window
from infra.settings.settings import Settings
from schemas.records.reconciliation import Reconciliation

TIMEOUT_S = 600


async def counted(settings: Settings, window: Window) -> Reconciliation:
    """Return what the command would count."""
    return await asyncio.to_thread(reconcile, settings, window, Progress(disable=True))


def reconciled(settings: Settings, *arguments: str) -> Reconciliation:
    """Return what the command counts; its exit code must tell the same."""
    ended = _run(settings, "--json", *arguments)
    found = Reconciliation.model_validate_json(ended.stdout)
    assert ended.returncode == (0 if found.is_clean else 1)
    assert found.accepted == sum(
        (found.recognised, found.rejected, found.deleted, found.discarded, found.pending, found.lost)
    )
    return found


def reconciled_line(settings: Settings) -> str:
    """Return the last line that the command prints for people: all counts."""
    return _run(settings).stdout.splitlines()[-1]


def _run(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    ended = subprocess.run(
        [sys.executable, "-m", "infra.cli", "reconcile", *arguments],
        env={**os.environ, "VEDETTE_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode in (0, 1), ended.stderr
    assert ended.stdout, ended.stderr
    return ended
