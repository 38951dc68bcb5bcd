"""Deliveries are made at least once, and no endpoint waits for another: on a clock that waits for everybody."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from infra.errors import ConfigurationError
from infra.mail.sending import Letter
from infra.settings.webhooks import WebhookSettings
from infra.webhooks.secrets import SecretBox
from infra.webhooks.sending import Parcel
from processors.streams.delivery import Message
from processors.webhooks.couriers import Couriers
from processors.webhooks.desk import DISABLED, DeliveryDesk
from processors.webhooks.directory import EndpointDirectory
from processors.webhooks.events import NewDelivery
from processors.webhooks.first_attempts import FirstAttempts
from processors.webhooks.gates import Gates
from processors.webhooks.health import EndpointHealth
from processors.webhooks.schedule import RetrySchedule
from schemas.access.accounts import Role
from schemas.activity import Action
from schemas.webhooks.deliveries import Attempt, Delivery, DeliveryState
from schemas.webhooks.endpoints import Endpoint, SealedSecret
from tests import samples
from tests.fakes.credentials import FakeMail
from tests.fakes.stores import FakeAccountStore
from tests.fakes.webhooks import FakeWebhookDeliveryStore, FakeWebhookEndpointStore

pytestmark = pytest.mark.virtual_time

KEY = bytes(range(32))
DEAD_S, SLOW_S, REFUSED_S = 15.0, 10.0, 0.4


@dataclass
class FakeSender:
    """Endpoints by the name of their host: ``dead`` ones never answer, ``slow`` ones late, ``broken`` ones refuse."""

    sent: list[Parcel] = field(default_factory=list)
    at: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    running: Counter[str] = field(default_factory=Counter)
    most_running: Counter[str] = field(default_factory=Counter)
    repaired: set[str] = field(default_factory=set)

    async def send(self, parcel: Parcel) -> Attempt:
        loop, began = asyncio.get_running_loop(), datetime.now(UTC)
        self.running[parcel.url] += 1
        self.most_running[parcel.url] = max(self.most_running[parcel.url], self.running[parcel.url])
        kind = "" if parcel.url in self.repaired else parcel.url.split("/")[2].split("-")[0]
        wait_s = {"dead": DEAD_S, "slow": SLOW_S, "broken": REFUSED_S}.get(kind, 0.01)
        await asyncio.sleep(wait_s)
        self.running[parcel.url] -= 1
        self.sent.append(parcel)
        self.at[parcel.url].append(loop.time())
        error = {"dead": "no answer", "broken": "status 500", "gone": "gone"}.get(kind)
        code = {"broken": 500, "gone": 410, "dead": None}.get(kind, 204)
        return Attempt(at=began, duration_ms=wait_s * 1000, code=code, error=error)

    def told(self, url: str) -> list[str]:
        return [parcel.message_id for parcel in self.sent if parcel.url == url]


class FakeKeys:
    """One key, unless it is missing."""

    def __init__(self) -> None:
        self.missing = False

    def box(self) -> SecretBox:
        if self.missing:
            raise ConfigurationError("no key")
        return SecretBox([KEY])


@dataclass
class Acts:
    """Records what was done."""

    done: list[tuple[Action, str]] = field(default_factory=list)

    @asynccontextmanager
    async def act(self, action: Action, actor: object, subject: object, **_more: object) -> AsyncIterator[None]:
        self.done.append((action, str(subject)))
        yield


class Post:
    """One worker's engine on stores in memory."""

    def __init__(self, *, lasting: timedelta = timedelta(days=5), tries: int = 10, **settings: object) -> None:
        given = WebhookSettings.model_validate({"at_once": 64, "at_once_endpoint": 8, **settings})
        self.endpoints, self.deliveries = FakeWebhookEndpointStore(), FakeWebhookDeliveryStore()
        self.sender, self.keys, self.acts = FakeSender(), FakeKeys(), Acts()
        self.accounts, self.mail = FakeAccountStore(), FakeMail()
        self.directory = EndpointDirectory(self.endpoints)
        self.health = EndpointHealth(self.endpoints, self.accounts, self.mail, self.acts.act, lasting)
        schedule = RetrySchedule([0.0] * (tries - 1))
        self.desk = DeliveryDesk(self.sender, self.keys, Gates(given), schedule, self.health)
        self.owned: Callable[[str], bool] = lambda _: True
        self.couriers = Couriers(self.directory, self.desk, self.deliveries, lambda each: self.owned(each))
        self.incoming: list[NewDelivery] = []
        self.first = FirstAttempts(self._take, self.directory, self.desk, self.deliveries)

    def _take(self, _messages: Sequence[Message]) -> Sequence[NewDelivery]:
        taken, self.incoming = self.incoming, []
        return taken

    async def add(self, host: str, **fields: object) -> Endpoint:
        secret = SealedSecret(sealed=self.keys.box().seal("whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"))
        endpoint = samples.endpoint(url=f"https://{host}/", secrets=(secret,), **fields)
        await self.endpoints.create(endpoint)
        await self.directory.read()
        return endpoint

    def event(self, endpoint: Endpoint) -> Delivery:
        delivery = samples.delivery(endpoint, next_at=None)
        self.incoming.append(NewDelivery(delivery, "{}"))
        return delivery

    async def batch(self) -> None:
        """Handle what has come as one batch, and keep it: its messages can be committed then."""
        await self.first.keep(await self.first.handle([]))

    def standing(self, delivery: Delivery) -> Delivery:
        return self.deliveries.kept[delivery.endpoint_id, delivery.id][0]

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        works = [self.couriers.run(), self.health.run(), self.directory.follow()]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def test_a_quick_endpoint_is_told_while_the_message_is_in_hand() -> None:
    post = Post()
    endpoint = await post.add("good")
    delivery = post.event(endpoint)
    await post.batch()
    assert post.standing(delivery).state is DeliveryState.DELIVERED
    assert (post.standing(delivery).tries, post.deliveries.dues) == (1, set())


