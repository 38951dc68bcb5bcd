"""One API on stores in memory for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from schemas.access.accounts import Role
from tests.api_world import RIVAL, SHOP, ApiWorld


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """Two workspaces, each allowed its own buckets."""
    world = ApiWorld(tmp_path)
    await world.add_workspace(SHOP)
    await world.add_workspace(RIVAL)
    yield world
    world.passwords.close()


@pytest.fixture
async def shop(world: ApiWorld) -> AsyncIterator[httpx.AsyncClient]:
    """A user of the workspace ``shop``."""
    async with await world.log_in(Role.USER, SHOP) as client:
        yield client


@pytest.fixture
async def admin(world: ApiWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with await world.log_in(Role.ADMIN) as client:
        yield client


@pytest.fixture
async def anonymous(world: ApiWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client
