"""``make bench-backup``: both stores filled with 50,000 results, backed up, lost, and restored by the command.

Prints what each command took in time and memory. The exit code is 1 where any table or the index differs afterwards
from what it was. Cassandra, Elasticsearch and Kafka are real.
"""

import argparse
import asyncio
import base64
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.embedded.platform import Platform
from infra.settings.operations import BackupSettings
from infra.settings.settings import Settings
from tests.benchmarks.stored_results import store
from tests.stacks import running_stack
from tests.store_contents import contents, wipe

OWNERS = [f"bench-{number}" for number in range(10)]

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Took:
    """What one command took; the memory is the largest of all commands so far."""

    command: str
    seconds: float
    peak_mib: float


@dataclass
class Backups:
    """The backup commands on one platform."""

    settings: Settings
    took: list[Took] = field(default_factory=list)

    def run(self, command: str) -> None:
        """Run ``vedette backup COMMAND`` as a process of its own; ends the measurement where it fails."""
        environment = {
            **os.environ,
            "VEDETTE_HOME": str(self.settings.home),
            "VEDETTE_BACKUP__PLACE": str(self.settings.backup.place),
            "VEDETTE_BACKUP__KEY": base64.b64encode(self.settings.backup.key_bytes()).decode(),
        }
        began_at = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "infra.cli", "backup", command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise SystemExit(f"vedette backup {command} ended with {ended.returncode}:\n{ended.stderr}")
        peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.took.append(Took(command, time.monotonic() - began_at, peak_kib / 1024))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=50_000)
    count = parser.parse_args().results
    with tempfile.TemporaryDirectory(prefix="vedette-backup-") as folder, running_stack(Path(folder) / "home") as stack:
        backup = BackupSettings(
            place=str(Path(folder) / "backups"), key=base64.b64encode(secrets.token_bytes(32)).decode()
        )
        settings = stack.settings.model_copy(update={"backup": backup})
        Platform(settings).migrate()
        console.print(f"storing {count:,} results …")
        asyncio.run(store(settings, count, OWNERS))
        before = asyncio.run(contents(settings))
        backups = Backups(settings)
        backups.run("create")
        backups.run("verify")
        asyncio.run(wipe(settings))
        backups.run("restore")
        after = asyncio.run(contents(settings))
        bytes_kept = sum(file.stat().st_size for file in Path(folder, "backups").rglob("*") if file.is_file())
    show(backups.took, before, bytes_kept)
    different = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    console.print(
        f"different afterwards: {', '.join(different)}" if different else "every table and the index are equal"
    )
    return 1 if different else 0


def show(took: list[Took], before: dict[str, tuple[int, str]], bytes_kept: int) -> None:
    rows = sum(count for count, _ in before.values())
    table = Table(title=f"{rows:,} rows of {len(before)} tables and indices, {bytes_kept / 1e6:.1f} MB of backup")
    for column in ("command", "seconds", "MiB at most"):
        table.add_column(column, justify="left" if column == "command" else "right")
    for one in took:
        table.add_row(f"vedette backup {one.command}", f"{one.seconds:.1f}", f"{one.peak_mib:.0f}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
