"""The text that is kept beside a committed offset."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.commit_notes import CommitNote

IDS = st.from_regex(r"[A-Za-z0-9+/_-]{22}", fullmatch=True)
TOPICS = st.from_regex(r"[a-z0-9._-]{1,32}", fullmatch=True)
NOTES = st.builds(
    CommitNote,
    sequence=st.none() | st.integers(min_value=0, max_value=2**63 - 1),
    topic_id=st.none() | IDS,
    group_topics=st.none()
    | st.dictionaries(TOPICS, IDS, min_size=1, max_size=4).map(lambda ids: ",".join(map(":".join, ids.items()))),
    noticed_at_ms=st.none() | st.integers(min_value=0, max_value=2**63 - 1),
)


@given(NOTES)
def test_a_note_comes_back_as_it_was(note: CommitNote) -> None:
    assert CommitNote.parse(note.text) == note


@given(NOTES, st.text())
def test_what_a_client_reads_beyond_its_end_is_left_out(note: CommitNote, beyond: str) -> None:
    assert CommitNote.parse(note.text + beyond) == note
    assert CommitNote.parse(note.text.rstrip("\0") + beyond) == note


@given(NOTES)
def test_a_note_is_short_and_plain_text(note: CommitNote) -> None:
    assert note.text.isascii()
    # Kafka's own bound, offset.metadata.max.bytes, is 4096.
    assert len(note.text) < 1000


@given(st.none() | st.text())
def test_any_other_text_is_an_empty_note(text: str | None) -> None:
    assert CommitNote.parse(text) == CommitNote()


def test_the_ids_of_all_topics_are_read_back() -> None:
    note = CommitNote(group_topics="image-references:aB+/,object-created:c_-d")
    assert CommitNote.parse(note.text).known_ids == {"image-references": "aB+/", "object-created": "c_-d"}


def test_a_note_of_another_form_is_not_guessed_at() -> None:
    assert CommitNote.parse("vedette/2 sequence=7") == CommitNote()


def test_a_field_that_is_not_known_is_passed_over() -> None:
    assert CommitNote.parse("vedette/1 sequence=7 colour=blue") == CommitNote(sequence=7)


def test_a_field_that_makes_no_sense_makes_the_note_empty() -> None:
    assert CommitNote.parse("vedette/1 sequence=-1 topic_id=a") == CommitNote()
    assert CommitNote.parse("vedette/1 sequence topic_id=a") == CommitNote()
