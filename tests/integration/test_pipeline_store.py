"""The pipeline store on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from infra.cassandra.migrations import migrate_tables
from infra.cassandra.pipelines import PipelineStore
from infra.errors import AlreadyExists
from infra.settings.servers import CassandraSettings
from tests.contracts.pipeline_store_contract import PipelineStoreContract, next_number
from tests.samples import promotion
from tests.stacks import RunningStack


@pytest.fixture(scope="module")
def cassandra(stack: RunningStack) -> CassandraSettings:
    """A keyspace of this module alone: what it promotes no worker of other tests may see."""
    settings = stack.settings.cassandra.model_copy(update={"keyspace": "pipelines_alone"})
    asyncio.run(migrate_tables(settings))
    return settings


@pytest.fixture
async def pipelines(cassandra: CassandraSettings) -> AsyncIterator[PipelineStore]:
    pipelines = await PipelineStore.connect(cassandra)
    yield pipelines
    await pipelines.close()


class TestPipelineStore(PipelineStoreContract):
    """The promises of every pipeline store."""


async def test_of_many_who_promote_at_once_one_succeeds(pipelines: PipelineStore) -> None:
    number = await next_number(pipelines)
    wanted = [promotion(number, f"race-{uuid4().hex[:12]}@1") for _ in range(5)]
    outcomes = await asyncio.gather(*(pipelines.add_promotion(one) for one in wanted), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == 4
    assert all(isinstance(outcome, AlreadyExists) for outcome in refused)
    (winner,) = (one for one, outcome in zip(wanted, outcomes, strict=True) if outcome is None)
    assert await pipelines.find_last_promotion() == winner
