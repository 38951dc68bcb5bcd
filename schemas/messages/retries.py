"""References that are tried again later: the message as it came, and in its headers what to wait for.

On a retry topic a message keeps its original key, value and headers. Headers that start with ``retry-`` tell where the
*first* message stood, which stays what decides order and identity, how often its image was asked for in vain, and the
moment before which it is not to be tried again.
"""

from datetime import UTC, datetime

from pydantic import Field

from schemas.dead_letters import Headers
from schemas.images import Frozen, Origin

PREFIX = "retry-"


class Retry(Frozen):
    """Why and when a reference is tried again."""

    attempt: int = Field(ge=1, description="How often its image was asked for in vain.")
    not_before: datetime
    origin: Origin = Field(description="Where the first message stood.")
    detail: str = Field(description="One sentence for people: why the image did not come.")


def encode_headers(retry: Retry, original: Headers) -> list[tuple[str, bytes | None]]:
    """Return the headers on the retry topic: those of ``retry``, then the original ones, however many there are."""
    fields = {
        "attempt": str(retry.attempt),
        "not-before": retry.not_before.astimezone(UTC).isoformat(),
        "topic": retry.origin.topic,
        "partition": str(retry.origin.partition),
        "offset": str(retry.origin.offset),
        "appended-at-ms": str(retry.origin.appended_at_ms),
        "sequence": None if retry.origin.sequence is None else str(retry.origin.sequence),
        "detail": retry.detail,
    }
    written = [(PREFIX + name, value.encode()) for name, value in fields.items() if value is not None]
    return [*written, *strip_headers(original)]


def strip_headers(headers: Headers) -> list[tuple[str, bytes | None]]:
    """Return ``headers`` as the producer sent them."""
    return [(name, value) for name, value in headers if not name.startswith(PREFIX)]


def decode_headers(headers: Headers) -> Retry:
    """Read back what ``encode_headers`` wrote; raises ``ValueError`` where the headers do not hold it."""
    fields = {name.removeprefix(PREFIX): value.decode() for name, value in headers if name.startswith(PREFIX) and value}
    try:
        return Retry(
            attempt=int(fields["attempt"]),
            not_before=datetime.fromisoformat(fields["not-before"]).astimezone(UTC),
            origin=Origin(
                topic=fields["topic"],
                partition=int(fields["partition"]),
                offset=int(fields["offset"]),
                appended_at_ms=int(fields["appended-at-ms"]),
                sequence=int(fields["sequence"]) if "sequence" in fields else None,
            ),
            detail=fields["detail"],
        )
    except KeyError as missing:
        raise ValueError(f"no header {PREFIX}{missing.args[0]}") from None
    except OverflowError:
        raise ValueError(f"a moment out of range in header {PREFIX}not-before") from None
