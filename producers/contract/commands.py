"""``vedette contract``: write the event contract's files, or check that they are as the models say."""

from pathlib import Path
from typing import Annotated

import typer

from infra.recorded_acts import records_elsewhere
from infra.terminal import say

FOLDER = Path(__file__).parents[2] / "schemas" / "contract"


@records_elsewhere("writes files of the source code")
def contract(
    folder: Annotated[Path, typer.Option(help="The folder to write the files to.", show_default=False)] = FOLDER,
    check: Annotated[bool, typer.Option("--check", help="Write nothing, and exit with 1 if a file differs.")] = False,
) -> None:
    """Generate the JSON Schemas and the AsyncAPI document of the events from the code."""
    from producers.contract.contract import render_contract

    files = render_contract()
    differing = [name for name, content in files.items() if _read(folder / name) != content]
    for name in differing:
        if not check:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(files[name])
        say(f"{name} {'differs: run `vedette contract`' if check else 'written'}")
    if check and differing:
        raise typer.Exit(1)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
