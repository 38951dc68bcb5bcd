"""What counts as a change of speed, and what is the noise of a shared machine."""

import pytest

from tests.benchmarks.regression import Change, changes

STEADY = (0.80, 0.81, 0.82, 0.83, 0.84)


@pytest.mark.parametrize(
    ("now", "more_is_better", "is_noise", "is_worse"),
    [
        ((0.70, 0.71, 0.72, 0.73, 0.74), True, False, True),
        ((0.70, 0.71, 0.72, 0.73, 0.74), False, False, False),
        ((0.90, 0.91, 0.92, 0.93, 0.94), True, False, False),
        ((0.90, 0.91, 0.92, 0.93, 0.94), False, False, True),
        ((0.78, 0.79, 0.80, 0.81, 0.82), True, True, False),
        ((0.50, 0.60, 0.75, 0.82, 0.90), True, True, False),
    ],
)
def test_a_figure_changed_where_the_middle_halves_do_not_touch(
    now: tuple[float, ...], more_is_better: bool, is_noise: bool, is_worse: bool
) -> None:
    change = Change("recogniser to plain loop", STEADY, now, more_is_better)
    assert (change.is_noise, change.is_worse) == (is_noise, is_worse)


def test_of_processor_time_less_is_better() -> None:
    then = {"recogniser to plain loop": STEADY, "processor time, all": STEADY}
    fell = (0.5, 0.51, 0.52)
    by_name = {change.name: change for change in changes(then, dict.fromkeys(then, fell))}
    assert by_name["recogniser to plain loop"].is_worse
    assert not by_name["processor time, all"].is_worse
    assert by_name["processor time, all"].by == pytest.approx(0.51 / 0.82 - 1)
