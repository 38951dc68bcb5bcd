"""Page cursors: what was given out is taken back, and nothing else."""

import base64

import pytest

from infra import cursors
from infra.cursors import decode_cursor, encode_cursor
from infra.errors import InvalidCursor

LISTING = ["images", "shop"]
TYPES = (int, str)


def forged(body: bytes) -> str:
    """Return a cursor that is right in all but its body; how it is made is no secret."""
    return base64.urlsafe_b64encode(cursors._digest(LISTING, body) + body).decode().rstrip("=")


def test_a_cursor_gives_its_position_back() -> None:
    assert decode_cursor(LISTING, encode_cursor(LISTING, [7, "a"]), TYPES) == [7, "a"]


@pytest.mark.parametrize("body", [b"", b"not json", b"7", b"{}", b"null", b"[7]", b'["a", 7]', b'[7, "a", 1]'])
def test_a_forged_cursor_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(LISTING, forged(body), TYPES)


@pytest.mark.parametrize("cursor", ["", "a", "%%%%", "é", "AAAAAAAAAAAA"])
def test_text_that_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(LISTING, cursor, TYPES)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(["images", "rival"], encode_cursor(LISTING, [7, "a"]), TYPES)
