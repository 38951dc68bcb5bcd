"""Boxes: which of them stay, and where they are in the picture."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.imaging.views import Letterbox, Stretch
from processors.models.tasks.boxes import TO_CORNERS, from_cells, grid_cells, grid_shape, overlaps, suppress, to_ratios

Boxes = npt.NDArray[np.float64]


def boxes(*rows: tuple[float, float, float, float]) -> Boxes:
    return np.array(rows, np.float64).reshape(-1, 4)


@pytest.mark.parametrize(
    ("kind", "told"),
    [("xyxy", (1, 2, 5, 8)), ("yxyx", (2, 1, 8, 5)), ("xywh", (1, 2, 4, 6)), ("cxcywh", (3, 5, 4, 6))],
)
def test_every_way_to_tell_a_box_gives_its_corners(kind: str, told: tuple[float, float, float, float]) -> None:
    assert TO_CORNERS[kind](boxes(told)).tolist() == [[1, 2, 5, 8]]


def test_overlap_is_the_shared_part_of_what_both_cover() -> None:
    others = boxes((0, 0, 2, 2), (1, 0, 3, 2), (2, 0, 4, 2), (5, 5, 6, 6), (0, 0, 1, 1), (1, 1, 1, 1))
    assert overlaps(np.array([0.0, 0.0, 2.0, 2.0]), others) == pytest.approx([1, 2 / 6, 0, 0, 1 / 4, 0])
    assert overlaps(np.zeros(4), np.zeros((1, 4))).tolist() == [0.0], "nothing shares nothing with nothing"


def test_cells_are_told_row_by_row_and_grid_after_grid() -> None:
    strides = [8, 16]
    cells = grid_cells([grid_shape((32, 16), stride) for stride in strides], strides)
    assert cells[:5].tolist() == [[0, 0, 8], [1, 0, 8], [2, 0, 8], [3, 0, 8], [0, 1, 8]]
    assert cells[8:].tolist() == [[0, 0, 16], [1, 0, 16]]
    raw = np.tile(np.array([[0.5, 0.25, 0.0, np.log(2)]]), (len(cells), 1))
    assert from_cells(raw, cells)[[1, 9]] == pytest.approx(np.array([[12, 2, 8, 16], [24, 4, 16, 32]]))


@pytest.mark.parametrize(("cut_cells", "shape"), [(False, (6, 1)), (True, (7, 2))])
def test_a_cell_that_lies_partly_inside_counts_where_that_is_said(cut_cells: bool, shape: tuple[int, int]) -> None:
    assert grid_shape((416, 100), 64, cut_cells=cut_cells) == shape


coordinates = st.integers(0, 40)
rows = st.tuples(
    coordinates, coordinates, st.integers(1, 20), st.integers(1, 20), st.integers(0, 100), st.integers(0, 2)
)


@given(st.lists(rows, max_size=40), st.sampled_from([0.1, 0.3, 0.45, 0.5, 0.7, 1.0]))
def test_what_stays_overlaps_nothing_surer_and_what_goes_overlaps_something_surer(
    found: list[tuple[int, ...]], threshold: float
) -> None:
    table = np.array(found, np.float64).reshape(-1, 6)
    corners = TO_CORNERS["xywh"](table[:, :4])
    scores, classes = table[:, 4] / 100, table[:, 5].astype(int)
    kept = suppress(corners, scores, classes, threshold, 1000).tolist()

    def shares(one: int, other: int) -> bool:
        return classes[one] == classes[other] and overlaps(corners[one], corners[other : other + 1])[0] > threshold

    def surer(one: int, other: int) -> bool:
        return (-scores[one], one) < (-scores[other], other)

    assert kept == sorted(kept, key=lambda number: (-scores[number], number))
    assert not any(shares(one, other) for one in kept for other in kept if one != other)
    for gone in set(range(len(table))) - set(kept):
        assert any(shares(one, gone) and surer(one, gone) for one in kept)


@given(st.lists(rows, max_size=20), st.integers(1, 5))
def test_the_surest_stay_where_only_so_many_may(found: list[tuple[int, ...]], most: int) -> None:
    table = np.array(found, np.float64).reshape(-1, 6)
    told: Any = (TO_CORNERS["xywh"](table[:, :4]), table[:, 4], table[:, 5], 0.45)
    assert suppress(*told, most).tolist() == suppress(*told, 1000).tolist()[:most]


sizes = st.tuples(st.integers(1, 5000), st.integers(1, 5000))
views = st.builds(Letterbox, st.integers(8, 1280), st.integers(8, 1280), centred=st.booleans()) | st.builds(
    Stretch, st.integers(8, 1280), st.integers(8, 1280)
)
shares_of_a_side = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


@given(views, sizes, shares_of_a_side, shares_of_a_side)
def test_a_box_goes_into_a_view_and_comes_back_within_a_pixel(
    view: Letterbox | Stretch, size: tuple[int, int], across: list[float], down: list[float]
) -> None:
    width, height = size
    left, top, seen_width, seen_height = view.placement(size)
    assert left >= 0
    assert top >= 0
    assert left + seen_width <= view.width
    assert top + seen_height <= view.height
    in_picture = np.array([across[0], down[0], across[1], down[1]])
    in_view = in_picture * [seen_width, seen_height, seen_width, seen_height] + [left, top, left, top]
    back = to_ratios(in_view[None], (left, top, seen_width, seen_height))[0]
    assert np.abs((back - in_picture) * [width, height, width, height]).max() < 1


@given(views, sizes, st.lists(st.tuples(*[st.floats(-2000, 3000)] * 4), min_size=1, max_size=5))
def test_whatever_a_model_says_ends_within_the_picture(
    view: Letterbox | Stretch, size: tuple[int, int], found: list[tuple[float, float, float, float]]
) -> None:
    ratios = to_ratios(boxes(*found), view.placement(size))
    assert ((ratios >= 0) & (ratios <= 1)).all()
