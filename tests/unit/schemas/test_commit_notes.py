"""The text that is kept beside a committed offset."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.commit_notes import CommitNote

IDS = st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True)
NOTES = st.builds(
    CommitNote,
    sequence=st.none() | st.integers(min_value=0, max_value=2**63 - 1),
    topic_id=st.none() | IDS,
)


@given(NOTES)
def test_a_note_comes_back_as_it_was(note: CommitNote) -> None:
    assert CommitNote.parse(note.text) == note


@given(NOTES)
def test_a_note_is_a_few_dozen_bytes_of_plain_text(note: CommitNote) -> None:
    assert note.text.isascii()
    assert len(note.text) < 100


@given(st.none() | st.text())
def test_any_other_text_is_an_empty_note(text: str | None) -> None:
    assert CommitNote.parse(text) == CommitNote()


def test_a_note_of_another_form_is_not_guessed_at() -> None:
    assert CommitNote.parse("vedette/2 sequence=7") == CommitNote()


def test_a_field_that_is_not_known_is_passed_over() -> None:
    assert CommitNote.parse("vedette/1 sequence=7 colour=blue") == CommitNote(sequence=7)


def test_a_field_that_makes_no_sense_makes_the_note_empty() -> None:
    assert CommitNote.parse("vedette/1 sequence=-1 topic_id=a") == CommitNote()
    assert CommitNote.parse("vedette/1 sequence topic_id=a") == CommitNote()
