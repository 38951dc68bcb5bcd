"""Live streams: who is told what, from where on, and why a stream ends."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.settings.api import ApiSettings
from infra.settings.live import LiveSettings
from schemas.access.accounts import Role, Scope
from schemas.answers import FeatureAnswers, Label
from schemas.dead_letters import Resolution, encode_resolution
from schemas.messages.live import EndReason
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld
from tests.live_streams import LiveClient

PATIENT = LiveSettings(longest_s=3600, recheck_s=0.02, heartbeat_s=300, patience_s=300)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    async for world in world_with(tmp_path, PATIENT):
        yield world


async def world_with(home: Path, live: LiveSettings, **settings: Any) -> AsyncIterator[ApiWorld]:
    world = ApiWorld(home, live=live, **settings)
    await world.add_workspace(SHOP)
    await world.add_workspace(RIVAL)
    yield world
    await world.app.state.live_hub.close()
    world.passwords.close()


@pytest.fixture(params=[False, True], ids=["events", "websocket"])
def socket(request: pytest.FixtureRequest) -> bool:
    """Both protocols have the same messages."""
    return bool(request.param)


async def token(world: ApiWorld, role: Role = Role.USER, *workspaces: str) -> str:
    return await world.token_of(await world.add_account(role, *(workspaces or (SHOP,))))


async def test_outcomes_are_told_as_they_come(world: ApiWorld, socket: bool) -> None:
    async with LiveClient(world.app, await token(world), socket=socket) as live:
        assert live.status == 200
        assert (await live.next()).event == "ready"
        result = samples.result(SHOP, "cat.jpg")
        deleted, _ = samples.deletion(SHOP, "cat.jpg")
        world.outcomes.tell(result, samples.rejection(SHOP, "torn.jpg"), deleted)
        told = [await live.outcome() for _ in range(3)]
    assert [(one.event, one.image) for one in told] == [
        ("recognised", "cat.jpg"),
        ("rejected", "torn.jpg"),
        ("deleted", "cat.jpg"),
    ]
    assert told[0].data["result"] == result.model_dump(mode="json", exclude_none=True)
    assert told[0].data["id"] == f"{result.origin.name}:standard@1"
    assert told[0].data["sequence"] == result.origin.version
    assert (told[1].data["reason"], told[1].data["detail"]) == ("corrupt_image", "The image ends in the middle.")
    assert all(one.id for one in told)


async def test_nobody_hears_of_another_workspace(world: ApiWorld, socket: bool) -> None:
    """A user, an analyst, a confined key: each hears of what they may see, and of nothing else."""
    admin = await world.add_account(Role.ADMIN)
    confined = await world.key_of(admin, [Scope.RESULTS_READ], RIVAL)
    async with (
        LiveClient(world.app, await token(world), socket=socket) as mine,
        LiveClient(world.app, await token(world, Role.USER, RIVAL), socket=socket) as theirs,
        LiveClient(world.app, await token(world, Role.ANALYST), socket=socket) as analyst,
        LiveClient(world.app, confined, socket=socket) as key,
        LiveClient(world.app, await token(world, Role.USER, SHOP, RIVAL), socket=socket, owner=RIVAL) as narrowed,
    ):
        for number in range(4):
            for owner in (SHOP, RIVAL):
                world.outcomes.tell(samples.result(owner, f"{owner}-{number}.jpg"))
        for live, owner in ((mine, SHOP), (theirs, RIVAL), (key, RIVAL), (narrowed, RIVAL)):
            assert await live.images(4) == [f"{owner}-{number}.jpg" for number in range(4)]
        assert len(set(await analyst.images(8))) == 8


async def test_a_workspace_that_the_caller_may_not_see_is_refused(world: ApiWorld, socket: bool) -> None:
    async with LiveClient(world.app, await token(world), socket=socket, owner=RIVAL) as live:
        assert live.status == 403
        assert (await live.problem())["title"] == "Forbidden"


async def test_what_is_no_outcome_is_told_to_nobody(world: ApiWorld) -> None:
    async with LiveClient(world.app, await token(world, Role.ADMIN)) as live:
        rejected = samples.rejection(SHOP, "torn.jpg")
        world.outcomes.append(RECOGNITION_RESULTS, "garbage", b"\x00\xff")
        world.outcomes.append(DEAD_LETTERS, "garbage", b"x", [("dlq-reason", b"empty")])
        world.outcomes.append(
            DEAD_LETTERS, "k", None, encode_resolution(samples.resolved(rejected, Resolution.DISCARDED))
        )
        world.outcomes.tell(samples.rejection(None, None, uri=None))
        forged = samples.result(SHOP, "forged.jpg", of=samples.origin().model_copy(update={"topic": "elsewhere"}))
        world.outcomes.tell(forged, samples.result(SHOP, "real.jpg"))
        assert await live.images(1) == ["real.jpg"]


async def test_replays_and_pipelines_that_are_not_promoted_are_told_to_those_who_ask(world: ApiWorld) -> None:
    told = {
        "plain.jpg": samples.result(SHOP, "plain.jpg"),
        "replayed.jpg": samples.result(SHOP, "replayed.jpg", replay=samples.origin(9)),
        "aside.jpg": samples.result(SHOP, "aside.jpg", promoted=False, pipeline="trial@1"),
        "last.jpg": samples.result(SHOP, "last.jpg"),
    }
    user = await token(world)
    async with (
        LiveClient(world.app, user) as plain,
        LiveClient(world.app, user, replayed="true") as replays,
        LiveClient(world.app, user, unpromoted="true") as trials,
        LiveClient(world.app, user, replayed="true", unpromoted="true") as everything,
    ):
        world.outcomes.tell(*told.values())
        assert await plain.images(2) == ["plain.jpg", "last.jpg"]
        assert await replays.images(3) == ["plain.jpg", "replayed.jpg", "last.jpg"]
        assert await trials.images(3) == ["plain.jpg", "aside.jpg", "last.jpg"]
        assert await everything.images(4) == list(told)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"label": "egyptian CAT"}, ["cat.jpg"]),
        ({"label": "dog"}, ["dogs.jpg"]),
        ({"object": "dog", "min_confidence": 0.95}, []),
        ({"exclude_label": "dog", "status": "recognised"}, ["cat.jpg"]),
        ({"status": "rejected"}, ["torn.jpg"]),
        ({"status": ["rejected", "deleted"]}, ["torn.jpg", "gone.jpg"]),
        ({"reason": "corrupt_image"}, ["torn.jpg"]),
        ({"metadata": "sku=A-17"}, ["dogs.jpg"]),
        ({"pipeline": "standard@2"}, ["dogs.jpg"]),
    ],
)
async def test_filters_are_those_of_results(world: ApiWorld, asked: dict[str, Any], expected: list[str]) -> None:
    async with LiveClient(world.app, await token(world), **asked) as live:
        world.outcomes.tell(
            samples.result(SHOP, "cat.jpg"),
            samples.result(
                SHOP,
                "dogs.jpg",
                features=FeatureAnswers(objects=samples.OBJECTS),
                metadata={"sku": "A-17"},
                pipeline="standard@2",
            ),
            samples.rejection(SHOP, "torn.jpg"),
            samples.deletion(SHOP, "gone.jpg")[0],
        )
        world.outcomes.tell(*_everything_matches(asked))
        assert await live.images(len(expected) + 1) == [*expected, "last.jpg"]


def _everything_matches(asked: dict[str, Any]) -> list[Any]:
    if "rejected" in str(asked) or "reason" in asked:
        return [samples.rejection(SHOP, "last.jpg")]
    labels = (Label(name="Egyptian cat", confidence=0.9),)
    features = FeatureAnswers(objects=samples.OBJECTS.model_copy(update={"objects": _sure_dogs()}))
    if "exclude_label" in asked:
        return [samples.result(SHOP, "last.jpg")]
    if "object" in asked or asked.get("label") == "dog":
        return [samples.result(SHOP, "last.jpg", features=features)]
    return [samples.result(SHOP, "last.jpg", labels=labels, metadata={"sku": "A-17"}, pipeline="standard@2")]


def _sure_dogs() -> tuple[Any, ...]:
    return tuple(found.model_copy(update={"confidence": 0.99}) for found in samples.OBJECTS.objects)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"q": "cat"}, "q"),
        ({"limit": 5}, "limit"),
        ({"status": "discarded"}, "status[0]"),
        ({"lable": "cat"}, "lable"),
        ({"last_event_id": "made-up"}, "Last-Event-ID"),
    ],
)
async def test_what_cannot_be_told_of_an_outcome_is_refused_and_named(
    world: ApiWorld, asked: dict[str, Any], field: str, socket: bool
) -> None:
    async with LiveClient(world.app, await token(world), socket=socket, **asked) as live:
        assert live.status == 422
        [error] = (await live.problem())["errors"]
        assert error["field"] == field


async def test_a_stream_resumes_without_a_gap_and_repeats_keep_their_ids(world: ApiWorld, socket: bool) -> None:
    user = await token(world)
    async with LiveClient(world.app, user, socket=socket) as live:
        world.outcomes.tell(*(samples.result(SHOP, f"{number}.jpg") for number in range(5)))
        first = [await live.outcome() for _ in range(5)]
    world.outcomes.tell(*(samples.result(SHOP, f"{number}.jpg") for number in range(5, 9)))
    async with LiveClient(world.app, user, socket=socket, last_event_id=first[2].id) as live:
        again = [await live.outcome() for _ in range(6)]
        world.outcomes.tell(samples.result(SHOP, "new.jpg"))
        assert await live.images(1) == ["new.jpg"]
    assert [one.image for one in again] == [f"{number}.jpg" for number in range(3, 9)]
    assert [(one.id, one.data["id"]) for one in again[:2]] == [(one.id, one.data["id"]) for one in first[3:]]
    assert world.outcomes.spans == []


async def test_a_stream_resumes_where_it_began_if_nothing_was_told(world: ApiWorld) -> None:
    user = await token(world)
    async with LiveClient(world.app, user) as live:
        opened = await live.next()
    world.outcomes.tell(samples.result(SHOP, "missed.jpg"))
    async with LiveClient(world.app, user, headers={"Last-Event-ID": str(opened.id)}) as live:
        assert await live.images(1) == ["missed.jpg"]


async def test_a_repeated_message_has_the_same_id_in_its_data(world: ApiWorld) -> None:
    result = samples.result(SHOP, "cat.jpg")
    async with LiveClient(world.app, await token(world)) as live:
        world.outcomes.tell(result, result)
        first, second = [await live.outcome() for _ in range(2)]
    assert first.data == second.data


async def resumed(home: Path, world: ApiWorld, live: LiveSettings) -> ApiWorld:
    """Return another process of the same installation: it has told nothing yet."""
    other = ApiWorld(home, live=live, key=world.key, outcomes=world.outcomes)
    for store in ("accounts", "sessions", "api_keys"):
        setattr(other, store, getattr(world, store))
    other.__post_init__()
    return other


@pytest.mark.parametrize("history_bytes", [65_536, 16_777_216], ids=["no room", "room"])
async def test_another_process_reads_again_what_was_missed(world: ApiWorld, tmp_path: Path, history_bytes: int) -> None:
    user = await token(world)
    async with LiveClient(world.app, user) as live:
        world.outcomes.tell(samples.result(SHOP, "first.jpg"))
        last = await live.outcome()
    names = [f"{number}.jpg" for number in range(150)]
    for number, name in enumerate(names):
        world.outcomes.tell(samples.result(SHOP, name), samples.result(RIVAL, name))
        if number % 10 == 0:
            world.outcomes.tell(samples.rejection(SHOP, f"torn-{number}.jpg"))
    other = await resumed(tmp_path, world, PATIENT.model_copy(update={"history_bytes": history_bytes}))
    async with LiveClient(other.app, user, last_event_id=last.id) as live:
        told = [await live.outcome() for _ in range(165)]
        world.outcomes.tell(samples.result(SHOP, "new.jpg"))
        assert await live.images(1) == ["new.jpg"]
    torn = [f"torn-{number}.jpg" for number in range(0, 150, 10)]
    assert sorted(one.image for one in told) == sorted([*names, *torn])
    assert len({one.data["id"] for one in told}) == 165
    async with LiveClient(other.app, user, last_event_id=told[-1].id) as live:
        assert await live.images(1) == ["new.jpg"]
    await other.app.state.live_hub.close()
    other.passwords.close()


@pytest.mark.parametrize("remembered", [True, False], ids=["from memory", "from the topics"])
async def test_of_what_was_missed_nothing_is_told_of_images_that_were_deleted_since(
    world: ApiWorld, tmp_path: Path, remembered: bool
) -> None:
    user = await token(world)
    async with LiveClient(world.app, user) as live:
        opened = await live.next()
        told = [samples.result(SHOP, name) for name in ("kept.jpg", "gone.jpg")]
        torn, again = (
            samples.rejection(SHOP, "gone-too.jpg"),
            samples.result(SHOP, "gone.jpg", of=samples.origin(10**8)),
        )
        deleted = [samples.deletion(SHOP, name, of=samples.origin(10**7)) for name in ("gone.jpg", "gone-too.jpg")]
        world.outcomes.tell(*told, torn)
        # Whoever listens is told at once, and then that the images are deleted.
        assert sorted(await live.images(3)) == ["gone-too.jpg", "gone.jpg", "kept.jpg"]
    other = world if remembered else await resumed(tmp_path, world, PATIENT)
    await other.images.save_deletions(deleted)
    world.outcomes.tell(*(one for one, _ in deleted), again)
    async with LiveClient(other.app, user, last_event_id=opened.id) as live:
        outcomes = [await live.outcome() for _ in range(4)]
    assert sorted((one.data["event"], one.image) for one in outcomes) == [
        ("deleted", "gone-too.jpg"),
        ("deleted", "gone.jpg"),
        ("recognised", "gone.jpg"),
        ("recognised", "kept.jpg"),
    ]
    [after] = [one for one in outcomes if (one.data["event"], one.image) == ("recognised", "gone.jpg")]
    assert after.data["sequence"] == again.origin.version
    if other is not world:
        await other.app.state.live_hub.close()
        other.passwords.close()


async def test_many_who_come_back_at_once_have_the_topics_read_once(world: ApiWorld, tmp_path: Path) -> None:
    user = await token(world)
    async with LiveClient(world.app, user) as live:
        opened = await live.next()
    world.outcomes.tell(*(samples.result(SHOP, f"{number}.jpg") for number in range(20)))
    other = await resumed(tmp_path, world, PATIENT)
    clients = [LiveClient(other.app, user, last_event_id=opened.id) for _ in range(50)]
    for client in clients:
        await client.__aenter__()
    told = [sorted(await client.images(20)) for client in clients]
    assert told == [sorted(f"{number}.jpg" for number in range(20))] * 50
    late = LiveClient(other.app, user, last_event_id=opened.id)
    async with late:
        assert sorted(await late.images(20)) == told[0]
    for client in clients:
        await client.__aexit__(None, None, None)
    assert len(other.outcomes.spans) == 1
    await other.app.state.live_hub.close()
    other.passwords.close()


async def test_a_cursor_that_is_older_than_the_topics_is_gone(world: ApiWorld, socket: bool) -> None:
    user = await token(world)
    async with LiveClient(world.app, user, socket=socket) as live:
        opened = await live.next()
    world.outcomes.tell(samples.result(SHOP, "cat.jpg"))
    world.outcomes.forget()
    async with LiveClient(world.app, user, socket=socket, last_event_id=opened.id) as live:
        assert (live.status, (await live.problem())["title"]) == (410, "Gone")


async def test_a_cursor_that_is_newer_than_what_is_remembered_of_the_topics_is_good(world: ApiWorld) -> None:
    user = await token(world)
    async with LiveClient(world.app, user) as live:
        opened = await live.next()
        async with LiveClient(world.app, user, last_event_id=opened.id) as again:
            assert again.status == 200
        world.outcomes.tell(samples.result(SHOP, "cat.jpg"))
        told = await live.outcome()
    async with LiveClient(world.app, user, last_event_id=told.id) as live:
        assert live.status == 200


async def test_a_cursor_of_a_topic_that_was_made_anew_is_gone(world: ApiWorld) -> None:
    user = await token(world)
    async with LiveClient(world.app, user) as live:
        opened = await live.next()
    world.outcomes.make_anew(RECOGNITION_RESULTS)
    world.app.state.live_hub._holdings.forget(None)
    async with LiveClient(world.app, user, last_event_id=opened.id) as live:
        assert live.status == 410


async def test_a_heartbeat_moves_the_cursor_on(tmp_path: Path) -> None:
    async for world in world_with(tmp_path, PATIENT.model_copy(update={"heartbeat_s": 0.01})):
        user = await token(world)
        async with LiveClient(world.app, user, label="dog") as live:
            opened = await live.next()
            world.outcomes.tell(samples.result(SHOP, "cat.jpg"))
            while (beat := await live.next()).id == opened.id:
                assert beat.event == "heartbeat"
        async with LiveClient(world.app, user, last_event_id=beat.id) as live:
            world.outcomes.tell(samples.result(SHOP, "next.jpg"))
            assert await live.images(1) == ["next.jpg"]


async def test_a_client_that_does_not_keep_up_is_told_and_cut_off_and_others_notice_nothing(tmp_path: Path) -> None:
    async for world in world_with(tmp_path, PATIENT.model_copy(update={"buffer": 20})):
        user = await token(world)
        async with LiveClient(world.app, user) as slow, LiveClient(world.app, user) as quick:
            names = [f"{number}.jpg" for number in range(200)]
            heard = []
            for name in names:
                world.outcomes.tell(samples.result(SHOP, name))
                heard += await quick.images(1)
            assert heard == names
            assert await slow.end() == "slow"


async def test_a_client_that_receives_nothing_is_left(tmp_path: Path) -> None:
    async for world in world_with(tmp_path, PATIENT.model_copy(update={"patience_s": 0.05})):
        async with LiveClient(world.app, await token(world)) as live:
            world.outcomes.tell(*(samples.result(SHOP, f"{number}.jpg") for number in range(5)))
            await live._answering
        assert world.app.state.live_streams._open == {}


async def test_an_expired_token_ends_the_stream(world: ApiWorld, monkeypatch: pytest.MonkeyPatch, socket: bool) -> None:
    account = await world.add_account(Role.USER, SHOP)
    monkeypatch.setattr(type(world.tokens), "lifetime_s", property(lambda _: 1))
    async with LiveClient(world.app, await world.token_of(account), socket=socket) as live:
        assert await live.end() == "token_expired"


async def test_a_closed_account_a_revoked_session_and_another_role_end_the_stream(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP)
    user = await world.token_of(account)
    callers = world.app.state.callers
    async with LiveClient(world.app, user) as live:
        account = await world.accounts.change_account(account.model_copy(update={"role": Role.ANALYST}))
        callers.forget(account.id)
        assert await live.end() == "access_changed"
    async with LiveClient(world.app, user) as live:
        account = await world.accounts.change_account(account.model_copy(update={"active": False}))
        callers.forget(account.id)
        assert await live.end() == "account_closed"
    other = await world.add_account(Role.USER, SHOP)
    key = await world.key_of(other, [Scope.RESULTS_READ])
    async with LiveClient(world.app, key) as live:
        prefix = key.split("_")[1]
        await world.api_keys.revoke(other.id, prefix, datetime.now(UTC) - timedelta(seconds=1))
        callers.forget(prefix)
        assert await live.end() == "credential_revoked"


async def test_a_ticket_opens_one_stream(world: ApiWorld, socket: bool) -> None:
    async with world.client(await token(world)) as client:
        issued = await client.post("/v1/live/tickets")
    assert issued.status_code == 201
    ticket = issued.json()["ticket"]
    async with LiveClient(world.app, socket=socket, ticket=ticket) as live:
        world.outcomes.tell(samples.result(RIVAL, "theirs.jpg"), samples.result(SHOP, "cat.jpg"))
        assert await live.images(1) == ["cat.jpg"]
    for worthless in (ticket, "vlt_made-up", ""):
        async with LiveClient(world.app, socket=socket, ticket=worthless) as live:
            assert live.status == 401


async def test_a_ticket_is_worth_no_more_than_what_it_was_asked_with(world: ApiWorld) -> None:
    owner = await world.add_account(Role.USER, SHOP)
    key = await world.key_of(owner, [Scope.RESULTS_READ])
    async with world.client(key) as client:
        tickets = [(await client.post("/v1/live/tickets")).json()["ticket"] for _ in range(2)]
    async with LiveClient(world.app, ticket=tickets[0]) as live:
        assert live.status == 200
        prefix = key.split("_")[1]
        await world.api_keys.revoke(owner.id, prefix, datetime.now(UTC) - timedelta(seconds=1))
        world.app.state.callers.forget(prefix)
        assert await live.end() == "credential_revoked"
    async with LiveClient(world.app, ticket=tickets[1]) as live:
        assert live.status == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://app.example", 200),
        ("http://api.test", 200),
        ("https://evil.example", 403),
        ("https://api.test.evil.example", 403),
        ("null", 403),
    ],
)
async def test_pages_of_unknown_origins_are_refused(tmp_path: Path, origin: str, status: int, socket: bool) -> None:
    async for world in world_with(tmp_path, PATIENT, api=ApiSettings(cors_origins=["https://app.example"])):
        user = await token(world)
        async with LiveClient(world.app, user, socket=socket, headers={"Origin": origin}) as live:
            assert live.status == status


async def test_a_caller_has_so_many_streams_and_no_more(tmp_path: Path) -> None:
    async for world in world_with(tmp_path, PATIENT.model_copy(update={"streams_per_caller": 1, "streams": 2})):
        user = await token(world)
        async with LiveClient(world.app, user):
            async with LiveClient(world.app, user) as second:
                assert (second.status, (await second.problem())["reason"]) == (429, "busy")
            other, third = await token(world), await token(world)
            async with LiveClient(world.app, other), LiveClient(world.app, third) as too_many:
                assert too_many.status == 429
        async with LiveClient(world.app, user) as again:
            assert again.status == 200


async def test_streams_take_no_place_from_other_requests(tmp_path: Path) -> None:
    async for world in world_with(tmp_path, PATIENT, api=ApiSettings(max_requests=1)):
        user = await token(world)
        async with LiveClient(world.app, user), LiveClient(world.app, user), world.client(user) as client:
            assert (await client.get("/v1/results")).status_code == 200


async def test_a_process_that_stops_tells_its_clients(world: ApiWorld, socket: bool) -> None:
    async with LiveClient(world.app, await token(world), socket=socket) as live:
        await live.next()
        world.app.state.live_hub.end_all(EndReason.STOPPING)
        assert await live.end() == "stopping"


async def test_without_kafka_no_stream_begins(world: ApiWorld, socket: bool) -> None:
    world.outcomes.down = True
    async with LiveClient(world.app, await token(world), socket=socket) as live:
        assert (live.status, (await live.problem())["title"]) == (503, "Unavailable")
    world.outcomes.down = False
    async with LiveClient(world.app, await token(world), socket=socket) as live:
        assert live.status == 200


async def test_a_socket_at_another_address_is_refused(world: ApiWorld) -> None:
    live = LiveClient(world.app, await token(world), socket=True)
    live._scope["path"] = "/v1/results"
    async with live:
        assert live.status == 404


async def test_a_page_of_an_allowed_origin_may_say_where_it_resumes(tmp_path: Path) -> None:
    async for world in world_with(tmp_path, PATIENT, api=ApiSettings(cors_origins=["https://app.example"])):
        async with world.client() as client:
            asked = {
                "Origin": "https://app.example",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization, last-event-id",
            }
            answer = await client.options("/v1/live", headers=asked)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