async def test_a_delivery_that_fails_is_tried_again_until_it_is_taken() -> None:
    post = Post(tries=500)
    endpoint = await post.add("broken")
    delivery = post.event(endpoint)
    await post.batch()
    assert post.standing(delivery).state is DeliveryState.DUE
    async with post.at_work():
        await asyncio.sleep(5)
        post.sender.repaired.add(endpoint.url)
        await asyncio.sleep(20)
    settled = post.standing(delivery)
    assert settled.state is DeliveryState.DELIVERED
    assert len(set(post.sender.told(endpoint.url))) == 1
    assert settled.tries == len(post.sender.sent)
    assert post.deliveries.dues == set()


async def test_after_the_last_attempt_it_has_failed_and_stays_in_the_log() -> None:
    post = Post(tries=3)
    delivery = post.event(await post.add("broken"))
    await post.batch()
    async with post.at_work():
        await asyncio.sleep(60)
    settled = post.standing(delivery)
    assert (settled.state, settled.tries, settled.next_at) == (DeliveryState.FAILED, 3, None)
    assert settled.last is not None
    assert settled.last.error == "status 500"
    assert post.deliveries.dues == set()


async def test_dead_and_slow_endpoints_hold_up_nobody() -> None:
    post = Post()
    good = [await post.add(f"good-{number}") for number in range(10)]
    bad = [await post.add(f"{kind}-{number}") for number in range(5) for kind in ("dead", "slow")]
    loop = asyncio.get_running_loop()
    asked: dict[str, float] = {}
    slow_deliveries = []
    async with post.at_work():
        for _ in range(40):
            for endpoint in (*good, *bad):
                delivery = post.event(endpoint)
                asked[delivery.message_id] = loop.time()
                slow_deliveries += [delivery] if "slow" in endpoint.url else []
            await post.batch()
        for endpoint in good:
            told = zip(post.sender.told(endpoint.url), post.sender.at[endpoint.url], strict=True)
            waits = [at - asked[message_id] for message_id, at in told]
            assert len(waits) == 40
            assert max(waits) < 1
        # Their turn comes too.
        await asyncio.sleep(200)
    assert {post.standing(each).state for each in slow_deliveries} == {DeliveryState.DELIVERED}


