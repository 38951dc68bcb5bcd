"""Pictures of none of a classifier's classes: no score of theirs stands out, and a card says how far is enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.models.calibration.card import CardKnown
from processors.models.calibration.known import SHARES, STRANGE, fit_known
from processors.models.tasks.answers import log_probabilities, softmax
from processors.models.tasks.known import LEAST, known_scores, known_share

CLASSES, PICTURES = 200, 400


def logits(seed: int, sharpness: float, pictures: int = PICTURES) -> np.ndarray:
    """Return what a model tells of pictures: one class stands out of the noise, further or less far."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(pictures, CLASSES))
    scores[np.arange(pictures), np.arange(pictures) % CLASSES] += random.gamma(4, sharpness, pictures)
    return scores


def places(pictures: int = PICTURES) -> list[int]:
    return [number % CLASSES for number in range(pictures)]


@given(st.integers(0, 10_000), st.floats(0.5, 3))
def test_of_known_pictures_as_many_score_lower_as_the_share_says(seed: int, sharpness: float) -> None:
    told = logits(seed, sharpness)
    card = fit_known(told, places()).card
    shares = np.array([known_share(score, card) for score in known_scores(told)])
    for share in SHARES:
        # Scores close to each other are told as one share, which is rounded.
        lower, as_low = np.mean(shares < share), np.mean(shares <= share)
        assert lower - 3 / PICTURES <= share <= as_low + 3 / PICTURES
    assert card.pictures == PICTURES


@given(st.integers(0, 10_000))
def test_by_what_others_tell_almost_all_known_pictures_pass(seed: int) -> None:
    assert fit_known(logits(seed, 2.0), places()).passed == pytest.approx(1 - STRANGE, abs=0.03)


@given(st.integers(0, 10_000))
def test_most_pictures_of_nothing_known_are_told(seed: int) -> None:
    card = fit_known(logits(seed, 6.0), places()).card
    noise = np.random.default_rng(seed).normal(size=(50, CLASSES))
    assert np.mean([known_share(score, card) < STRANGE for score in known_scores(noise)]) > 0.9


@given(st.integers(2, 300), st.integers(0, 10_000), st.floats(-50, 50))
def test_probabilities_tell_the_same_as_logits_wherever_these_begin(classes: int, seed: int, begin: float) -> None:
    scores = np.random.default_rng(seed).normal(scale=3, size=(5, classes))
    told = known_scores(scores)
    assert known_scores(log_probabilities(softmax(scores))) == pytest.approx(told, abs=1e-6)
    assert known_scores(scores + begin) == pytest.approx(told, abs=1e-6)
    assert (told >= LEAST).all()
    # The divergence of the even distribution from the model's own.
    own = softmax(scores)
    assert told == pytest.approx((np.log(1 / classes) - np.log(own)).mean(axis=1), abs=1e-6)


def test_where_all_classes_are_as_likely_nothing_stands_out() -> None:
    assert known_scores(np.zeros((1, CLASSES))) == pytest.approx(LEAST, abs=1e-12)


@given(st.integers(0, 10_000), st.lists(st.floats(-5, 30), min_size=2, max_size=20))
def test_a_higher_score_never_has_a_lower_share(seed: int, scores: list[float]) -> None:
    card = fit_known(logits(seed, 2.0), places()).card
    shares = [known_share(score, card) for score in sorted(scores)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize(
    ("quantiles", "fault"),
    [
        (((0.0, -5.0),), "at least 2 items"),
        (((0.1, -5.0), (1.0, -1.0)), "shares ascend from 0 to 1"),
        (((0.0, -5.0), (0.9, -1.0)), "shares ascend from 0 to 1"),
        (((0.0, -5.0), (0.5, -4.0), (0.5, -3.0), (1.0, -1.0)), "shares ascend from 0 to 1"),
        (((0.0, -5.0), (0.5, -1.0), (1.0, -4.0)), "of a greater share the score is not lower"),
    ],
)
def test_a_card_whose_quantiles_do_not_ascend_is_refused(quantiles: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        CardKnown.model_validate({"pictures": 50, "quantiles": quantiles})
