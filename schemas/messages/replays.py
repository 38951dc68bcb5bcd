"""Replays: references that were answered before, answered once more by another pipeline.

A replay is a message on a reference topic whose header ``replay-of`` tells where the reference itself stood. Its answer
is an answer to *that* reference: it has its version, so that it undoes no newer reference's answer and no deletion.
"""

from datetime import UTC, datetime

from pydantic import Field, field_validator

from schemas.dead_letters import Headers
from schemas.images import Frozen, Origin, VersionedName, parse_origin
from schemas.results import RecognitionResult

REPLAY_OF = "replay-of"
REPLAY_OF_SEQUENCE = "replay-of-sequence"


class History(Frozen):
    """Which answers are meant: by the time at which their reference was appended, and by workspace."""

    since: datetime | None = None
    until: datetime | None = None
    owner: str | None = None

    @field_validator("since", "until")
    @classmethod
    def _in_utc(cls, moment: datetime | None) -> datetime | None:
        return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment

    def holds(self, result: RecognitionResult) -> bool:
        """Whether the answer is meant: ``since`` is within, ``until`` is not."""
        moment = result.origin.appended_at
        return (
            self.owner in (None, result.owner)
            and (self.since is None or moment >= self.since)
            and (self.until is None or moment < self.until)
        )


class ReplayState(Frozen):
    """How far a replay has come; ``place`` is the last image's, in the order in which Cassandra keeps images."""

    place: int | None = None
    images: int = 0
    published: int = 0
    answered_before: int = 0
    finished: bool = False


class ReplaySummary(Frozen):
    """What a replay did, from its beginning on, however often it was interrupted."""

    pipeline: VersionedName
    history: History
    images: int = Field(description="Images that were meant.")
    published: int = Field(description="References published once more; a few of them twice after an interruption.")
    answered_before: int = Field(description="Images that the pipeline had answered already.")
    resumed: bool = Field(description="Whether an interrupted replay was gone on with.")


def encode_headers(origin: Origin) -> list[tuple[str, bytes | None]]:
    """Return the headers of a replay of the reference that stood at ``origin``."""
    place: list[tuple[str, bytes | None]] = [(REPLAY_OF, origin.id.encode())]
    return place if origin.sequence is None else [*place, (REPLAY_OF_SEQUENCE, str(origin.sequence).encode())]


def decode_headers(headers: Headers) -> Origin | None:
    """Return where the reference stood of which a message is a replay, None where it is none; raises ``ValueError``."""
    place, sequence = _first(headers, REPLAY_OF), _first(headers, REPLAY_OF_SEQUENCE)
    return None if place is None else parse_origin(place, sequence)


def _first(headers: Headers, name: str) -> str | None:
    values = [(value or b"").decode() for header, value in headers if header == name]
    return values[0] if values else None
