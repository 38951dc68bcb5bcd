"""How wide lines are shown to the model: no wider than their characters need, and whole where they were read badly."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from processors.models.text.line_images import HEIGHT, LineImage
from processors.models.text.recogniser import LITTLE_WIDTH, MOST_WIDTH, NARROWEST, LineRecogniser

STEP = 8


class FakeSession:
    """Reads an ``a`` in every so many columns, and less surely what is narrower than ``whole``; remembers widths."""

    def __init__(self, every: int, whole: int = 0) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self._every = every
        self._whole = whole

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="x")]

    def get_modelmeta(self) -> Any:
        return SimpleNamespace(custom_metadata_map={"character": "a"})

    def run(self, _outputs: None, inputs: dict[str, Any]) -> list[Any]:
        [batch] = inputs.values()
        self.shapes.append(batch.shape)
        scores = np.zeros((len(batch), batch.shape[3] // STEP, 3), np.float32)
        scores[..., 0] = 0.4
        scores[:, :: self._every, 1] = 0.99 if batch.shape[3] >= self._whole else 0.8
        return [scores]


def lines(*widths: int) -> list[LineImage]:
    return [LineImage(np.full((HEIGHT, width, 3), 255, np.uint8), np.zeros((4, 2))) for width in widths]


def test_many_lines_are_read_as_narrow_as_their_characters_allow() -> None:
    session = FakeSession(every=2)
    found = LineRecogniser(session).read(lines(*[1000] * 10))  # type: ignore[arg-type] # a fake
    # Sixteen pixels a character, of which 13 are enough; columns are whole.
    assert [shape[3] for shape in session.shapes] == [1000] * 3 + [819] * 7
    assert [one.line.width for one in found] == [1000] * 10
    assert found[-1].columns == pytest.approx(819 // STEP)


def test_no_line_is_narrowed_below_what_can_be_read() -> None:
    session = FakeSession(every=6)
    LineRecogniser(session).read(lines(*[1000] * 10))  # type: ignore[arg-type] # a fake
    assert {shape[3] for shape in session.shapes} == {1000, int(1000 * NARROWEST)}


def test_a_line_that_is_read_badly_when_narrowed_is_read_whole_and_the_surer_reading_stays() -> None:
    session = FakeSession(every=4, whole=1000)
    found = LineRecogniser(session).read(lines(*[1000] * 5))  # type: ignore[arg-type] # a fake
    assert [shape[3] for shape in session.shapes] == [1000] * 3 + [600] * 2 + [1000] * 2
    assert [one.confidence for one in found] == pytest.approx([0.99] * 5)


def test_a_few_lines_are_read_as_they_are() -> None:
    session = FakeSession(every=4)
    LineRecogniser(session).read(lines(*[LITTLE_WIDTH // 4] * 4))  # type: ignore[arg-type] # a fake
    assert {shape[3] for shape in session.shapes} == {LITTLE_WIDTH // 4}


def test_short_lines_are_read_together_with_those_of_about_their_width() -> None:
    session = FakeSession(every=4)
    found = LineRecogniser(session).read(lines(300, 40, 310, 50, 900))  # type: ignore[arg-type] # a fake
    assert [(shape[0], shape[3]) for shape in session.shapes] == [(2, 50), (2, 310), (1, 900)]
    assert all(count * width <= MOST_WIDTH or count == 1 for count, _, _, width in session.shapes)
    assert [one.line.width for one in found] == [300, 40, 310, 50, 900]
    # Of the output's columns each line has its share of the batch's width.
    shown = [310, 50, 310, 50, 900]
    shares = [one.columns / (width // STEP) * width for one, width in zip(found, shown, strict=True)]
    assert shares == pytest.approx([300, 40, 310, 50, 900])


def test_no_lines_are_no_run() -> None:
    session = FakeSession(every=4)
    assert LineRecogniser(session).read([]) == []  # type: ignore[arg-type] # a fake
    assert session.shapes == []
