"""Each command whose work takes long shows how far it is on standard error, and nothing of it on standard output."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import build_app
from infra.progress import WorkProgress
from processors.pictures import DEMO_PICTURES

BENCH = "processors.bench.commands"
# The command, and the work that it hands its progress to.
LONG_WORK = {
    ("reconcile",): "infra.operations.reconcile.commands.reconcile_all",
    ("replay",): "infra.operations.replay.commands._replay",
    ("rebuild", "index"): "processors.rebuild.service.rebuild_index",
    ("backup", "create"): "infra.operations.backup.commands.create_and_audit",
    ("backup", "verify"): "infra.operations.backup.commands.require_whole",
    ("backup", "restore"): "infra.operations.backup.commands.restore_backup",
    ("evaluate", "PICTURES"): "processors.evaluation.service.evaluate",
    ("bench", "PICTURES", "--no-peers"): f"{BENCH}.warm_up",
    ("bench", "PICTURES", "--scale"): f"{BENCH}.run_scale",
    ("bench", "PICTURES", "--limits"): f"{BENCH}.run_limits",
    ("bench", "PICTURES", "--soak", "20000"): f"{BENCH}.run_soak",
    ("compare", "PICTURES"): "processors.bench.compare._recognise",
}


class Enough(Exception):
    """The work has shown how far it is."""


def work(*arguments: Any, **options: Any) -> None:
    """Do a quarter of something long, as far as its progress is concerned."""
    [progress] = [one for one in (*arguments, *options.values()) if isinstance(one, WorkProgress)]
    progress.advance(progress.add_task("long work", total=4))
    progress.tell()
    raise Enough


@contextmanager
def no_platform(*_: Any) -> Iterator[None]:
    yield


class NoCatalogue:
    def find(self, _which: str) -> None:
        return None


@pytest.mark.parametrize("command", LONG_WORK, ids=" ".join)
def test_a_command_tells_how_far_its_work_is_on_standard_error_alone(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path))
    monkeypatch.setattr(f"{BENCH}.fresh_platform", no_platform)
    monkeypatch.setattr("processors.bench.compare.fresh_platform", no_platform)
    monkeypatch.setattr("infra.operations.backup.commands.open_catalogue", lambda _settings: NoCatalogue())
    monkeypatch.setattr("infra.operations.audit.acts.recorded", lambda *_: nullcontext())
    monkeypatch.setattr(LONG_WORK[command], work)

    ended = CliRunner().invoke(
        build_app(command[0]), [part.replace("PICTURES", str(DEMO_PICTURES)) for part in command]
    )

    assert isinstance(ended.exception, Enough), ended.output
    assert ended.stderr.startswith("long work: 25% (1 of 4) after 0 s, about 0 s left")
    assert ended.stdout == ""
