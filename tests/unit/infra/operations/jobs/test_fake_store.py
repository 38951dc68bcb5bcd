"""The store of jobs in memory keeps the promises of the real one."""

import pytest

from tests.contracts.job_store_contract import JobStoreContract
from tests.fakes.jobs import FakeJobStore


@pytest.fixture
def store() -> FakeJobStore:
    return FakeJobStore()


class TestFakeJobStore(JobStoreContract):
    """The promises of every store of jobs."""
