"""The activity index on a real Elasticsearch."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from infra.elasticsearch.activity import ActivityIndex
from infra.elasticsearch.result_documents import Document
from infra.elasticsearch.session import ElasticsearchSession
from infra.errors import ConfigurationError, NotSetUp
from infra.settings.operations import ActivitySettings
from infra.settings.settings import Settings
from schemas.activity import AccessEvent
from schemas.activity_queries import ActivityQuery
from tests.contracts.activity_index_contract import ActivityIndexContract, document, request
from tests.stacks import RunningStack


@pytest.fixture
def settings(stack: RunningStack) -> Settings:
    own = ActivitySettings(index=f"activity-{uuid4().hex[:8]}", retention_days=30)
    return stack.settings.model_copy(update={"activity": own})


@pytest.fixture
async def activity(settings: Settings) -> AsyncIterator[ActivityIndex]:
    index = ActivityIndex.connect(settings)
    yield index
    await index.close()


@pytest.fixture
async def session(settings: Settings) -> AsyncIterator[ElasticsearchSession]:
    session = ElasticsearchSession.open(settings.elasticsearch)
    yield session
    await session.close()


class TestActivityIndex(ActivityIndexContract):
    """The promises of every activity index."""


async def test_months_have_an_index_each_and_go_once_all_of_them_is_too_old(
    activity: ActivityIndex, settings: Settings
) -> None:
    moments = [datetime(2026, month, 15, tzinfo=UTC) for month in (1, 2, 3)]
    await activity.save([document(AccessEvent(**request(at=moment)), offset) for offset, moment in enumerate(moments)])
    name = settings.activity.index
    # Thirty days before, it was February: January is over for longer.
    assert await activity.drop_outdated(datetime(2026, 3, 20, tzinfo=UTC)) == (f"{name}-2026.01-000001",)
    assert await activity.drop_outdated(datetime(2026, 3, 20, tzinfo=UTC)) == ()
    await activity.refresh()
    assert [item.at for item in (await activity.search(ActivityQuery())).items] == moments[:0:-1]


async def test_an_index_that_does_not_exist_is_named_with_the_command_that_makes_it(activity: ActivityIndex) -> None:
    with pytest.raises(NotSetUp, match="vedette migrate"):
        await activity.search(ActivityQuery())
    assert await activity.drop_outdated(datetime.now(UTC)) == ()


async def test_an_index_that_is_taken_away_is_made_again_by_the_next_write_but_one(
    activity: ActivityIndex, settings: Settings, session: ElasticsearchSession
) -> None:
    document = Document("a", int(datetime.now(UTC).timestamp() * 1000), {"@timestamp": datetime.now(UTC)})
    await activity.save([document])
    [name] = await session.request("GET", f"/_alias/{settings.activity.index}")
    await session.request("DELETE", f"/{name}")
    with pytest.raises(NotSetUp):
        await activity.save([document])
    await activity.save([document])
    await activity.refresh()


async def test_aliases_that_were_lost_are_given_back(
    activity: ActivityIndex, settings: Settings, session: ElasticsearchSession
) -> None:
    await activity.migrate()
    [name] = await session.request("GET", f"/_alias/{settings.activity.index}")
    before = await session.request("GET", f"/{name}/_alias")
    for alias in before[name]["aliases"]:
        await session.request("DELETE", f"/{name}/_alias/{alias}")
    await activity.migrate()
    assert await session.request("GET", f"/{name}/_alias") == before


async def test_migrating_makes_the_index_once_and_adds_what_is_new_to_older_ones(
    activity: ActivityIndex, settings: Settings, session: ElasticsearchSession
) -> None:
    assert await activity.migrate()
    assert not await activity.migrate()
    [name] = await session.request("GET", f"/_alias/{settings.activity.index}")
    await session.request("PUT", f"/{name}/_mapping", {"_meta": {"version": 0}})
    assert await activity.migrate()
    assert not await activity.migrate()


async def test_an_index_with_the_name_of_the_alias_is_refused(
    activity: ActivityIndex, settings: Settings, session: ElasticsearchSession
) -> None:
    await session.request("PUT", f"/{settings.activity.index}")
    with pytest.raises(ConfigurationError, match="VEDETTE_ACTIVITY__INDEX"):
        await activity.migrate()
