"""``vedette plain-loop``: the same decoding and inference with no platform around it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from infra.recorded_acts import reads
from infra.terminal import say
from schemas.images import DEFAULT_FEATURES, Feature


@reads
def plain_loop(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder with the pictures.")],
    count: Annotated[
        int | None, typer.Option(min=1, help="How many pictures to process. Default: each picture once.")
    ] = None,
    part: Annotated[
        Literal["all", "decoding", "inference"], typer.Option(help="Measure everything, or only decoding or inference.")
    ] = "all",
    features: Annotated[
        list[Feature] | None,
        typer.Option("--feature", help="A feature to answer; give it several times for more. Default: as references."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the full report as JSON.")] = False,
) -> None:
    """Measure the same decoding and inference without the platform around it."""
    from infra.settings.settings import Settings
    from infra.telemetry.logs import configure_logs
    from processors.bench.plain_loop import run_plain_loop

    settings = Settings()
    configure_logs(settings, "vedette-plain-loop")
    report = run_plain_loop(folder, count, settings, part, features or DEFAULT_FEATURES)
    if as_json:
        say(json.dumps(asdict(report)))
    else:
        say(
            f"{report.images} images in {report.seconds:.1f} s: {report.images_per_s:.1f} images/s, "
            f"{report.cpu_ms_per_image:.1f} ms of processor time each"
        )
