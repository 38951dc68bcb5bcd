"""Variations are what the rules allow, the same for the same seed, and made of the picture alone."""

import hashlib

import numpy as np
import pytest

from processors.imaging.augmentation import STANDARD, Augmentation, augment
from processors.imaging.views import Pixels
from tests.fakes.pictures import BLUE, GREEN, RED, WHITE, corners, quarters, scene

NOTHING = Augmentation(mirrored=0, turn_degrees=0, least_side=1, brightness=0, contrast=0, saturation=0)
PICTURE = np.asarray(scene(320, 200))


def varied(seed: int, rules: Augmentation = STANDARD, picture: Pixels = PICTURE) -> Pixels:
    return augment(picture, np.random.default_rng(seed), rules)


def only(**changes: float) -> Augmentation:
    return Augmentation(**{**{name: getattr(NOTHING, name) for name in Augmentation.__slots__}, **changes})


def test_a_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert np.array_equal(varied(3), varied(3))
    assert len({hashlib.sha256(varied(seed).tobytes()).digest() for seed in range(20)}) == 20


def test_the_size_stays() -> None:
    assert varied(1).shape == PICTURE.shape
    assert varied(1, picture=PICTURE[:, :1]).shape == (200, 1, 3)


def test_rules_that_allow_nothing_change_nothing() -> None:
    assert np.array_equal(varied(5, NOTHING), PICTURE)


def test_a_mirrored_picture_is_the_mirror_image() -> None:
    assert np.array_equal(varied(5, only(mirrored=1)), PICTURE[:, ::-1])


def test_about_as_many_are_mirrored_as_the_chance_says() -> None:
    mirrored = sum(np.array_equal(varied(seed, only(mirrored=0.3)), PICTURE[:, ::-1]) for seed in range(300))
    assert 60 < mirrored < 120


@pytest.mark.parametrize("degrees", [5, 30, 90, 180])
def test_nothing_from_outside_the_picture_comes_in(degrees: float) -> None:
    light = np.full((120, 200, 3), 200, np.uint8)
    for seed in range(30):
        assert varied(seed, only(turn_degrees=degrees, least_side=0.7), light).min() == 200


def test_a_turn_turns_by_at_most_what_is_allowed() -> None:
    picture = np.asarray(quarters(240))
    for seed in range(20):
        assert corners(varied(seed, only(turn_degrees=10), picture)) == [RED, GREEN, BLUE, WHITE]
    assert any(corners(varied(seed, only(turn_degrees=180), picture))[0] == WHITE for seed in range(20))


def test_a_cut_keeps_at_least_the_share_of_each_side_that_is_asked_for() -> None:
    ramp = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 50, 0).repeat(3, 2)
    widths = [
        int(cut.max()) - int(cut.min()) for seed in range(40) for cut in [varied(seed, only(least_side=0.6), ramp)]
    ]
    assert min(widths) >= 0.6 * 200 - 3
    assert min(widths) < 0.75 * 200


def test_brightness_goes_both_ways_within_its_share() -> None:
    grey = np.full((20, 20, 3), 100, np.uint8)
    means = [varied(seed, only(brightness=0.3), grey).mean() for seed in range(60)]
    assert 69 <= min(means) < 80
    assert 120 < max(means) <= 131


def test_contrast_and_saturation_leave_a_grey_picture_as_it_is() -> None:
    grey = np.full((20, 20, 3), 100, np.uint8)
    assert np.array_equal(varied(2, only(contrast=0.5, saturation=0.5), grey), grey)
    assert not np.array_equal(varied(2, only(saturation=0.5)), PICTURE)
    assert not np.array_equal(varied(2, only(contrast=0.5)), PICTURE)


def test_one_rule_changes_nothing_about_the_others() -> None:
    mirrored = [bool(np.array_equal(varied(seed, only(mirrored=0.5)), PICTURE[:, ::-1])) for seed in range(20)]
    brighter = [varied(seed, only(mirrored=0.5, brightness=0.1)) for seed in range(20)]
    for was, now in zip(mirrored, brighter, strict=True):
        left, right = PICTURE[:, :10].mean((0, 1)), PICTURE[:, -10:].mean((0, 1))
        first = now[:, :10].mean((0, 1))
        assert (
            np.abs(first / first.sum() - right / right.sum()).sum()
            < np.abs(first / first.sum() - left / left.sum()).sum()
        ) == was
