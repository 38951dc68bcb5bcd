"""The store of jobs on a real Cassandra."""

from collections.abc import AsyncIterator

import pytest

from infra.cassandra.jobs.jobs import JobStore
from infra.cassandra.session import CassandraSession
from infra.embedded.platform import Platform
from tests.contracts.job_store_contract import JobStoreContract
from tests.stacks import RunningStack


@pytest.fixture
async def store(stack: RunningStack) -> AsyncIterator[JobStore]:
    Platform(stack.settings).migrate()
    session = await CassandraSession.connect(stack.settings.cassandra)
    yield JobStore(session)
    await session.close()


class TestJobStore(JobStoreContract):
    """The promises of every store of jobs."""
