"""A restore on real servers gives nobody back what was taken away since the backup, and is itself in the trail."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr

from api.accounts.views import AccountWish
from api.command_line import services_on
from api.workspaces.service import WorkspaceWish
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError, TransientError
from infra.kafka.event_bus import EventPublisher, client_configuration
from infra.kafka.topic_log import TopicLog
from infra.objects.local_folder import LocalFolder
from infra.operations.audit.acts import command_recorder, whoever
from infra.operations.audit.chain import PublishedAct
from infra.operations.audit.keys import AuditKeys, SigningKey
from infra.operations.audit.store import AuditStore
from infra.operations.audit.topic import ask_topic_id
from infra.operations.audit.writer import ChainWriter, chain_of
from infra.operations.backup.format.catalogue import Catalogue, open_catalogue
from infra.operations.backup.restore.restoration import Restored, restore_backup
from infra.settings.settings import Settings
from schemas.access.accounts import Role
from schemas.activity import Action, AuditEvent, Outcome, parse_activity
from schemas.topics import ACTIVITY
from tests.backup_world import QUIET, BreakingFolder, World, backup_world, own_kafka
from tests.fakes.audit import published
from tests.fakes.webhooks import FakeResolver
from tests.served import PASSWORD, served
from tests.stacks import RunningStack

# Many commands, each of which starts a Python of its own, beside three servers.
pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

NEW_PASSWORD = "crimson harbours wake early"  # noqa: S105 - of an account that lives as long as a test


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with own_kafka(tmp_path_factory.mktemp("kafka")) as settings:
        yield settings


@pytest.fixture
async def world(kafka: Settings, stack: RunningStack, tmp_path: Path) -> AsyncIterator[World]:
    async with backup_world(kafka, stack, tmp_path) as world:
        world.environment["VEDETTE_ADMIN_PASSWORD"] = PASSWORD
        yield world


class Person:
    """Somebody who is logged in."""

    def __init__(self, url: str, email: str) -> None:
        self.email = email
        answer = log_in(url, email)
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        self.headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        self._url = url
        self.id = self.ask("GET", "/v1/me")["id"]

    def ask(self, method: str, path: str, **body: object) -> dict[str, object]:
        answer = httpx.request(method, f"{self._url}{path}", headers=self.headers, json=body or None, timeout=60)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def statuses_at(self, url: str) -> tuple[int, int]:
        """Return what an API says to the access token and to the refresh token."""
        asked = httpx.get(f"{url}/v1/me", headers=self.headers, timeout=60)
        wish = {"refresh_token": self.tokens["refresh_token"]}
        return asked.status_code, httpx.post(f"{url}/v1/auth/refresh", json=wish, timeout=60).status_code

    def make_key(self) -> str:
        return str(self.ask("POST", "/v1/api-keys", name="a program", scopes=["results:read"])["key"])


async def test_nothing_that_was_taken_away_since_the_backup_comes_back(world: World) -> None:
    emails = {name: f"{name}@shop.example" for name in ("root", "ada", "bob", "eve", "kim")}
    for name, role in {"root": "admin", "ada": "user", "bob": "user", "eve": "admin", "kim": "user"}.items():
        await make_account(world, emails[name], role)
    with serving(world) as url:
        root, ada, bob, eve, kim = (Person(url, email) for email in emails.values())
        kept, revoked = kim.make_key(), kim.make_key()
        narrowed, ended = (make_client(root, name) for name in ("album", "printer"))
        world.backup("create")
        root.ask("PATCH", f"/v1/accounts/{ada.id}", active=False)
        bob.ask("PUT", "/v1/me/password", password=PASSWORD, new_password=NEW_PASSWORD)
        root.ask("PATCH", f"/v1/accounts/{eve.id}", role="user")
        root.ask("PUT", f"/v1/workspaces/shop/members/{eve.id}")
        root.ask("DELETE", f"/v1/workspaces/lab/members/{kim.id}")
        kim.ask("DELETE", f"/v1/api-keys/{revoked[4:14]}")
        root.ask("PATCH", f"/v1/clients/{narrowed}", scopes=["results:read"])
        root.ask("DELETE", f"/v1/clients/{ended}")
        world.done("admin", "workspace", "allow", "shop", "s3://shop-eu/", "--replace")
        root.ask("POST", "/v1/workspaces", id="later")
    before = events(world)
    told = world.backup("restore", "--replace", "--yes")
    assert "All sessions have ended" in told
    for counted in ("accounts closed: 1", "passwords withdrawn: 1", "roles narrowed: 1", "keys revoked: 1"):
        assert counted in told
    first, last = events(world)[len(before) :]
    assert (first.action, first.outcome, last.outcome) == (Action.BACKUP_RESTORED, None, Outcome.DONE)
    assert "clients revoked: 1" in (last.detail or "")
    with serving(world) as url:
        for person in (root, bob, eve, kim):
            assert person.statuses_at(url) == (401, 401)
        assert [log_in(url, emails[name]).status_code for name in ("ada", "bob")] == [401, 401]
        assert asked_with(url, revoked) == 401
        assert asked_with(url, kept) == 200
        root = Person(url, emails["root"])
        shown = root.ask("GET", f"/v1/accounts/{eve.id}")
        assert (shown["role"], shown["active"]) == ("user", True)
        assert root.ask("GET", f"/v1/accounts/{kim.id}")["workspaces"] == ["shop"]
        assert root.ask("GET", f"/v1/clients/{narrowed}")["scopes"] == ["results:read"]
        assert root.ask("GET", f"/v1/clients/{ended}")["active"] is False
        shop, lab = (workspace_line(world, name) for name in ("shop", "lab"))
        assert ("s3://shop-*/" in shop, "s3://shop-*/" in lab) == (False, True)
        assert root.ask("GET", "/v1/suspensions") == {"keys": [], "clients": []}
        # What an administrator gives anew lets in again.
        world.environment["VEDETTE_ADMIN_PASSWORD"] = NEW_PASSWORD
        world.done("admin", "password", emails["bob"])
        assert log_in(url, emails["bob"], NEW_PASSWORD).status_code == 200


async def test_where_the_topic_does_not_reach_back_keys_and_clients_wait_for_an_administrator(world: World) -> None:
    await make_account(world, "root@shop.example", "admin")
    with serving(world) as url:
        root = Person(url, "root@shop.example")
        first, second = root.make_key(), root.make_key()
        client = make_client(root, "album")
        world.backup("create")
        root.ask("POST", "/v1/workspaces", id="meanwhile")
    forget_everything(world)
    told = world.backup("restore", "--replace", "--yes")
    assert "SUSPENDED" in told
    assert "no longer holds what came since the backup" in told
    with serving(world) as url:
        answer = answer_to(url, first)
        assert answer.status_code == 401
        assert "suspended" in answer.json()["detail"]
        root = Person(url, "root@shop.example")
        shown = root.ask("GET", "/v1/suspensions")
        assert {one["prefix"] for one in shown["keys"]} == {first[4:14], second[4:14]}  # type: ignore[attr-defined, index]
        assert root.ask("GET", f"/v1/clients/{client}")["active"] is False
        listed = world.done("admin", "suspended", "list")
        assert first[4:14] in listed
        assert "is released" in world.done("admin", "suspended", "release", first[4:14])
        assert asked_with(url, second) == 401
        root.ask("POST", "/v1/suspensions/release", everything=True)
        assert asked_with(url, second) == 200
        assert root.ask("GET", f"/v1/clients/{client}")["active"] is True
    released = [event.subject for event in events(world) if event.action is Action.KEY_RELEASED]
    assert sorted(released) == sorted([first[4:14], second[4:14]])


async def test_a_restore_that_ends_anywhere_leaves_nothing_alive_that_was_taken_away(
    world: World, tmp_path: Path
) -> None:
    for email in ("root@shop.example", "ada@shop.example"):
        await make_account(world, email, "admin")
    with serving(world) as url:
        root, ada = Person(url, "root@shop.example"), Person(url, "ada@shop.example")
        key = root.make_key()
        world.backup("create")
        root.ask("PATCH", f"/v1/accounts/{ada.id}", active=False)
        root.ask("DELETE", f"/v1/api-keys/{key[4:14]}")
    manifest = open_catalogue(world.settings).find("latest")
    breaks = 0
    for parts in range(len(manifest.parts), 2 * len(manifest.parts) + 1):
        try:
            await restored(world, BreakingFolder(tmp_path / "backups", parts), replace=True)
        except TransientError:
            breaks += 1
        await require_not_alive(world, "ada@shop.example", key[4:14])
    assert breaks > 3
    assert not (await restored(world, replace=True)).is_resumed
    await require_not_alive(world, "ada@shop.example", key[4:14])


async def test_acts_that_came_after_the_backup_stay_in_the_trail_and_one_that_was_altered_is_told(
    world: World,
) -> None:
    topic_id = ask_topic_id(world.settings.kafka, ACTIVITY)
    chain = chain_of(topic_id, 0)
    async with trail(world) as store:
        await write_trail(store, topic_id, published(3, 5, 8))
        world.backup("create")
        await write_trail(store, topic_id, published(9, 12))
        await restored(world, replace=True)
        assert [entry.offset async for entry in store.oldest_first(chain)] == [3, 5, 8, 9, 12]
        done = await restored(world, replace=True)
        assert done.trail_problems == ()
    async with world.stores() as (cassandra, _):
        change = "UPDATE {keyspace}.audit SET problem = 'none of it' WHERE chain = ? AND slice = 0 AND offset = 5"
        await cassandra.execute(change, (chain,))
    done = await restored(world, replace=True)
    assert [problem.partition(":")[0] for problem in done.trail_problems] == ["audit"]


async def test_a_trail_that_was_lost_comes_back_from_the_backup(world: World) -> None:
    topic_id = ask_topic_id(world.settings.kafka, ACTIVITY)
    async with trail(world) as store:
        await write_trail(store, topic_id, published(3, 5, 8))
        world.backup("create")
        for table in ("audit", "audit_slices"):
            async with world.stores() as (cassandra, _):
                await cassandra.execute_unprepared(f"TRUNCATE {world.settings.cassandra.keyspace}.{table}")
        assert (await restored(world, replace=True)).trail_problems == ()
        assert [entry.offset async for entry in store.oldest_first(chain_of(topic_id, 0))] == [3, 5, 8]


async def test_a_rehearsal_never_touches_what_the_platform_uses(world: World) -> None:
    await make_account(world, "root@shop.example", "admin")
    world.backup("create")
    keyspace, index = world.settings.cassandra.keyspace, world.settings.elasticsearch.index
    for own, ours in ((keyspace, "rehearsal"), ("rehearsal", index)):
        cassandra = world.settings.cassandra.model_copy(update={"keyspace": own})
        elasticsearch = world.settings.elasticsearch.model_copy(update={"index": ours})
        settings = world.settings.model_copy(update={"cassandra": cassandra, "elasticsearch": elasticsearch})
        with pytest.raises(ConfigurationError, match="is what the platform uses"):
            await restore_backup(settings, open_catalogue(settings), "latest", QUIET, lambda _: True, stores_only=True)
    refused = world.vedette("backup", "restore", "--replace", "--yes", "--stores-only")
    assert refused.returncode == 1
    assert f"keyspace {keyspace} and index {index} is what the platform uses" in refused.stderr
    # Nor another platform's, which no backup of ours is of.
    name = f"other{world.settings.cassandra.keyspace}"
    other = {"VEDETTE_CASSANDRA__KEYSPACE": name, "VEDETTE_ELASTICSEARCH__INDEX": name}
    world.vedette("migrate", **other)
    made = world.vedette("admin", "workspace", "create", "theirs", **other)
    assert made.returncode == 0, made.stderr
    refused = world.vedette("backup", "restore", "--replace", "--yes", "--stores-only", **other)
    assert "no rehearsal put there" in refused.stderr
    away = dict.fromkeys(other, f"away{world.settings.cassandra.keyspace}")
    for _ in range(2):
        rehearsed = world.vedette("backup", "restore", "--replace", "--yes", "--stores-only", **away)
        assert rehearsed.returncode == 0, rehearsed.stderr
    acts = [event for event in events(world) if event.action is Action.BACKUP_RESTORED][-2:]
    assert ["rehearsal" in (event.detail or "") for event in acts] == [True, False]
    async with world.stores() as (cassandra, _):
        for keyspace in (name, away["VEDETTE_CASSANDRA__KEYSPACE"]):
            await cassandra.execute_unprepared(f"DROP KEYSPACE {keyspace}")


async def restored(world: World, place: LocalFolder | None = None, *, replace: bool = False) -> Restored:
    catalogue = open_catalogue(world.settings)
    if place is not None:
        catalogue = Catalogue(place, world.settings.backup.key_bytes())

    def may_replace(_found: Sequence[str]) -> bool:
        return replace

    return await restore_backup(world.settings, catalogue, "latest", QUIET, may_replace)


@contextmanager
def serving(world: World) -> Iterator[str]:
    with served(world.settings, **world.environment) as api:
        yield api.url


@contextmanager
def topic_log(world: World) -> Iterator[TopicLog]:
    log = TopicLog(world.settings.kafka)
    try:
        yield log
    finally:
        log.close()


@asynccontextmanager
async def trail(world: World) -> AsyncIterator[AuditStore]:
    session = await CassandraSession.connect(world.settings.cassandra)
    try:
        yield AuditStore(session)
    finally:
        await session.close()


async def write_trail(store: AuditStore, topic_id: str, messages: Sequence[PublishedAct]) -> None:
    async def ask() -> str:
        return topic_id

    keys = AuditKeys((SigningKey(bytes(range(32))),))
    await ChainWriter(store, keys, topic_id, ask).save({0: messages})


async def require_not_alive(world: World, email: str, prefix: str) -> None:
    session = await CassandraSession.connect(world.settings.cassandra)
    account, key = await AccountStore(session).find_account(email), await ApiKeyStore(session).find(prefix)
    await session.close()
    assert account is None or not account.active
    assert key is None or key.revoked_at is not None


async def make_account(world: World, email: str, role: str) -> None:
    """Without a command: each costs the time that Python takes to start."""
    names = ("shop", "lab")
    wish = AccountWish(email=email, password=SecretStr(PASSWORD), role=Role(role), workspaces=frozenset(names))
    workspaces = [WorkspaceWish(id=name, allowed_prefixes=("s3://shop-*/",)) for name in names]
    session = await CassandraSession.connect(world.settings.cassandra)
    async with EventPublisher(world.settings.kafka) as publisher:
        accounts = services_on(session, world.settings, FakeResolver()).accounts
        await accounts.create_with_workspaces(wish, workspaces, whoever(), command_recorder(publisher).act)
    await session.close()


def workspace_line(world: World, name: str) -> str:
    return next(line for line in world.done("admin", "workspace", "list").splitlines() if line.startswith(f"│ {name} "))


def make_client(root: Person, name: str) -> str:
    wish = {
        "name": name,
        "redirect_uris": [f"https://{name}.example/back"],
        "scopes": ["results:read", "images:write"],
    }
    return str(root.ask("POST", "/v1/clients", **wish)["client_id"])


def log_in(url: str, email: str, password: str = PASSWORD) -> httpx.Response:
    return httpx.post(f"{url}/v1/auth/token", json={"email": email, "password": password}, timeout=60)


def asked_with(url: str, key: str) -> int:
    return answer_to(url, key).status_code


def answer_to(url: str, key: str) -> httpx.Response:
    return httpx.get(f"{url}/v1/results", headers={"Authorization": f"Bearer {key}"}, timeout=60)


def events(world: World) -> list[AuditEvent]:
    """Return the audit events of the topic, in the order in which the broker took them."""
    with topic_log(world) as log:
        messages = list(log.read(log.spans([ACTIVITY])))
    found = [(message.origin.appended_at_ms, parse_activity(message.value or b"")) for message in messages]
    return [event for _, event in sorted(found, key=lambda one: one[0]) if isinstance(event, AuditEvent)]


def forget_everything(world: World) -> None:
    """Let topic activity forget what it holds, as after its retention."""
    with topic_log(world) as log:
        ends = [TopicPartition(*at, span.end) for at, span in log.spans([ACTIVITY]).items()]
    admin = AdminClient(client_configuration(world.settings.kafka))
    for done in admin.delete_records(ends).values():
        done.result(20)
