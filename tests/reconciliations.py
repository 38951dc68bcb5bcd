"""``vedette reconcile`` as its users run it."""

import os
import subprocess
import sys

from infra.settings import Settings
from schemas.reconciliation import Reconciliation

TIMEOUT_S = 240


def reconciled(settings: Settings, *arguments: str) -> Reconciliation:
    """Return what the command counts; its exit code must tell the same."""
    ended = subprocess.run(
        [sys.executable, "-m", "infra.cli", "reconcile", "--json", *arguments],
        env={**os.environ, "VEDETTE_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode in (0, 1), ended.stderr
    assert ended.stdout, ended.stderr
    found = Reconciliation.model_validate_json(ended.stdout)
    assert ended.returncode == (0 if found.is_clean else 1)
    assert found.accepted == sum(
        (found.recognised, found.rejected, found.deleted, found.discarded, found.pending, found.lost)
    )
    return found
