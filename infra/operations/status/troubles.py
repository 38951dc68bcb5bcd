"""What went wrong lately, as one line each: rejected messages, failed requests and alerts."""

from collections.abc import Iterable, Sequence
from itertools import chain

from infra.operations.status.snapshot import Told
from schemas.activity_queries import ActivityItem, ActivityKind
from schemas.dead_letters import DeadLetter


def letter_troubles(letters: Iterable[DeadLetter]) -> tuple[Told, ...]:
    """Return rejected messages, each with its reason and the image that it is about."""
    return tuple(Told(letter.rejected_at, _letter(letter)) for letter in letters)


def activity_troubles(items: Iterable[ActivityItem]) -> tuple[Told, ...]:
    """Return requests that failed, alerts, and messages that are no events of the platform."""
    return tuple(Told(item.at, _item(item)) for item in items)


def newest(parts: Sequence[Sequence[Told]], most: int) -> tuple[Told, ...]:
    """Return the newest of several lists."""
    return tuple(sorted(chain.from_iterable(parts), key=lambda told: told.at, reverse=True)[:most])


def _letter(letter: DeadLetter) -> str:
    about = letter.origin.name if letter.image_id is None else f"{letter.owner}/{letter.image_id}"
    return f"rejected {letter.reason.value} {about}: {letter.detail}"


def _item(item: ActivityItem) -> str:
    if item.event is ActivityKind.SECURITY:
        return f"alert {item.action} {item.subject or ''}".rstrip()
    if item.event is ActivityKind.UNREADABLE:
        return f"unreadable event {item.id}"
    return f"API {item.status} {item.method} {item.route} {item.error or ''}".rstrip()
