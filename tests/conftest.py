"""What all tests share: one stack of real servers for the whole run."""

from collections.abc import Iterator

import pytest

from tests.stacks import RunningStack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Kafka, Cassandra and Elasticsearch, started at the first test that asks, stopped after the last."""
    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack
