"""``vedette backup``: backups of both stores, and the way back."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from infra.errors import ConfigurationError
from infra.operations.backup.contents.group_offsets import Rewound
from infra.operations.backup.format.catalogue import LATEST, open_catalogue
from infra.operations.backup.format.verification import require_whole
from infra.operations.backup.restore.restoration import Restored, restore_backup
from infra.operations.backup.retention import longest_kept
from infra.operations.backup.schedule import create_and_audit, prune, run_every
from infra.progress import WorkProgress
from infra.recorded_acts import reads, records
from infra.settings.settings import Settings
from infra.telemetry.logs import configure_logs
from infra.terminal import Console, say, say_document, styled
from schemas.activity import Action
from schemas.records.backups import Listed, Manifest, Retention

MB = 1_000_000

backup = typer.Typer(help="Create, verify and restore backups of Cassandra and Elasticsearch.", no_args_is_help=True)

Which = Annotated[
    str,
    typer.Argument(metavar="[ID]", help="The backup's id, as `list` shows it. Default: the newest complete backup."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
KeepLast = Annotated[
    int | None, typer.Option(min=1, help="Keep the newest N backups. Default: VEDETTE_BACKUP__KEEP_LAST.")
]
KeepDaily = Annotated[
    int | None, typer.Option(min=0, help="Keep one backup a day for N days. Default: VEDETTE_BACKUP__KEEP_DAILY.")
]
KeepWeekly = Annotated[
    int | None, typer.Option(min=0, help="Keep one backup a week for N weeks. Default: VEDETTE_BACKUP__KEEP_WEEKLY.")
]


@backup.command()
@records(Action.BACKUP_CREATED)
def create(as_json: AsJson = False) -> None:
    """Create a backup now. The platform keeps running."""
    settings = _settings()
    began = time.monotonic()
    with WorkProgress() as progress:
        manifest = asyncio.run(create_and_audit(settings, open_catalogue(settings), progress))
    _tell(manifest, "created", time.monotonic() - began, as_json)


@backup.command(name="list")
@reads
def list_backups(as_json: AsJson = False) -> None:
    """List the backups, oldest first. Unfinished ones are marked; they cannot be restored.

    A backup holds what was deleted after it was made, until it is pruned. The last column says when that is at the
    latest, if backups are made and pruned as the settings say. The newest backup always stays.
    """
    settings = _settings()
    catalogue = open_catalogue(settings)
    table = Table("backup", "begun (UTC)", "rows", "MB", "state", "kept until at most (UTC)")
    longest = longest_kept(_retention(settings, None, None, None), timedelta(hours=settings.backup.every_h))
    for one in catalogue.list():
        manifest = catalogue.find(one.id) if one.is_complete else None
        if as_json:
            say_document(_json(manifest) if manifest else one.model_dump_json())
        else:
            table.add_row(*_cells(one, manifest), f"{one.begun_at + longest:%Y-%m-%d}" if manifest else "")
    if not as_json:
        Console(highlight=False).print(table)


@backup.command()
@reads
def verify(which: Which = LATEST) -> None:
    """Read and decrypt a whole backup and check every checksum. The stores are not touched. Exits with 1 if the backup
    is damaged.
    """
    catalogue = open_catalogue(_settings())
    began = time.monotonic()
    manifest = catalogue.find(which)
    with WorkProgress() as progress:
        require_whole(catalogue, manifest, progress)
    _tell(manifest, "whole", time.monotonic() - began, as_json=False)


@backup.command()
@records(Action.BACKUP_RESTORED)
def restore(
    which: Which = LATEST,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete what the stores hold now, and restore the backup in its place.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
    stores_only: Annotated[
        bool,
        typer.Option(
            "--stores-only",
            help="Restore the stores only and leave Kafka unchanged. Use this to rehearse a restore into "
            "another keyspace and index.",
        ),
    ] = False,
) -> None:
    """Restore a backup, and have the workers read again what came after it. Stop the workers and the API first.

    The command checks the whole backup before it changes anything. If it is interrupted, run it again: it continues
    where it stopped.
    """
    settings = _settings()
    catalogue = open_catalogue(settings)
    began = time.monotonic()
    with WorkProgress() as progress:

        def may_replace(found: Sequence[str]) -> bool:
            progress.stop()
            asked = f"This deletes what is in {', '.join(found)}. Go on?"
            if replace and not yes and not typer.confirm(asked, err=True):
                raise ConfigurationError("nothing was deleted, because you did not confirm")
            progress.start()
            return replace

        restored = asyncio.run(
            restore_backup(settings, catalogue, which, progress, may_replace, stores_only=stores_only)
        )
    _tell(restored.manifest, "restored", time.monotonic() - began, as_json=False)
    console = Console(highlight=False)
    _tell_access(restored, console)
    _tell_deleted(restored, console)
    if not stores_only:
        _tell_rewound(restored, console)


@backup.command(name="prune")
@records(Action.BACKUP_DELETED)
def prune_backups(keep_last: KeepLast = None, keep_daily: KeepDaily = None, keep_weekly: KeepWeekly = None) -> None:
    """Delete the backups that need not be kept, and leftovers of crashes. The newest complete backup always stays."""
    settings = _settings()
    names = asyncio.run(
        prune(settings, open_catalogue(settings), _retention(settings, keep_last, keep_daily, keep_weekly))
    )
    for name in names:
        say(f"deleted {name}")
    if not names:
        say("nothing to delete")


@backup.command()
@records(Action.BACKUP_CREATED, Action.BACKUP_DELETED)
def run(
    every_h: Annotated[
        float | None, typer.Option(min=0.01, help="The hours between two backups. Default: VEDETTE_BACKUP__EVERY_H.")
    ] = None,
) -> None:
    """Create a backup at regular intervals, and prune after each, until you stop it. Run it as a service of its own."""
    settings = _settings()
    every = timedelta(hours=every_h or settings.backup.every_h)
    asyncio.run(run_every(every, settings, open_catalogue(settings), _retention(settings, None, None, None)))


def _settings() -> Settings:
    settings = Settings()
    configure_logs(settings, "vedette-backup")
    return settings


def _retention(settings: Settings, last: int | None, daily: int | None, weekly: int | None) -> Retention:
    own = settings.backup
    return Retention(
        keep_last=own.keep_last if last is None else last,
        keep_daily=own.keep_daily if daily is None else daily,
        keep_weekly=own.keep_weekly if weekly is None else weekly,
    )


def _json(manifest: Manifest) -> str:
    return manifest.model_dump_json(exclude={"schema_cql"})


def _cells(one: Listed, manifest: Manifest | None) -> tuple[str | Text, ...]:
    begun = f"{one.begun_at:%Y-%m-%d %H:%M:%S}"
    if manifest is None:
        return one.id, begun, "", "", styled(("not finished", "red"))
    return one.id, begun, f"{manifest.rows:,}", f"{manifest.size_bytes / MB:,.1f}", "complete"


def _tell(manifest: Manifest, what: str, took_s: float, as_json: bool) -> None:
    if as_json:
        say_document(_json(manifest))
        return
    say(
        f"{manifest.id} {what}: {manifest.rows:,} rows, {manifest.content_bytes / MB:,.1f} MB "
        f"({manifest.size_bytes / MB:,.1f} MB compressed) in {took_s:.1f} s"
    )


def _tell_access(restored: Restored, console: Console) -> None:
    console.print("All sessions have ended. Everybody must log in again.")
    for what, count in sorted(restored.taken.items()):
        if count:
            console.print(f"Revoked again, because it was revoked after the backup: {what}: {count:,}", soft_wrap=True)
    if restored.gap:
        console.print(
            styled(
                ("SUSPENDED", "bold red"),
                f" {restored.gap}, so that nobody knows what was revoked meanwhile. No API key and no OAuth client "
                "counts until an administrator releases it: see `vedette admin suspended list`. Accounts are as they "
                "were at the backup: look through them, and close those that have no place any more.",
            ),
            soft_wrap=True,
        )
    for problem in restored.trail_problems:
        told = f" {problem}. Nothing of it was changed: see `vedette audit verify`"
        console.print(styled(("AUDIT TRAIL", "bold red"), told), soft_wrap=True)


def _tell_deleted(restored: Restored, console: Console) -> None:
    if restored.deleted_again:
        told = f"Deleted again, because they were deleted after the backup: {restored.deleted_again:,} images"
        console.print(told, soft_wrap=True)
    for problem in restored.unread_backups:
        told = f" {problem}. What it knows of later deletions was not applied"
        console.print(styled(("DELETIONS", "bold red"), told), soft_wrap=True)


def _tell_rewound(restored: Restored, console: Console) -> None:
    again = sum(one.behind for one in restored.rewound)
    console.print(f"Once you start the workers, the sinks read {again:,} messages again that came after the backup.")
    for one in restored.rewound:
        if problem := _gap(one):
            console.print(styled(("MISSING", "bold red"), f" {one.group}: {problem}"), soft_wrap=True)
    console.print("Now start the workers and the API. Then run `vedette reconcile` to check that nothing is missing.")


def _gap(one: Rewound) -> str | None:
    place = f"{one.topic}:{one.partition}"
    if one.forgotten:
        return f"{place} no longer holds {one.forgotten:,} messages that came after the backup: they are lost"
    if one.is_new_topic:
        return (
            f"{place} was made anew since the backup: it is read from its beginning, and what the old one held is lost"
        )
    return None
