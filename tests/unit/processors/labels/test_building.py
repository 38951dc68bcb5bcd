"""The shipped table is what WordNet and the lists that were checked by hand make: on excerpts of both."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from processors.labels.building import Choices, build_rows
from processors.labels.shipped import TABLE, read_table, shipped_labels, write_table
from processors.labels.wordnet import Synset, parse_synset, read_nouns
from processors.models.default.install import default_labels, default_synsets
from processors.models.default.nanodet.install import LABELS
from tests.places import ROOT

# The lines of WordNet 3.0's data.noun that the table is made of, each without its definition.
EXCERPT = ROOT / "tests" / "data" / "wordnet"
CLASSES = (("n02085620", "Chihuahua"), ("n02012849", "crane bird"), ("n03126707", "construction crane"))


def choices(**fields: object) -> Choices:
    return replace(
        Choices(
            stops={"n00002684": "object"},
            names={},
            parents=[],
            coco={"dog": "n02084071"},
            categories={"Animals": ["dog", "bird"], "Tools": ["construction crane"]},
        ),
        **fields,
    )


def nouns(*synsets: Synset) -> dict[str, Synset]:
    told = (
        Synset("n02085620", ("Chihuahua",), ("n02084071",)),
        Synset("n02084071", ("dog", "domestic dog"), ("n00002684",)),
        Synset("n02012849", ("crane",), ("n01503061",)),
        Synset("n01503061", ("bird",), ("n00002684",)),
        Synset("n03126707", ("crane",), ("n00002684",)),
        Synset("n00002684", ("object", "physical object"), ()),
        *synsets,
    )
    return {synset.id: synset for synset in told}


def test_the_shipped_table_is_what_the_builder_makes() -> None:
    imagenet = list(zip(default_synsets(), default_labels(), strict=True))
    rows = build_rows(read_nouns(EXCERPT), imagenet, Choices.read())
    assert write_table(rows) == TABLE.read_text(encoding="utf-8")


def test_the_table_knows_every_class_of_the_default_models() -> None:
    shipped = shipped_labels()
    assert shipped.imagenet == default_labels()
    assert shipped.coco.keys() == set(LABELS)
    assert shipped.nodes_of(LABELS) == shipped.coco
    assert shipped.nodes_of(("dog", "cat")) is None


def test_a_table_is_read_as_it_was_written() -> None:
    rows = build_rows(nouns(), CLASSES, choices())
    assert read_table(write_table(rows)) == rows


def test_two_senses_of_a_word_are_two_nodes() -> None:
    hierarchy = shipped_labels().hierarchy
    bird, machine = hierarchy.nodes["crane bird"], hierarchy.nodes["construction crane"]
    assert bird.aliases == machine.aliases == ("crane",)
    assert bird.id != machine.id
    assert "bird" in hierarchy.ancestors(bird.name)
    assert "animal" not in hierarchy.ancestors(machine.name)


@pytest.mark.parametrize(
    ("name", "above", "not_above"),
    [
        ("Chihuahua", {"dog", "canine", "mammal", "animal"}, {"entity", "organism", "cat"}),
        ("banana", {"fruit", "food"}, {"solid food", "substance"}),
        ("dining table", {"table", "furniture"}, {"furnishing"}),
        ("school bus", {"bus", "vehicle"}, {"artifact", "container"}),
        ("sports car", {"car", "vehicle"}, {"container", "instrumentality"}),
        ("kite", {"bird"}, {"plaything"}),
        ("kite (toy)", {"plaything"}, {"bird"}),
    ],
)
def test_what_stands_above_a_name(name: str, above: set[str], not_above: set[str]) -> None:
    ancestors = set(shipped_labels().hierarchy.ancestors(name))
    assert above <= ancestors
    assert not not_above & ancestors


def test_every_dog_of_imagenet_is_a_dog() -> None:
    shipped = shipped_labels()
    dogs = [name for name in shipped.imagenet if "dog" in shipped.hierarchy.ancestors(name)]
    assert len(dogs) == 118


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"stops": {"n00002684": "objet"}}, "n00002684 is not 'objet'"),
        ({"names": {"n01503061": "dog"}}, "give each a name of its own"),
        ({"categories": {"Animals": ["dgo"]}}, "no node is called dgo"),
        ({"categories": {"Animals": ["dog", "bird"]}}, "no category has construction crane"),
        ({"stops": {"n02084071": "dog"}}, "n02084071: a class must be a noun of WordNet and no stop"),
    ],
)
def test_a_choice_that_does_not_fit_is_told(fields: dict[str, object], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        build_rows(nouns(), CLASSES, choices(**fields))


def test_a_parent_is_added_where_wordnet_has_none_and_taken_away_where_it_has() -> None:
    changed = choices(parents=[("n02085620", "n02084071"), ("n02085620", "n01503061")])
    rows = {row.name: row for row in build_rows(nouns(), CLASSES, changed)}
    assert rows["Chihuahua"].parents == ("n01503061",)


def test_a_parent_that_another_has_above_it_is_told_once() -> None:
    more = Synset("n02085620", ("Chihuahua",), ("n02084071", "n01503061"))
    below = Synset("n02084071", ("dog",), ("n01503061",))
    rows = {row.name: row for row in build_rows(nouns(more, below), CLASSES, choices())}
    assert rows["Chihuahua"].parents == ("n02084071",)


def test_a_line_of_the_database_is_read() -> None:
    line = (
        "02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 004 @ 02083346 n 0000 @i 01317541 n 0000 "
        '#m 02083863 n 0000 ~ 01322604 n 0000 | a member; "a | b"'
    )
    assert parse_synset(line) == Synset(
        "n02084071", ("dog", "domestic dog", "Canis familiaris"), ("n02083346", "n01317541")
    )


def test_a_folder_without_the_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="install Debian's package wordnet-base"):
        read_nouns(tmp_path)
    (tmp_path / "data.noun").write_text("  1 licence\nnonsense\n")
    with pytest.raises(ConfigurationError, match="line 2, is not a line of WordNet's database"):
        read_nouns(tmp_path)
