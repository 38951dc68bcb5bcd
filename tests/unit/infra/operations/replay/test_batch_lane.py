"""The batch lane is filled no faster and no further than it should be."""

from collections.abc import Mapping, Sequence

import pytest

from infra.kafka.topic_log import Partition, Span
from infra.operations.replay import lane
from infra.operations.replay.lane import BatchLane
from tests.virtual_time import now

pytestmark = pytest.mark.virtual_time


class FakeLog:
    """One partition of each topic, of which its group acknowledges ``step`` more at each look."""

    def __init__(self, end: int, step: int) -> None:
        self.end, self.step, self.reached = end, step, 0
        self.looks: list[str] = []

    def spans(self, topics: Sequence[str]) -> dict[Partition, Span]:
        return {(topic, 0): Span(0, self.end) for topic in topics}

    def acknowledged(self, group: str, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        self.looks.append(group)
        self.reached = min(self.end, self.reached + self.step)
        return dict.fromkeys(partitions, self.reached)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "LOOK_S", 0.001)


async def test_it_waits_until_few_enough_are_ahead() -> None:
    log = FakeLog(end=1000, step=100)
    await BatchLane(log, None, 500).make_room(50)  # type: ignore[arg-type]
    assert log.reached == 600


async def test_it_keeps_the_pace() -> None:
    batch_lane = BatchLane(FakeLog(0, 0), 1000, 500)  # type: ignore[arg-type]
    began = now()
    for _ in range(5):
        await batch_lane.make_room(50)
    assert now() - began == pytest.approx(0.2)


async def test_it_is_drained_once_both_groups_have_acknowledged_everything() -> None:
    log = FakeLog(end=3, step=1)
    await BatchLane(log, None, 500).drain()  # type: ignore[arg-type]
    assert log.looks == ["vedette-recognise"] * 3 + ["vedette-store"]
