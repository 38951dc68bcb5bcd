"""How old messages are, found without reading them: a message that is too large to be unpacked has an age as well.

Kafka tells the first offset that was appended at some time or later. By halving the span of possible times, which
begins with more than a year, the time of one message is found to two in a hundred.
"""

import math
from collections.abc import Callable, Collection, Mapping

from schemas.messages.commit_notes import Place

YOUNGEST_S, OLDEST_S = 0.1, 400 * 86_400.0
STEPS = 11

Message = tuple[Place, int]
"""A partition and an offset in it."""
AskOffsets = Callable[[Mapping[Place, int]], Mapping[Place, int]]
"""The first offset of each partition that was appended at a time, in milliseconds, or later; -1 where there is none."""
Span = tuple[float, float]
"""The logarithms of an age that the message has passed and of one that it has not."""


def find_ages_s(ask: AskOffsets, messages: Collection[Message], now: float) -> dict[Message, float]:
    """Return the age of each message in seconds, not less than it is; they must exist, in the order of their times."""
    spans: dict[Message, Span] = dict.fromkeys(messages, (math.log(YOUNGEST_S), math.log(OLDEST_S)))
    for _ in range(STEPS if messages else 0):
        for asked in _rounds(messages):
            spans |= _halved(ask, {(place, offset): spans[place, offset] for place, offset in asked.items()}, now)
    return {message: math.exp(older) for message, (_, older) in spans.items()}


def _rounds(messages: Collection[Message]) -> list[dict[Place, int]]:
    """A request names each partition once, and groups stand at different offsets of one."""
    rounds: list[dict[Place, int]] = []
    for place, offset in sorted(messages):
        free = next((one for one in rounds if place not in one), None)
        if free is None:
            rounds.append(free := {})
        free[place] = offset
    return rounds


def _halved(ask: AskOffsets, spans: Mapping[Message, Span], now: float) -> dict[Message, Span]:
    middles = {message: sum(span) / 2 for message, span in spans.items()}
    firsts = ask({place: int((now - math.exp(middles[place, offset])) * 1000) for place, offset in spans})
    return {
        (place, offset): (younger, middles[place, offset])
        if 0 <= firsts.get(place, -1) <= offset
        else (middles[place, offset], older)
        for (place, offset), (younger, older) in spans.items()
    }
