"""``vedette labels``: the hierarchy of labels that comes with Vedette."""

from pathlib import Path
from typing import Annotated

import typer

from infra.recorded_acts import reads, records_elsewhere
from infra.terminal import Console

labels = typer.Typer(help="Show the hierarchy of labels, and build it again from WordNet.", no_args_is_help=True)


@labels.callback()
def _labels() -> None:
    """Show the hierarchy of labels, and build it again from WordNet."""


@labels.command()
@reads
def show(
    name: Annotated[str, typer.Argument(help="A label, or something more general, for example dog.")],
) -> None:
    """Show what a name of the hierarchy stands under, and what stands under it."""
    from processors.labels.showing import describe

    Console(highlight=False).print(describe(name), markup=False, soft_wrap=True, end="")


@labels.command()
@records_elsewhere("writes a file of the source code")
def build(
    wordnet: Annotated[
        Path, typer.Argument(help="The folder with WordNet's data.noun. Debian's wordnet-base installs it here.")
    ] = Path("/usr/share/wordnet"),
    output: Annotated[
        Path | None, typer.Option(help="Where the table is written. Default: the one that comes with Vedette.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing, and exit with 1 if the table would be another.")
    ] = False,
) -> None:
    """Build the table of labels again, from WordNet's database and the lists that were checked by hand."""
    from processors.labels.building import Choices, build_rows
    from processors.labels.shipped import TABLE, write_table
    from processors.labels.wordnet import read_nouns
    from processors.models.default.install import default_labels, default_synsets

    imagenet = list(zip(default_synsets(), default_labels(), strict=True))
    rows = build_rows(read_nouns(wordnet), imagenet, Choices.read())
    text, file = write_table(rows), output or TABLE
    console = Console(highlight=False)
    if not check:
        file.write_text(text, encoding="utf-8")
        console.print(f"{len(rows):,} names are in {file}", soft_wrap=True)
    elif file.read_text(encoding="utf-8") != text:
        console.print(f"{file} is not what WordNet and the lists make: run `vedette labels build`", soft_wrap=True)
        raise typer.Exit(1)