async def test_no_batch_waits_long_for_an_endpoint_that_does_not_answer() -> None:
    post = Post()
    dead = await post.add("dead")
    delivery = post.event(dead)
    began = asyncio.get_running_loop().time()
    await post.batch()
    assert asyncio.get_running_loop().time() - began <= 1
    # By now its message may be committed: the delivery is kept as one that somebody makes.
    assert post.standing(delivery).state is DeliveryState.DUE
    await asyncio.sleep(DEAD_S + 1)
    assert post.standing(delivery).tries == 1
    began = asyncio.get_running_loop().time()
    post.event(dead)
    await post.batch()
    assert asyncio.get_running_loop().time() == began


async def test_a_failing_endpoint_is_asked_once_at_a_time_and_caught_up_with_once_it_answers() -> None:
    post = Post(tries=20)
    dead = await post.add("dead")
    deliveries = [post.event(dead) for _ in range(30)]
    await post.batch()
    async with post.at_work():
        await asyncio.sleep(100)
        post.sender.most_running.clear()
        await asyncio.sleep(200)
        assert post.sender.most_running[dead.url] == 1
        post.sender.repaired.add(dead.url)
        await asyncio.sleep(100)
    assert {post.standing(each).state for each in deliveries} == {DeliveryState.DELIVERED}


async def test_a_worker_that_is_killed_at_any_moment_leaves_nothing_untold() -> None:
    """Each time the engine is thrown away, with all that it knew; stores alone stay."""
    for killed_after_s in (0.0, 0.005, 0.2, 0.6, 2.0, 11.0):
        post = Post()
        good, slow = await post.add("good"), await post.add("slow")
        deliveries = [post.event(endpoint) for _ in range(12) for endpoint in (good, slow)]
        news = list(post.incoming)
        batch = asyncio.create_task(post.batch())
        await asyncio.wait([batch], timeout=killed_after_s)
        was_committed = batch.done()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)
        heir = _on_the_stores_of(post)
        await heir.directory.read()
        if not was_committed:
            heir.incoming = news
            await heir.batch()
        _let_leases_end(heir)
        async with heir.at_work():
            await asyncio.sleep(200)
        assert {heir.standing(each).state for each in deliveries} == {DeliveryState.DELIVERED}
        told = {*post.sender.told(good.url), *heir.sender.told(good.url), *post.sender.told(slow.url)}
        assert told | set(heir.sender.told(slow.url)) == {each.message_id for each in deliveries}


def _on_the_stores_of(post: Post) -> Post:
    heir = Post()
    heir.endpoints, heir.deliveries = post.endpoints, post.deliveries
    heir.directory = EndpointDirectory(heir.endpoints)
    heir.couriers = Couriers(heir.directory, heir.desk, heir.deliveries, lambda _: True)
    heir.first = FirstAttempts(heir._take, heir.directory, heir.desk, heir.deliveries)
    return heir


def _let_leases_end(post: Post) -> None:
    """The clock of leases is the wall's, which no test waits for."""
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    moved = [one.model_copy(update={"next_at": past}) for one, _ in post.deliveries.kept.values() if one.next_at]
    post.deliveries.dues.clear()
    bodies = {one.id: body for one, body in post.deliveries.kept.values()}
    for one in moved:
        asyncio.get_running_loop().create_task(post.deliveries.save([(one, bodies[one.id])]))


async def test_what_is_due_to_endpoints_of_other_workers_is_left_to_them() -> None:
    post = Post()
    broken = await post.add("broken")
    post.owned = lambda _: False
    post.event(broken)
    await post.batch()
    async with post.at_work():
        await asyncio.sleep(60)
        assert len(post.sender.sent) == 1
        post.owned = lambda _: True
        await asyncio.sleep(60)
    assert len(post.sender.sent) > 1


