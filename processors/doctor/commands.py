"""The command ``vedette doctor``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from infra.operations.doctor.areas import PlatformAreas
from infra.operations.doctor.checks_known import CHECKS, areas
from infra.operations.doctor.examination import examine
from infra.operations.doctor.findings import Report
from infra.operations.doctor.report import print_report
from infra.recorded_acts import reads
from infra.settings.settings import Settings
from infra.terminal import Console, say_document


@reads
def doctor(
    home: Annotated[
        Path | None, typer.Option("--home", help="The installation's folder. Default: VEDETTE_HOME, or ./.vedette.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="CHECK", help="Leave out this check, or all checks of this area. Repeat it for more."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find what is not encrypted, not authenticated, not replicated, too old, too full or set against advice.

    The command changes nothing. Each finding says what could happen, and which command or setting puts it right.

    Exits with 1 if there is an error or a warning. Otherwise it exits with 2 if something could not be looked at, and
    with 0 if nothing is to be done. Advice does not change the exit code.
    """
    ignored = _known(ignore or [])
    settings = Settings() if home is None else Settings(home=home)
    report = asyncio.run(_examine(settings, ignored))
    if as_json:
        say_document(report.model_dump_json(indent=2))
    else:
        print_report(report, Console())
    raise typer.Exit(report.exit_code)


async def _examine(settings: Settings, ignored: list[str]) -> Report:
    # The models' libraries are loaded only where the command runs.
    from processors.doctor.models import models_area

    looked_at = [*PlatformAreas(settings, Path.cwd()).all(), models_area(settings)]
    return await examine(looked_at, settings.home, ignored)


def _known(names: list[str]) -> list[str]:
    """Return the names; raises ``BadParameter`` for one that is no check, since a slip of the pen must be told."""
    for name in names:
        if name not in CHECKS and name not in areas():
            raise typer.BadParameter(f"there is no check {name}: see docs/reference/checks.md", param_hint="--ignore")
    return names
