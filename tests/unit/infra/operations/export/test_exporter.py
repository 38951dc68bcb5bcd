"""An export reads no further than somebody takes it, and a file has its name once it is whole."""

import gzip
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import typer

from infra.errors import ConfigurationError, TransientError
from infra.operations.export.commands import export, write_out
from infra.operations.export.service import Exporter, packed
from schemas.queries import ResultQuery
from schemas.records.exports import ExportFormat
from tests import samples
from tests.fakes.stores import FakeResultIndex
from tests.typer_apps import app_of

EVERYTHING = ResultQuery(owners=None)


async def filled(images: int) -> FakeResultIndex:
    index = FakeResultIndex()
    index.snapshot_page_size = 2
    await index.save_results(
        [samples.result("shop", f"{number}.jpg", of=samples.origin(number)) for number in range(images)]
    )
    return index


async def gathered(pieces: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_an_export_goes_on_only_as_far_as_it_is_taken() -> None:
    index = await filled(6)
    index.down_after_pages = 1
    pieces = Exporter(index).pieces(EVERYTHING, ExportFormat.JSON_LINES)
    assert len((await anext(pieces)).splitlines()) == 2
    with pytest.raises(TransientError):
        await anext(pieces)


@pytest.mark.parametrize("wanted", ExportFormat)
async def test_a_compressed_export_is_the_same(wanted: ExportFormat) -> None:
    exporter = Exporter(await filled(5))
    plain = await gathered(exporter.pieces(EVERYTHING, wanted))
    assert gzip.decompress(await gathered(packed(exporter.pieces(EVERYTHING, wanted)))) == plain


async def test_what_comes_meanwhile_is_not_in_it() -> None:
    index = await filled(4)
    pieces = Exporter(index).pieces(EVERYTHING, ExportFormat.JSON_LINES)
    text = await anext(pieces)
    await index.save_results([samples.result("shop", "new.jpg", of=samples.origin(99))])
    *lines, end = (text + await gathered(pieces)).splitlines()
    assert [json.loads(line)["image_id"] for line in lines] == ["3.jpg", "2.jpg", "1.jpg", "0.jpg"]
    assert json.loads(end) == {"end": True, "items": 4}


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_a_file_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    index = await filled(4)
    path = tmp_path / "all.csv"
    await write_out(Exporter(index).pieces(EVERYTHING, ExportFormat.CSV), str(path))
    assert path.read_bytes().startswith(b"owner,image_id")
    index.down_after_pages = 1
    with pytest.raises(TransientError):
        await write_out(Exporter(index).pieces(EVERYTHING, ExportFormat.CSV), str(tmp_path / "cut.csv"))
    assert names_in(tmp_path) == ["all.csv"]


async def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        await write_out(
            Exporter(await filled(1)).pieces(EVERYTHING, ExportFormat.CSV), str(tmp_path / "nowhere" / "a.csv")
        )


def test_the_command_has_an_option_for_everything_that_can_be_asked() -> None:
    command = typer.main.get_command(app_of(export))
    options = {option.removeprefix("--").replace("-", "_") for each in command.params for option in each.opts}
    renamed = {"owners": "owner", "text": "search", "exclude_labels": "exclude_label"}
    assert {renamed.get(name, name) for name in ResultQuery.model_fields} - {"limit", "cursor"} <= options
