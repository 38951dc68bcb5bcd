"""Whatever a manifest holds, each good line is an item, each bad one is told, and nothing is read twice."""

import asyncio
import csv
import io
import json
from collections.abc import Sequence
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.manifests.references import ReferenceTemplate
from infra.operations.jobs.items import manifest
from infra.operations.jobs.items.manifest import LONGEST_LINE, ManifestItems
from infra.operations.jobs.items.sources import Entry, JobFailed, ReferenceJudge
from infra.settings.recognition import SourceSettings
from infra.sources.rules import SourceRules
from schemas.records.jobs import ManifestFormat
from tests import samples

GOOD = '{"uri": "s3://shop-media/a.jpg"}'
# Lines of which none is a reference that the workspace may use, and what is told of each.
BAD = {
    "{": "not JSON",
    "[" * 5000: "neither",
    '{"a":' * 3000: "not JSON",
    "{}": "uri",
    '{"uri": 5}': "uri",
    '{"uri": "s3://theirs/a.jpg"}': "uri",
    '{"uri": "file:///etc/passwd"}': "uri",
    '{"uri": "upload://shop/0000000000000000000000000000000000000000/a"}': "uri",
    '{"uri": "http://169.254.169.254/latest"}': "uri",
    '{"uri": "s3://shop-media/a.jpg", "owner": "rival"}': "owner",
    '{"uri": "s3://shop-media/a.jpg", "features": ["mind"]}': "features",
    '{"uri": "s3://shop-media/a.jpg", "metadata": {"n": 1e999}}': "",
    '{"uri": "s3://shop-media/a.jpg", "image_id": "../x"}': "image_id",
    '{"uri": "s3://shop-media/../a.jpg"}': "uri",
    "\x00": "neither",
    "plain words": "neither",
}


class Text:
    """A manifest in memory."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self.parts: list[tuple[int, int]] = []

    async def size_bytes(self) -> int:
        return len(self._text)

    async def read_part(self, start: int, end: int) -> bytes:
        self.parts.append((start, end))
        return self._text[start:end]


def items_of(text: bytes, kind: ManifestFormat = ManifestFormat.JSON_LINES) -> ManifestItems:
    workspace = samples.workspace("shop", allowed_prefixes=("s3://shop-*/",))
    judge = ReferenceJudge(SourceRules(SourceSettings()), workspace)
    return ManifestItems(Text(text), kind, ReferenceTemplate("shop"), judge)


async def read_all(text: bytes, kind: ManifestFormat, at_once: int, *, anew: bool = False) -> list[Entry]:
    """Read a manifest to its end; with ``anew`` each time as another process would, which knows the position alone."""
    entries: list[Entry] = []
    position: str | None = None
    items = items_of(text, kind)
    while True:
        taken = await items.read(position, at_once)
        entries += taken.entries
        position = taken.position
        if taken.is_end:
            return entries
        if anew:
            items = items_of(text, kind)


LINES = st.lists(
    st.sampled_from([GOOD, "", "  ", *BAD]) | st.text(max_size=40).filter(lambda one: not {"\n", "\ufeff"} & set(one)),
    max_size=12,
)


@given(LINES, st.integers(1, 5), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 64))
@settings(deadline=None)
def test_every_line_is_an_item_with_its_number_whatever_its_neighbours_are(
    lines: list[str], at_once: int, end: str, anew: bool, part_bytes: int
) -> None:
    text = end.join(lines).encode(errors="surrogatepass")
    with patch.object(manifest, "PART_BYTES", part_bytes):
        entries = asyncio.run(read_all(text, ManifestFormat.JSON_LINES, at_once, anew=anew))
    meant = [(number, line) for number, line in enumerate(lines, 1) if line.encode(errors="surrogatepass").strip()]
    assert [one.source for one in entries] == [f"line {number}" for number, _ in meant]
    for one, (_, line) in zip(entries, meant, strict=True):
        if line == GOOD:
            assert one.reference is not None
        elif line in BAD:
            assert one.reference is None
            assert BAD[line] in (one.problem or "nothing")


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=20)


@given(
    st.lists(st.tuples(st.sampled_from(["a.jpg", "b c.jpg", 'q"q.jpg']), CELLS), max_size=8),
    st.integers(1, 4),
    st.booleans(),
)
@settings(deadline=None)
def test_a_table_that_a_spreadsheet_wrote_is_read_as_it_was_meant(
    rows: list[tuple[str, str]], at_once: int, anew: bool
) -> None:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["uri", "metadata.note"])
    for name, note in rows:
        table.writerow([f"s3://shop-media/{name}".replace(" ", "%20").replace('"', "%22"), note])
    entries = asyncio.run(read_all(text.getvalue().encode(), ManifestFormat.CSV, at_once, anew=anew))
    assert [one.problem for one in entries] == [None] * len(rows)
    notes = [dict(one.reference.metadata) for one in entries if one.reference is not None]
    # White space around a whole line counts for nothing.
    assert [str(note.get("note", "")).strip() for note in notes] == [note.strip() for _, note in rows]


@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(1, 3))
@settings(deadline=None)
def test_no_bytes_keep_a_good_row_from_being_read(lines: Sequence[bytes], at_once: int) -> None:
    text = b"\n".join([b"uri", *lines, b"s3://shop-media/last.jpg"])
    entries = asyncio.run(read_all(text, ManifestFormat.CSV, at_once))
    assert entries[-1].reference is not None
    assert entries[-1].reference.uri == "s3://shop-media/last.jpg"


async def test_a_line_of_any_length_is_passed_over_and_never_held() -> None:
    text = b'{"uri": "' + b"x" * (3 * LONGEST_LINE) + b'"}\n' + GOOD.encode()
    items = items_of(text)
    taken = await items.read(None, 10)
    assert [(one.source, one.reference is None) for one in taken.entries] == [("line 1", True), ("line 2", False)]
    assert f"{LONGEST_LINE}" in (taken.entries[0].problem or "")


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("", "empty"),
        ("address,image_id", "address"),
        ("image_id", "uri"),
        ("uri,uri", "twice"),
        ('"uri', "quotes"),
    ],
)
async def test_a_table_without_names_that_are_known_is_refused_as_a_whole(head: str, told: str) -> None:
    with pytest.raises(JobFailed, match=told):
        await items_of(head.encode(), ManifestFormat.CSV).read(None, 5)


async def test_a_row_that_is_none_is_told_with_its_number() -> None:
    text = b'uri,image_id,features\ns3://shop-media/a.jpg,a,labels objects\ns3://shop-media/b.jpg\ns3://shop-media/c.jpg,"c,\n'
    first, *bad = await read_all(text, ManifestFormat.CSV, 10)
    assert first.reference is not None
    assert json.loads(first.reference.model_dump_json())["features"] == ["labels", "objects"]
    assert [(one.source, one.reference) for one in bad] == [("line 3", None), ("line 4", None)]
    assert "1 cells where the first row has 3" in (bad[0].problem or "")


async def test_no_secret_of_a_line_is_in_what_is_told_of_it() -> None:
    text = b'{"uri": "https://img.example/a.jpg?X-Amz-Signature=SECRET"}\n{"uri": "s3://k:SECRET@shop-media/a.jpg"}'
    entries = await read_all(text, ManifestFormat.JSON_LINES, 10)
    assert all(one.reference is None for one in entries)
    assert "SECRET" not in str([one.problem for one in entries])
