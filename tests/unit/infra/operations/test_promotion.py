"""Each promotion, rollback and removal is recorded before it is done, and what is refused is not recorded."""

from collections.abc import Awaitable, Callable

import pytest

from infra.errors import AlreadyExists, ConfigurationError, NotFound, TransientError
from infra.operations.audit.acts import Act, command_recorder
from infra.operations.promotion.service import NotVerified, PromotionService
from schemas.activity import Action, AuditEvent, Outcome
from schemas.images import Feature
from schemas.records.pipelines import DEFAULT_PIPELINE, ParitySummary, PipelineSpec, Promotion
from tests.api_world import FakePublisher
from tests.fakes.stores import FakePipelineStore
from tests.samples import START

PARITY = (ParitySummary(model="colours@2", sha256="0" * 64, pictures=6, passed=True, verified_at=START),)
Change = Callable[[PromotionService, Act], Awaitable[object]]


class Recorded:
    """The service on a store in memory with two pipelines, and what it has recorded."""

    def __init__(self, store: FakePipelineStore) -> None:
        self.store, self.publisher = store, FakePublisher()
        self.service, self.act = PromotionService(store), command_recorder(self.publisher).act

    async def create(self) -> None:
        for version in (1, 2):
            await self.store.create(PipelineSpec(name="shoes", version=version, models={Feature.LABELS: "colours@2"}))

    async def promote(self, name: str) -> None:
        await self.service.promote(name, PARITY, "ada", "ada@ops-1", self.act)

    def told(self) -> list[tuple[Action, str, Outcome | None]]:
        events = [AuditEvent.model_validate_json(record.value or b"") for record in self.publisher.records]
        return [(event.action, event.subject, event.outcome) for event in events]


@pytest.fixture
async def recorded() -> Recorded:
    made = Recorded(FakePipelineStore())
    await made.create()
    return made


async def test_each_change_is_one_act(recorded: Recorded) -> None:
    await recorded.promote("shoes@1")
    await recorded.promote("shoes@2")
    await recorded.service.roll_back("ada", "ada@ops-1", recorded.act)
    await recorded.service.promote_again("shoes@2", "ada", "ada@ops-1", recorded.act)
    await recorded.service.roll_back("ada", "ada@ops-1", recorded.act)
    await recorded.service.remove("shoes@2", "ada@ops-1", recorded.act)
    assert [(action, subject) for action, subject, _ in recorded.told()] == [
        (Action.PIPELINE_PROMOTED, "shoes@1"),
        (Action.PIPELINE_PROMOTED, "shoes@2"),
        (Action.PIPELINE_ROLLED_BACK, "shoes@1"),
        (Action.PIPELINE_PROMOTED, "shoes@2"),
        (Action.PIPELINE_ROLLED_BACK, "shoes@1"),
        (Action.PIPELINE_REMOVED, "shoes@2"),
    ]
    assert await recorded.store.find_promoted() == "shoes@1"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda service, act: service.promote(DEFAULT_PIPELINE.id, (), "ada", "ada", act), ConfigurationError),
        (lambda service, act: service.promote("gone@1", PARITY, "ada", "ada", act), NotFound),
        (lambda service, act: service.promote_again("gone@1", "ada", "ada", act), NotFound),
        (lambda service, act: service.promote_again("shoes@1", "ada", "ada", act), NotVerified),
        (lambda service, act: service.roll_back("ada", "ada", act), NotFound),
        (lambda service, act: service.remove("gone@1", "ada", act), NotFound),
        (lambda service, act: service.remove(DEFAULT_PIPELINE.id, "ada", act), ConfigurationError),
    ],
)
async def test_what_is_refused_is_no_act(recorded: Recorded, change: Change, why: type[Exception]) -> None:
    with pytest.raises(why):
        await change(recorded.service, recorded.act)
    assert recorded.told() == []
    assert recorded.store.promotions == []


@pytest.mark.parametrize(
    "change",
    [
        lambda service, act: service.promote("shoes@1", PARITY, "ada", "ada", act),
        lambda service, act: service.remove("shoes@1", "ada", act),
    ],
)
async def test_what_cannot_be_recorded_is_not_done(recorded: Recorded, change: Change) -> None:
    recorded.publisher.down = True
    with pytest.raises(TransientError):
        await change(recorded.service, recorded.act)
    assert recorded.store.promotions == []
    assert await recorded.store.find("shoes@1") is not None


class PromotedFirst(FakePipelineStore):
    """Another's promotion takes the number first."""

    async def add_promotion(self, promotion: Promotion) -> None:
        raise AlreadyExists("another pipeline was promoted at the same moment: look again, then decide")


async def test_a_promotion_that_another_was_before_is_recorded_as_failed() -> None:
    late = Recorded(PromotedFirst())
    await late.create()
    with pytest.raises(AlreadyExists, match="at the same moment"):
        await late.promote("shoes@1")
    assert late.told()[1:] == [(Action.PIPELINE_PROMOTED, "shoes@1", Outcome.FAILED)]
