"""Replays: references that were answered before, answered once more by another pipeline.

A replay is a message on a reference topic whose header ``replay-of`` tells where the reference itself stood. Its answer
is an answer to *that* reference: it has its version, so that it undoes no newer reference's answer and no deletion.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import Field, field_validator

from schemas.dead_letters import Headers
from schemas.images import Frozen, Origin, VersionedName, parse_origin
from schemas.results import RecognitionResult

REPLAY_OF = "replay-of"


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


def encode_header(origin: Origin) -> tuple[str, bytes]:
    """Return the header of a replay of the reference that stood at ``origin``."""
    return REPLAY_OF, origin.id.encode()


def decode_header(headers: Headers) -> Origin | None:
    """Return where the reference stood of which a message is a replay, None where it is none; raises ``ValueError``."""
    values: Sequence[bytes | None] = [value for name, value in headers if name == REPLAY_OF]
    return parse_origin((values[0] or b"").decode()) if values else None