async def test_a_key_that_is_missing_costs_no_attempt() -> None:
    post = Post()
    delivery = post.event(await post.add("good"))
    post.keys.missing = True
    await post.batch()
    waiting = post.standing(delivery)
    assert (waiting.state, waiting.tries, post.sender.sent) == (DeliveryState.DUE, 0, [])


async def test_an_endpoint_that_fails_is_noted_and_one_success_is_enough() -> None:
    post = Post(tries=500)
    broken = await post.add("broken")
    async with post.at_work():
        post.event(broken)
        await post.batch()
        await asyncio.sleep(3)
        noted = await post.endpoints.find("shop", broken.id)
        assert noted is not None
        assert noted.failing_since is not None
        post.sender.repaired.add(broken.url)
        await asyncio.sleep(10)
    noted = await post.endpoints.find("shop", broken.id)
    assert noted is not None
    assert noted.failing_since is None


async def test_lasting_failure_disables_an_endpoint_and_tells_the_administrators() -> None:
    post = Post(lasting=timedelta(0), tries=20)
    for email, role in (("root@shop.example", Role.ADMIN), ("user@shop.example", Role.USER)):
        await post.accounts.create_account(samples.account(email, role=role, workspaces=frozenset({"shop"})))
    broken = await post.add("broken", description="stock")
    async with post.at_work():
        waiting = post.event(broken)
        await post.batch()
        await asyncio.sleep(30)
        disabled = await post.endpoints.find("shop", broken.id)
        assert disabled is not None
        assert disabled.disabled_at is not None
        letters: list[Letter] = post.mail.letters
        assert [letter.to for letter in letters] == ["root@shop.example"]
        assert broken.id in letters[0].text
        assert post.acts.done == [(Action.WEBHOOK_DISABLED, broken.id)]
        sent = len(post.sender.sent)
        missed = post.event(broken)
        await post.batch()
        await asyncio.sleep(30)
        assert len(post.sender.sent) == sent
    assert post.standing(missed).state is DeliveryState.FAILED
    assert post.standing(missed).last == Attempt(
        at=post.standing(missed).last.at,
        duration_ms=0,
        error=DISABLED,  # type: ignore[union-attr]
    )
    assert post.standing(waiting).state is DeliveryState.DUE


async def test_an_endpoint_that_says_that_it_is_gone_is_disabled_at_once() -> None:
    post = Post()
    gone = await post.add("gone")
    async with post.at_work():
        delivery = post.event(gone)
        await post.batch()
        await asyncio.sleep(5)
    disabled = await post.endpoints.find("shop", gone.id)
    assert disabled is not None
    assert disabled.disabled_because is not None
    assert post.standing(delivery).state is DeliveryState.FAILED


async def test_a_deleted_endpoint_is_told_nothing_more() -> None:
    post = Post()
    broken = await post.add("broken")
    post.event(broken)
    await post.batch()
    async with post.at_work():
        await post.endpoints.delete("shop", broken.id)
        await asyncio.sleep(2)
        sent = len(post.sender.sent)
        await asyncio.sleep(60)
        assert len(post.sender.sent) == sent


async def test_each_secret_that_counts_signs_and_one_whose_time_is_over_does_not() -> None:
    post = Post()
    box, now = post.keys.box(), datetime.now(UTC)
    secrets = (
        SealedSecret(sealed=box.seal("whsec_new")),
        SealedSecret(sealed=box.seal("whsec_old"), until=now + timedelta(hours=1)),
        SealedSecret(sealed=box.seal("whsec_gone"), until=now - timedelta(hours=1)),
    )
    endpoint = samples.endpoint(url="https://good/", secrets=secrets)
    await post.endpoints.create(endpoint)
    await post.directory.read()
    post.event(endpoint)
    await post.batch()
    assert list(post.sender.sent[0].secrets) == ["whsec_new", "whsec_old"]
