"""``vedette compare``: the whole platform's answers against those of the model run by hand, picture by picture."""

import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.results import ResultIndex
from infra.embedded.platform import Platform
from infra.progress import WorkProgress
from infra.recorded_acts import records_elsewhere
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.bench.commands import fresh_platform
from processors.bench.measures.result_flow import BenchFailed, ResultFlow
from processors.bench.measures.round_check import check_stores, create_workspace
from processors.imaging.picture_folder import find_pictures
from schemas.answers import LabelsAnswer
from schemas.images import ImageIdentity, derive_image_id

WORKSPACE = "compare"
CLOSE_CONFIDENCE = 0.01
SHOWN_DIFFERENCES = 10


@dataclass(frozen=True)
class Picture:
    """One picture's top label with its confidence, from the platform and by hand."""

    name: str
    platform_label: str
    platform_confidence: float
    hand_label: str
    hand_confidence: float


@dataclass(frozen=True)
class AnswerComparison:
    """How many pictures agree. ``named_after_label`` counts those whose file name, after ``_``, is the top label."""

    pictures: int
    in_cassandra: int
    in_elasticsearch: int
    dead_letters: int
    same_top_label: int
    confidence_within_001: int
    named_after_label: int


@records_elsewhere("measures on a platform of its own, which it throws away")
def compare(
    folder: Annotated[
        Path, typer.Argument(help="The folder with the pictures to recognise.", exists=True, file_okay=False)
    ],
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")] = None,
) -> None:
    """Recognise a folder through the whole platform and with the model alone. Exits with 1 if the answers differ."""
    console = Console(highlight=False)
    folder = folder.absolute()
    paths = find_pictures(folder)
    with fresh_platform(folder, console) as platform:
        with WorkProgress() as progress:
            _recognise(platform, folder, len(paths), progress)
        by_hand = json.loads(platform.run("plain-loop", str(folder), "--json"))["labels"]
        pictures, comparison = asyncio.run(_read(platform, folder, paths, by_hand))
    console.print(_table(comparison))
    for picture in [each for each in pictures if each.platform_label != each.hand_label][:SHOWN_DIFFERENCES]:
        console.print(f"{picture.name}: {picture.platform_label}, by hand {picture.hand_label}")
    if json_file is not None:
        json_file.write_text(json.dumps(asdict(comparison), indent=2) + "\n")
    if comparison.same_top_label < comparison.pictures:
        raise typer.Exit(1)


def _recognise(platform: Platform, folder: Path, pictures: int, progress: Progress) -> None:
    """Publish the folder as a user would, and wait until both stores have every result."""
    asyncio.run(create_workspace(platform.settings, WORKSPACE, folder))
    flow = ResultFlow(platform.settings.kafka)
    platform.run("publish", str(folder), "--owner", WORKSPACE)
    flow.await_results(pictures, progress, progress.add_task("pictures", total=pictures))
    flow.await_sinks()
    asyncio.run(check_stores(platform.settings, WORKSPACE, pictures))


async def _read(
    platform: Platform, folder: Path, paths: list[Path], by_hand: dict[str, tuple[str, float]]
) -> tuple[list[Picture], AnswerComparison]:
    settings = platform.settings
    store = await ResultStore.connect(settings.cassandra)
    try:
        pictures = [await _picture(store, folder, path, by_hand) for path in paths]
        stored = await store.count_results()
        rejected = len((await store.list_rejections(200)).items)
    finally:
        await store.close()
    return pictures, AnswerComparison(
        pictures=len(paths),
        in_cassandra=stored,
        in_elasticsearch=await _indexed(settings),
        dead_letters=rejected,
        same_top_label=sum(each.platform_label == each.hand_label for each in pictures),
        confidence_within_001=sum(
            abs(each.platform_confidence - each.hand_confidence) <= CLOSE_CONFIDENCE for each in pictures
        ),
        named_after_label=sum(_named_after(each) for each in pictures),
    )


async def _picture(store: ResultStore, folder: Path, path: Path, by_hand: dict[str, tuple[str, float]]) -> Picture:
    identity = ImageIdentity(owner=WORKSPACE, image_id=derive_image_id(path.as_uri()))
    result = await store.read_result(identity.image_key)
    name = str(path.relative_to(folder))
    if result is None or not isinstance(result.features.labels, LabelsAnswer):
        raise BenchFailed(f"{name} has no labels in Cassandra")
    top = result.features.labels.labels[0]
    return Picture(name, top.name, top.confidence, *by_hand[name])


async def _indexed(settings: Settings) -> int:
    index = ResultIndex.connect(settings.elasticsearch)
    try:
        await index.refresh()
        return await index.count(WORKSPACE)
    finally:
        await index.close()


def _named_after(picture: Picture) -> bool:
    named = Path(picture.name).stem.partition("_")[2].replace("_", " ")
    return named.lower() == picture.platform_label.lower()


def _table(comparison: AnswerComparison) -> Table:
    table = Table("what", "pictures")
    for name, value in asdict(comparison).items():
        table.add_row(name.replace("_", " ").replace("within 001", "within 0.01"), str(value))
    return table
