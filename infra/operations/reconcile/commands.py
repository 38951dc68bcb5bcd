"""The command ``vedette reconcile``."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from infra.operations.reconcile.reconciler import reconcile as reconcile_all
from infra.operations.reconcile.window import Window
from infra.progress import WorkProgress
from infra.recorded_acts import reads
from infra.settings.settings import Settings
from infra.terminal import Console, say_document
from schemas.records.reconciliation import Finding, Reconciliation
from schemas.texts.moments import in_utc

COUNTS = (
    *("accepted", "recognised", "rejected", "deleted", "discarded", "pending"),
    *("lost", "doubled", "outdated", "redelivered", "lost_deletions"),
)


@reads
def reconcile(
    since: Annotated[
        datetime | None,
        typer.Option(help="Only references appended at this time or later. UTC, unless the time contains an offset."),
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Only references appended before this time.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only references of this workspace.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check from the topics and stores that nothing was lost, doubled or outdated. Exits with 1 if anything was.

    You may run it beside the workers: references that they have not acknowledged yet count as pending. It changes
    nothing.
    """
    settings = Settings()
    with WorkProgress() as progress:
        found = reconcile_all(settings, Window(in_utc(since), in_utc(until), owner), progress)
    if as_json:
        say_document(found.model_dump_json(indent=2))
    else:
        _show(found, Console(highlight=False))
    if not found.is_clean:
        raise typer.Exit(1)


def _show(found: Reconciliation, console: Console) -> None:
    for title, count, findings in (
        ("lost", found.lost + found.lost_deletions, found.lost_references),
        ("doubled", found.doubled, found.doubled_references),
        ("outdated", found.outdated, found.outdated_references),
    ):
        if findings:
            console.print(_table(title, count, findings))
    if found.since is not None:
        console.print(f"references since {found.since.isoformat(timespec='seconds')}")
    console.print(", ".join(f"{getattr(found, name):,} {name.replace('_', ' ')}" for name in COUNTS), soft_wrap=True)


def _table(title: str, count: int, findings: tuple[Finding, ...]) -> Table:
    shown = f"{title}: {count:,}" if len(findings) >= count else f"{title}: the first {len(findings):,} of {count:,}"
    table = Table("message", "workspace", "image", "missing from", title=shown, title_justify="left")
    for finding in findings:
        where = ", ".join(finding.missing_from)
        table.add_row(finding.origin, finding.owner or "", finding.image_id or "", where)
    return table
