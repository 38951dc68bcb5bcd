"""A store that is down as a whole is waited for; one object that will not come is not."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from infra import retries
from infra.errors import Rejected, SourceUnavailable
from infra.settings.recognition import SourceSettings
from infra.sources.contents import FetchedImage
from infra.sources.object_stores import ObjectStores
from infra.sources.store_outages import StoreOutages
from infra.telemetry.metrics import outages
from schemas.dead_letters import Reason
from schemas.texts.uris import parse_uri

IMAGE = FetchedImage(b"x")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(retries, "LONGEST_WAIT_S", 0.01)


class Store:
    """Gives its object, unless it is down or the object is broken."""

    def __init__(self) -> None:
        self.problem: Exception | None = None
        self.asked = 0
        self.at_once = self.most_at_once = 0

    async def fetch(self) -> FetchedImage:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        if self.problem is not None:
            raise self.problem
        return IMAGE


REFUSED = SourceUnavailable("Nobody answers.", unreachable=True)
BROKEN = SourceUnavailable("Status 500.")


@pytest.mark.virtual_time
async def test_while_nothing_can_be_reached_all_images_wait_and_one_at_a_time_asks() -> None:
    store, watched = Store(), StoreOutages("s3")
    store.problem = REFUSED
    waiting = [asyncio.create_task(watched.run(store.fetch)) for _ in range(20)]
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in waiting)
    assert outages.current() == ["read from s3://"]
    store.most_at_once = 0
    await asyncio.sleep(0.1)
    assert store.most_at_once == 1
    store.problem = None
    assert await asyncio.gather(*waiting) == [IMAGE] * 20
    assert outages.current() == []


@pytest.mark.virtual_time
async def test_objects_that_will_not_come_are_told_at_once_however_many_they_are() -> None:
    store, watched = Store(), StoreOutages("s3")
    store.problem = BROKEN
    for _ in range(20):
        with pytest.raises(SourceUnavailable, match="Status 500"):
            await watched.run(store.fetch)
    assert outages.current() == []


@pytest.mark.parametrize("answer", [BROKEN, Rejected(Reason.NOT_FOUND, "There is none.")])
@pytest.mark.virtual_time
async def test_whatever_a_store_answers_it_is_there_again(answer: Exception) -> None:
    store, watched = Store(), StoreOutages("s3")
    store.problem = REFUSED
    waiting = [asyncio.create_task(watched.run(store.fetch)) for _ in range(3)]
    await asyncio.sleep(0.02)
    assert watched.is_down
    store.problem = answer
    assert await asyncio.gather(*waiting, return_exceptions=True) == [answer] * 3
    assert not watched.is_down


@pytest.mark.virtual_time
async def test_whoever_stops_waiting_leaves_the_others_to_ask() -> None:
    store, watched = Store(), StoreOutages("s3")
    store.problem = REFUSED
    first, second = (asyncio.create_task(watched.run(store.fetch)) for _ in range(2))
    await asyncio.sleep(0.02)
    first.cancel()
    store.problem = None
    assert await second is IMAGE


@contextmanager
def refusing() -> Iterator[int]:
    """Yield a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def silent() -> Iterator[int]:
    """Yield a port whose calls nobody takes, as behind a firewall that drops them: its line of callers is full."""
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for caller in (first, second):
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@pytest.mark.parametrize("nobody", [refusing, silent])
async def test_the_client_tells_a_store_that_cannot_be_reached(
    nobody: Callable[[], AbstractContextManager[int]],
) -> None:
    with nobody() as port:
        options = {
            "endpoint": f"http://127.0.0.1:{port}",
            "region": "x",
            "access_key_id": "x",
            "secret_access_key": "x",
        }
        stores = ObjectStores(SourceSettings(s3=options))
        with pytest.raises(SourceUnavailable) as failure:
            await stores.fetch(parse_uri("s3://b/k"), ["s3://b/"])
        assert failure.value.unreachable
        await stores.close()
