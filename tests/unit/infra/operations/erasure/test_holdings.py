"""Whatever the platform keeps is accounted for: what is added has to say what becomes of it with its workspace."""

import re
from importlib import resources

from infra.cassandra.migrations import TABLE_NAMED
from infra.operations.erasure.holdings import FOLDERS, INDICES, TABLES, Fate, all_holdings
from infra.operations.erasure.sinks import HOLDING
from schemas.topics import TOPICS

COMMENT = re.compile(r"--.*")


def tables() -> set[str]:
    """Return every table that a migration makes."""
    folder = resources.files("infra.cassandra") / "tables"
    texts = [COMMENT.sub("", file.read_text()) for file in folder.iterdir() if file.name.endswith(".cql")]
    return {name for text in texts for name in TABLE_NAMED.findall(text)}


def test_every_table_is_accounted_for_and_no_other_is() -> None:
    assert tables() == set(TABLES)


def test_every_index_that_is_made_is_accounted_for() -> None:
    mappings = resources.files("infra.elasticsearch") / "mappings"
    made = {file.name.removesuffix(".json") for file in mappings.iterdir() if file.name.endswith(".json")}
    assert made == set(INDICES)


def test_every_topic_about_images_says_until_when_it_holds_them() -> None:
    about_no_image = {"activity", "job-endings", "questions", "answers"}
    assert {topic.name for topic in TOPICS} == HOLDING | about_no_image


def test_what_goes_with_the_workspace_is_said_once_and_with_its_kind() -> None:
    assert len(all_holdings()) == len(TABLES) + len(INDICES) + len(FOLDERS) + len(TOPICS)
    assert {fate for fate, _ in all_holdings().values()} == set(Fate)
