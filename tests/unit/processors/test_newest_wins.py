"""Of all references to an image the last one wins in both stores, whatever clocks, workers and deliveries do."""

from contextlib import closing
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from schemas.images import Origin
from schemas.messages.commit_notes import Place
from tests.logs import time_steps
from tests.order_world import GROUPS, PLACES, World

IMAGES = st.sampled_from(["a", "b"])
PLACE = st.sampled_from(PLACES)
GROUP = st.sampled_from(GROUPS)
OUTCOME = st.sampled_from(["recognised", "recognised", "rejected", "put off"])
FIRST = st.sampled_from([0, 995, 999])
SOME = st.integers(min_value=1, max_value=4)


@dataclass(frozen=True)
class Deletion:
    """A deletion: where it stands itself, and which references were known when it was asked for."""

    origin: Origin
    known: frozenset[Origin]

    @property
    def number(self) -> int:
        return self.origin.version

    def is_before(self, later: Origin) -> bool:
        """Whether a reference that was published after it must count more.

        Where the deletion's number is that of its time, by that; where it is that of what it follows, in its partition.
        """
        if self.number == self.origin.appended_at_ms * 1000 - 1:
            return later.appended_at_ms >= self.origin.appended_at_ms
        newest = max(self.known, key=lambda reference: reference.version, default=None)
        follows = newest is not None and self.number == newest.version + 1
        return follows and (newest.topic, newest.partition) == (later.topic, later.partition)


class NewestWins(RuleBasedStateMachine):
    """Any interleaving of producers, workers that die, sinks that read again, deletions and replays."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.references: dict[str, list[Origin]] = {"a": [], "b": []}
        self.deletions: dict[str, list[Deletion]] = {"a": [], "b": []}

    @rule(place=PLACE, image=IMAGES, step_ms=time_steps(), first=FIRST, by_api=st.booleans())
    def append(self, place: Place, image: str, step_ms: int, first: int, by_api: bool) -> None:
        reference = self.world.append(place, image, step_ms, first, by_api=by_api).origin
        for deletion in self.deletions[image]:
            if deletion.is_before(reference):
                assert self.world.number_of(reference) > deletion.number
        self.references[image].append(reference)

    @rule(image=IMAGES, step_ms=time_steps())
    def delete(self, image: str, step_ms: int) -> None:
        known = frozenset(self.world.known.get(image, ()))
        deletion = Deletion(self.world.delete(image, step_ms), known)
        # What lies beneath an earlier deletion already the store does not know: a deletion of the same number hides it.
        gone = max((earlier.number for earlier in self.deletions[image]), default=-1)
        assert all(deletion.number > reference.version for reference in known if reference.version > gone)
        self.deletions[image].append(deletion)

    @rule(image=IMAGES, step_ms=time_steps(), first=FIRST)
    def replay(self, image: str, step_ms: int, first: int) -> None:
        self.world.replay(image, step_ms, first)

    @rule(place=PLACE, count=SOME, outcome=OUTCOME)
    def recognise(self, place: Place, count: int, outcome: str) -> None:
        self.world.recognise(place, count, outcome)

    @rule(outcome=st.sampled_from(["recognised", "rejected"]))
    def try_again(self, outcome: str) -> None:
        self.world.try_again(outcome)

    @rule(place=PLACE, count=SOME)
    def accept(self, place: Place, count: int) -> None:
        self.world.accept(place, count)

    @rule(group=GROUP, place=PLACE, back=st.integers(min_value=0, max_value=3), noted=st.booleans())
    def commit(self, group: str, place: Place, back: int, noted: bool) -> None:
        self.world.commit(group, place, back, noted)

    @rule(group=GROUP)
    def die(self, group: str) -> None:
        self.world.die(group)

    @rule(first=st.integers(min_value=0, max_value=30), count=SOME)
    def deliver(self, first: int, count: int) -> None:
        self.world.deliver(first, count)

    def teardown(self) -> None:
        with closing(self.world.loop):
            self.world.finish()
            for image in ("a", "b"):
                if wanted := self._wanted(image):
                    assert set(self.world.shown(image)) <= wanted

    def _wanted(self, image: str) -> set[str | None]:
        """Return the references of the largest number, of which two partitions may give the same; None for deleted."""
        numbers = {origin.name: self.world.number_of(origin) for origin in self.references[image]}
        deleted = max((deletion.number for deletion in self.deletions[image]), default=-1)
        newest = max(numbers.values(), default=-1)
        if deleted >= newest:
            return {None} if deleted >= 0 else set()
        return {name for name, number in numbers.items() if number == newest}


NewestWins.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestNewestWins = NewestWins.TestCase


def test_a_reference_with_the_very_number_of_a_deletion_stays_deleted() -> None:
    """Its partition's clock was behind, and its offset gave it the last number before the deletion's moment."""
    state = NewestWins()
    state.delete("a", 1)
    state.delete("a", 2)
    state.append(("image-references-batch", 0), "a", 2, 999, by_api=False)
    state.accept(("image-references-batch", 0), 1)
    state.delete("a", 0)
    assert state.references["a"][0].version == state.deletions["a"][-1].number
    state.teardown()
