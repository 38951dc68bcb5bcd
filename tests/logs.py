"""Partitions in memory: offsets and append times, with the time index that a broker keeps."""

from collections.abc import Mapping

from hypothesis import strategies as st

from schemas.images import Origin
from schemas.messages.commit_notes import Place

AT: Place = ("image-references", 0)
BEGUN_MS = 1_700_000_000_000


class Log(list[tuple[int, int]]):
    """The messages of one partition, each (offset, append time in milliseconds)."""

    async def first_at(self, times_ms: Mapping[Place, int]) -> dict[Place, tuple[int, int]]:
        """Return the first message of that time or later, as Kafka's time index does."""
        found = {
            place: next((message for message in self if message[1] >= at_ms), None) for place, at_ms in times_ms.items()
        }
        return {place: message for place, message in found.items() if message is not None}


def origin_at(offset: int, at_ms: int, place: Place = AT) -> Origin:
    return Origin(topic=place[0], partition=place[1], offset=offset, appended_at_ms=at_ms)


def time_steps(*, falling: bool = True) -> st.SearchStrategy[int]:
    """How far a clock goes between two messages: mostly a little, sometimes not at all, sometimes far, or back."""
    forth = st.sampled_from([0, 0, 1, 2, 5]) | st.integers(min_value=0, max_value=4_000_000)
    return forth | st.integers(min_value=-4_000_000, max_value=-1) | st.just(-1) if falling else forth


@st.composite
def logs(draw: st.DrawFn, *, falling: bool = True, burst: bool = True) -> Log:
    """Partitions that begin anywhere, with holes between offsets, under any clock."""
    holes = st.sampled_from([0, 0, 0, 1, 7, 600]) if burst else st.just(0)
    offset = draw(st.sampled_from([0, 1, 498, 995, 999, 1_000_000]))
    at_ms = BEGUN_MS
    log = Log()
    for step in draw(st.lists(time_steps(falling=falling), min_size=1, max_size=40)):
        at_ms += step
        log.append((offset, at_ms))
        offset += 1 + draw(holes)
    return log
