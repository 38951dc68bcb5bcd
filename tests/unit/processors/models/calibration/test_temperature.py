"""The temperature is the one at which the true labels are likeliest, and it is judged by other pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.models.calibration.temperature import COLDEST, FOLDS, HOTTEST, fit, fit_temperature
from processors.models.runtime.session import Tensor
from processors.models.tasks.answers import log_probabilities, softmax

SEEDS = st.integers(0, 2**32 - 1)
TEMPERATURES = st.floats(0.3, 4)


def drawn(seed: int, temperature: float, pictures: int = 2000, classes: int = 8) -> tuple[Tensor, Tensor]:
    """Scores, and true classes that are as likely as the scores say at ``temperature``."""
    random = np.random.default_rng(seed)
    scores = random.normal(0, 3 * temperature, (pictures, classes))
    chances = softmax(scores / temperature).cumsum(axis=1)
    return scores, (random.random((pictures, 1)) > chances).sum(axis=1).clip(0, classes - 1)


def log_loss(scores: Tensor, places: Tensor, temperature: float) -> float:
    return float(-np.log(softmax(scores / temperature)[np.arange(len(scores)), places]).mean())


@given(SEEDS, TEMPERATURES)
def test_the_temperature_that_made_the_pictures_is_found(seed: int, temperature: float) -> None:
    assert fit_temperature(*drawn(seed, temperature)) == pytest.approx(temperature, rel=0.15)


@given(SEEDS, TEMPERATURES)
def test_no_other_temperature_makes_the_true_labels_likelier(seed: int, temperature: float) -> None:
    scores, places = drawn(seed, temperature, pictures=100)
    found = fit_temperature(scores, places)
    best = log_loss(scores, places, found)
    for other in (found * 0.97, found * 1.03, 1.0):
        assert best <= log_loss(scores, places, other) + 1e-9


@given(SEEDS, TEMPERATURES)
def test_probabilities_tell_the_same_as_logits(seed: int, temperature: float) -> None:
    scores, places = drawn(seed, temperature, pictures=200)
    by_probabilities = fit_temperature(log_probabilities(softmax(scores)), places)
    assert by_probabilities == pytest.approx(fit_temperature(scores, places), rel=1e-3)


def test_a_model_that_is_always_right_or_never_gets_a_temperature_within_the_range() -> None:
    scores = np.eye(4) * 5
    assert COLDEST <= fit_temperature(scores, np.arange(4)) < 0.2
    assert fit_temperature(scores, (np.arange(4) + 1) % 4) == pytest.approx(HOTTEST, rel=1e-3)


@given(SEEDS, TEMPERATURES)
def test_a_fit_makes_confidence_mean_what_it_says(seed: int, temperature: float) -> None:
    scores, places = drawn(seed, temperature)
    found = fit(scores, places.tolist())
    assert (found.pictures, found.top1) == (2000, np.mean(scores.argmax(axis=1) == places))
    assert found.after.calibration.ece < 0.06
    assert found.after.mean_confidence == pytest.approx(found.top1, abs=0.04)
    assert found.before.log_loss == pytest.approx(log_loss(scores, places, 1.0))
    assert found.after.log_loss <= found.before.log_loss + 0.01


def test_each_picture_is_judged_by_the_others_alone() -> None:
    scores, places = drawn(3, 1.0, pictures=50)
    # Wrong with certainty: whatever temperature this picture had a say in would be the hottest.
    scores[7], places[7] = np.eye(8)[0] * 1e4, 1
    others = [at for at in range(50) if at != 7]
    alone = fit(scores, places.tolist(), folds=50)
    assert alone.after.mean_confidence < 0.9
    cold = fit_temperature(scores[others], places[others])
    assert cold < fit_temperature(scores, places)
    assert alone.after.log_loss >= -np.log(np.finfo(np.float64).tiny) / 50


def test_a_model_that_has_a_temperature_is_held_against_it() -> None:
    scores, places = drawn(5, 2.0)
    once = fit(scores, places.tolist())
    again = fit(scores, places.tolist(), once.temperature)
    assert again.temperature == once.temperature
    assert again.before.log_loss == pytest.approx(once.after.log_loss, abs=0.01)
    assert FOLDS == 5
