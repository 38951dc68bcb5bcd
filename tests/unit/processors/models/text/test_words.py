"""Words of lines: where they begin and end in text and in the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.models.text.characters import BLANK, ReadLine, decode
from processors.models.text.line_images import HEIGHT, LineImage
from processors.models.text.lines import part_of
from processors.models.text.words import spans, words_of

ALPHABET = ("", *"abcdefgh", "漢", "字", " ")


def words_in(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Total 29.90 EUR", ["Total", "29.90", "EUR"]),
        ("  two  spaces ", ["two", "spaces"]),
        ("東京都 2026年", ["東", "京", "都", "2026", "年"]),
        ("ひらがなカタカナ", list("ひらがなカタカナ")),
        ("a漢b", ["a", "漢", "b"]),
        ("Привет, мир", ["Привет,", "мир"]),
        ("한국어 낱말", ["한국어", "낱말"]),
        ("", []),
        (" ", []),
    ],
)
def test_words_are_what_stands_between_spaces_and_each_character_where_there_are_none(
    text: str, words: list[str]
) -> None:
    assert words_in(text) == words


@given(st.text())
def test_words_hold_every_character_but_the_spaces_once_and_in_order(text: str) -> None:
    assert "".join(words_in(text)) == "".join(text.split())
    assert all(not any(character.isspace() for character in word) and word for word in words_in(text))


def line(width: int, *written: tuple[int, int]) -> LineImage:
    """Return a line that lies at (100, 200) in its picture, with ink between these columns."""
    pixels = np.full((HEIGHT, width, 3), 250, np.uint8)
    for start, end in written:
        pixels[10:38, start:end] = 20
    corners = np.array([[100, 200], [100 + width, 200], [100 + width, 248], [100, 248]], np.float64)
    return LineImage(pixels, corners)


def test_a_words_box_is_where_its_ink_is() -> None:
    found = words_of(
        line(200, (10, 50), (80, 121)), ReadLine("ab cd", (0.9, 0.8, 0.7, 0.9, 1.0), (2, 5, 8, 12, 14)), 25
    )
    assert [word.text for word in found] == ["ab", "cd"]
    assert [word.confidence for word in found] == pytest.approx([0.85, 0.95])
    first, second = (word.corners for word in found)
    assert first.tolist() == [[110, 200], [150, 200], [150, 248], [110, 248]]
    assert (second[0, 0], second[1, 0]) == (180, 221)


def test_ink_of_the_same_brightness_as_its_ground_is_ink() -> None:
    picture = line(80)
    picture.pixels[:] = (255, 255, 255)
    picture.pixels[10:38, 24:40] = (255, 0, 255)
    [word] = words_of(picture, ReadLine("a", (1.0,), (4,)), 10)
    assert (word.corners[0, 0], word.corners[1, 0]) == (124, 140)


def test_characters_without_spaces_part_in_the_middle() -> None:
    found = words_of(line(96, (4, 92)), ReadLine("漢字", (0.9, 0.9), (2.5, 8.5)), 12)
    assert [(word.corners[0, 0], word.corners[1, 0]) for word in found] == [(104, 148), (148, 192)]


def test_a_part_of_a_line_that_is_turned_follows_it() -> None:
    upended = np.array([[40, 10], [40, 110], [20, 110], [20, 10]], np.float64)
    assert part_of(upended, 0.5, 1.0).tolist() == [[40, 60], [40, 110], [20, 110], [20, 60]]


columns = st.lists(st.integers(0, len(ALPHABET) - 1), max_size=30)


@given(columns)
def test_runs_are_one_character_and_blanks_are_none(best: list[int]) -> None:
    read = decode(np.array(best, np.int64), np.linspace(0.5, 1, len(best), dtype=np.float32), ALPHABET)
    expected = "".join(
        ALPHABET[item] for at, item in enumerate(best) if item != BLANK and (at == 0 or best[at - 1] != item)
    )
    assert read.text == expected
    assert len(read.confidences) == len(read.centres) == len(expected)
    assert list(read.centres) == sorted(read.centres)
    assert all(best[round(centre)] != BLANK for centre in read.centres)
