"""Expected calibration error on cases whose answer is known."""

import pytest

from processors.models.calibration.reliability import calibration_of


def test_certain_and_right_is_perfectly_calibrated() -> None:
    assert calibration_of([1.0, 1.0], [True, True]).ece == 0


def test_certain_and_wrong_is_as_bad_as_can_be() -> None:
    assert calibration_of([1.0, 1.0], [False, False]).ece == 1


def test_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    assert calibration_of([0.75] * 4, [True, True, True, False]).ece == pytest.approx(0)


def test_the_error_is_the_gap_of_each_bin_weighted_by_its_pictures() -> None:
    # Three pictures of mean confidence 0.9, two right: gap 0.9 - 2/3. One of confidence 0.3, right: gap 0.7.
    calibration = calibration_of([0.88, 0.90, 0.92, 0.3], [True, True, False, True])
    assert calibration.ece == pytest.approx((3 * (0.9 - 2 / 3) + 0.7) / 4)


def test_errors_of_one_direction_do_not_make_good_for_those_of_the_other() -> None:
    assert calibration_of([0.2, 0.8], [True, False]).ece == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("confidence", "place"), [(0.0, 0), (0.1, 0), (0.25, 0), (0.250001, 1), (0.5, 1), (0.75, 2), (1.0, 3)]
)
def test_a_bin_is_open_below_and_closed_above(confidence: float, place: int) -> None:
    bins = calibration_of([confidence], [True], bins=4).bins
    assert [each.images for each in bins] == [int(number == place) for number in range(4)]


def test_there_are_fifteen_bins_and_an_empty_one_has_no_means() -> None:
    bins = calibration_of([0.99], [True]).bins
    assert len(bins) == 15
    assert (bins[0].images, bins[0].mean_confidence, bins[0].share_correct) == (0, None, None)
    assert (bins[0].above, bins[14].up_to) == (0, 1)
