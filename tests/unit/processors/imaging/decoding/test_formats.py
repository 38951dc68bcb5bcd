"""Every format that people have is read, or refused by what it is; the documentation's table says the same."""

import pytest
from PIL import Image

from infra.errors import Rejected
from processors.imaging.decoding.decode import decode
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.views import Within
from schemas.dead_letters import Reason
from schemas.results import ResultWarning
from schemas.texts.pictures import HEAD_BYTES, is_picture_data
from tests.format_samples import PICTURE, READ, REFUSED
from tests.format_table import PAGE, page

WHOLE = Within(4096)
MAX_PIXELS = 64_000_000


def refusal(data: bytes) -> Rejected:
    with pytest.raises(Rejected) as refused:
        decode(data, [WHOLE], MAX_PIXELS)
    return refused.value


@pytest.mark.parametrize("name", READ)
def test_it_is_read_and_shows_the_picture(name: str) -> None:
    image = decode(READ[name](), [WHOLE], MAX_PIXELS)
    seen = Image.fromarray(image.views[WHOLE]).convert("L").resize((6, 4), Image.Resampling.BOX)
    meant = PICTURE.convert("L").resize((6, 4), Image.Resampling.BOX)
    off = max(abs(one - other) for one, other in zip(seen.tobytes(), meant.tobytes(), strict=True))
    assert off < 16
    assert not image.warnings


@pytest.mark.parametrize("name", READ)
def test_what_is_read_may_be_uploaded(name: str) -> None:
    assert is_picture_data(READ[name]()[:HEAD_BYTES])


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_unsupported_by_what_it_is(name: str) -> None:
    refused = refusal(REFUSED[name]())
    assert refused.reason is Reason.UNSUPPORTED_FORMAT
    assert " is not read" in refused.detail
    with pytest.raises(Rejected) as same:
        Decoder(MAX_PIXELS, None).decode(REFUSED[name](), [WHOLE])
    assert same.value.detail == refused.detail


def test_the_table_in_the_documentation_is_what_becomes_of_each() -> None:
    assert PAGE.read_text() == page(), "write it anew with: python -m tests.format_table"


@pytest.mark.parametrize("name", ["TGA", "TGA, run-length coded", "PGM", "PPM", "PSD, grey"])
def test_one_that_ends_early_is_read_with_a_warning_where_most_of_its_rows_are_there(name: str) -> None:
    data = READ[name]()
    assert decode(data[: len(data) * 4 // 5], [WHOLE], MAX_PIXELS).warnings == (ResultWarning.TRUNCATED,)
    with pytest.raises(Rejected) as refused:
        decode(data[: len(data) * 2 // 5], [WHOLE], MAX_PIXELS)
    assert refused.value.reason is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize("name", ["JPEG 2000", "ICO, of PNGs", "ICO, of bitmaps", "DNG, by its preview", "HEIC"])
def test_others_that_end_early_are_never_taken_for_whole(name: str) -> None:
    data = READ[name]()
    ends = range(40, len(data) - 40, max(1, len(data) // 50))
    assert {_outcome(data[:end]) for end in ends} <= {"truncated", Reason.CORRUPT_IMAGE}


def _outcome(data: bytes) -> str:
    try:
        return ",".join(decode(data, [WHOLE], MAX_PIXELS).warnings) or "whole"
    except Rejected as refused:
        return refused.reason
