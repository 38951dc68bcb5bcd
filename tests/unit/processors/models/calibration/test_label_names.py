"""Labels found again however they are spelled."""

import pytest

from processors.models.calibration.label_names import LabelNames

NAMES = LabelNames(
    ["Egyptian cat", "Cardigan", "cardigan", "finch", "house finch", "traffic_light", "hen-of-the-woods"]
)


@pytest.mark.parametrize("text", ["Egyptian cat", "egyptian_cat", " EGYPTIAN  CAT "])
def test_case_and_underscores_do_not_matter(text: str) -> None:
    assert NAMES.find(text) == "Egyptian cat"


def test_a_models_own_underscores_do_not_matter_either() -> None:
    assert NAMES.find("traffic light") == "traffic_light"


def test_case_matters_where_it_alone_tells_two_labels_apart() -> None:
    assert (NAMES.find("Cardigan"), NAMES.find("cardigan")) == ("Cardigan", "cardigan")
    assert NAMES.find("CARDIGAN") is None


@pytest.mark.parametrize("text", ["", "cat", "Egyptian cats"])
def test_what_is_no_label_is_not_found(text: str) -> None:
    assert NAMES.find(text) is None


@pytest.mark.parametrize(
    ("stem", "label"),
    [
        ("n01532829_house_finch", "house finch"),
        ("shop_7_finch", "finch"),
        ("house_finch", "house finch"),
        ("x_hen-of-the-woods", "hen-of-the-woods"),
        ("finch_7", None),
        ("goldfinch", None),
    ],
)
def test_the_longest_label_at_a_file_names_end_counts(stem: str, label: str | None) -> None:
    assert NAMES.find_in_stem(stem) == label
