"""A model's own hierarchy in CSV: read as it is meant, or refused with the line or the name at fault."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import ConfigurationError
from processors.labels.custom import MOST_ANCESTORS, parse_hierarchy
from processors.labels.hierarchy import Hierarchy

LABELS = ("M6 bolt", "M8 bolt", "washer")
PARTS = """name,parent,category,aliases,id
part,,Spare Parts,,
fastener,part,,,
bolt,fastener|threaded,,screw|machine screw,n02865665
threaded,,,,
M6 bolt,bolt,,,
M8 bolt,bolt,,,
washer,fastener,Consumables,,
"""


def parse(text: str | bytes, labels: tuple[str, ...] = LABELS) -> Hierarchy:
    return parse_hierarchy(text.encode() if isinstance(text, str) else text, labels, "tree.csv")


def test_a_hierarchy_is_read_with_all_that_it_says() -> None:
    parts = parse("\ufeff" + PARTS)
    assert parts.ancestors("M6 bolt") == ("bolt", "fastener", "threaded", "part")
    assert parts.nodes["bolt"].aliases == ("screw", "machine screw")
    assert parts.nodes["bolt"].id == "n02865665"
    assert parts.categories("washer") == ("Consumables", "Spare Parts")


def test_columns_may_be_left_out_and_stand_in_any_order() -> None:
    assert parse("parent,name\n,part\npart,washer\n").ancestors("washer") == ("part",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the first line must name the columns"),
        ("parent\nx\n", "the first line must name the columns"),
        ("name,colour\nwasher,red\n", "there is no column 'colour'"),
        ("name,name\nwasher,x\n", "a column is named twice"),
        ("name,parent\nwasher\n", "line 2 has more or fewer values"),
        ("name,parent\nwasher,,\n", "line 2 has more or fewer values"),
        ("name,parent\n,part\n", "line 2 must have one name"),
        ("name\nwasher\nwasher\n", "'washer' is there twice"),
        ("name,parent\nwasher,prat\n", "'washer' has the parent 'prat', which has no line of its own"),
        ("name,parent\nwasher,part\npart,washer\n", "'washer' would be more general than itself"),
        ("name\nwasher\nwsher\n", "'wsher' has nothing beneath it and is not a label"),
        ("name,id\nwasher,a|b\n", "at most one id"),
        ("name\nwas\x07her\n", "line 2: .* cannot be shown"),
        (f"name\n{'x' * 300}\n", "longer than 256 characters"),
        ('name\n"washer\n', "is not CSV"),
        (b"name\n\xff\xfe\n", "not text in UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str | bytes, why: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^tree.csv: .*{why}"):
        parse(text)


def test_a_chain_of_thousands_is_refused_at_its_first_name_too_deep() -> None:
    chain = "p0,\n" + "".join(f"p{number},p{number - 1}\n" for number in range(1, 15_000))
    with pytest.raises(ConfigurationError, match=f"'p{MOST_ANCESTORS + 1}' has more than {MOST_ANCESTORS}"):
        parse(f"name,parent\n{chain}washer,p14999\n")


def test_a_label_with_too_many_names_above_it_is_refused() -> None:
    many = [f"p{number}" for number in range(MOST_ANCESTORS + 1)]
    lines = "".join(f"{name},\n" for name in many)
    with pytest.raises(ConfigurationError, match="'washer' has more than"):
        parse(f"name,parent\n{lines}washer,{'|'.join(many)}\n")


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("name,parent\n" + text).encode()))
def test_whatever_the_file_holds_it_is_read_or_refused(content: bytes) -> None:
    with suppress(ConfigurationError):
        parse_hierarchy(content, LABELS, "tree.csv")
