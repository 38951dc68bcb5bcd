"""What all tests share: one stack of real servers for the whole run."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import settings

from tests.platforms import RunningPlatform, platform_with_pictures
from tests.stacks import RunningStack, running_stack
from tests.virtual_time import loop_factories

# Hypothesis fails an example that takes 0.2 s: on a busy machine any may.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Let tests that are marked ``virtual_time`` run on a clock of their own."""
    return loop_factories(virtual=item.get_closest_marker("virtual_time") is not None)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Kafka, Cassandra and Elasticsearch, started at the first test that asks, stopped after the last."""
    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def platform(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """Workers and API on those servers, with a folder of pictures that they may read.

    ``make test`` runs the tests that need it last: its workers read what the own workers of other tests wait for.
    """
    with platform_with_pictures(stack, tmp_path_factory.mktemp("pictures")) as platform:
        yield platform
