"""The API as its own process on real servers: log-in, sending, reading, isolation, and stores that go away."""

import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.results import ResultIndex
from infra.embedded.homes.ports import answers
from infra.embedded.platform import Platform
from infra.settings.settings import Settings
from schemas.answers import Label
from schemas.images import ImageIdentity, Origin
from schemas.results import RecognitionResult
from schemas.topics import ACTIVITY, IMAGE_REFERENCES
from schemas.wire import parse_reference
from tests import samples
from tests.platforms import eventually
from tests.served import PASSWORD, STOP_TIMEOUT_S, Served, served
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail


@pytest.fixture(scope="module")
def api(stack: RunningStack) -> Iterator[Served]:
    Platform(stack.settings).migrate()
    with served(stack.settings) as api:
        yield api


@pytest.fixture(scope="module")
def workspace() -> str:
    """A workspace of this run, so that what other tests left in the stores does not show."""
    return f"w{uuid4().hex[:10]}"


@pytest.fixture(scope="module")
def member(api: Served, workspace: str) -> Iterator[httpx.Client]:
    with api.log_in(api.create_account(workspace)) as client:
        yield client


@pytest.fixture(scope="module")
def stranger(api: Served, workspace: str) -> Iterator[httpx.Client]:
    with api.log_in(api.create_account(f"{workspace}-b")) as client:
        yield client


def recognised(owner: str, image_id: str, at: datetime, *labels: Label) -> RecognitionResult:
    origin = Origin(topic=IMAGE_REFERENCES, partition=0, offset=1, appended_at_ms=int(at.timestamp() * 1000))
    return samples.result(owner, image_id, of=origin, labels=labels or (samples.CAT,), recognised_at=at)


async def save(settings: Settings, *results: RecognitionResult) -> None:
    """Save results as the workers ``store`` and ``index`` do, and make them searchable at once."""
    store, index = await ResultStore.connect(settings.cassandra), ResultIndex.connect(settings.elasticsearch)
    try:
        await store.save_accepted(
            [(samples.reference(result.owner, result.image_id), result.origin) for result in results]
        )
        await store.save_results(results)
        await index.save_results(results)
        await index.refresh()
    finally:
        await store.close()
        await index.close()


def send(client: httpx.Client, owner: str, image_id: str) -> httpx.Response:
    image = {"uri": f"s3://{owner}-media/{image_id}", "image_id": image_id}
    return client.post("/v1/images", json={"images": [image]})


def pages(client: httpx.Client, path: str, **params: Any) -> list[str]:
    """Return the names of all images of a list, page after page."""
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(path, params={**params, **cursor})
        assert answer.status_code == 200, answer.text
        names += [item["image_id"] for item in answer.json()["items"]]
        if "next_cursor" not in answer.json():
            return names
        cursor = {"cursor": answer.json()["next_cursor"]}


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return body


def test_an_image_is_pending_straight_after_it_was_sent_and_then_recognised(
    api: Served, member: httpx.Client, workspace: str
) -> None:
    assert send(member, workspace, "mug.jpg").status_code == 202
    assert member.get("/v1/images/mug.jpg").json()["status"] == "pending"
    asyncio.run(save(api.settings, recognised(workspace, "mug.jpg", datetime.now(UTC))))
    view = member.get("/v1/images/mug.jpg").json()
    assert view["status"] == "recognised"
    assert view["result"]["features"]["labels"]["labels"][0]["name"] == "Egyptian cat"
    assert len(member.get("/v1/images/mug.jpg/history").json()["items"]) == 1


def test_a_recognised_image_that_is_sent_anew_is_pending_at_once(
    api: Served, member: httpx.Client, workspace: str
) -> None:
    asyncio.run(save(api.settings, recognised(workspace, "again.jpg", datetime.now(UTC) - timedelta(minutes=1))))
    assert member.get("/v1/images/again.jpg").json()["status"] == "recognised"
    assert send(member, workspace, "again.jpg").status_code == 202
    view = member.get("/v1/images/again.jpg").json()
    assert (view["status"], view.get("result")) == ("pending", None)


def test_what_is_sent_lies_in_kafka_when_the_answer_comes(api: Served, member: httpx.Client, workspace: str) -> None:
    with TopicTail(api.settings.kafka, IMAGE_REFERENCES) as tail:
        assert send(member, workspace, "cup.jpg").status_code == 202
        [message] = tail.read(1)
    reference = parse_reference(message.value() or b"")
    assert reference.identity == ImageIdentity(owner=workspace, image_id="cup.jpg")
    assert message.key() == reference.identity.image_key.encode()


def test_lists_and_searches_find_what_was_recognised_page_by_page(
    api: Served, member: httpx.Client, workspace: str
) -> None:
    start = datetime.now(UTC) + timedelta(minutes=1)
    espresso = Label(name="espresso", confidence=0.93)
    images = [recognised(workspace, f"e{n}.jpg", start + timedelta(seconds=n), espresso) for n in range(7)]
    asyncio.run(save(api.settings, *images))
    newest_first = [f"e{n}.jpg" for n in reversed(range(7))]
    assert pages(member, "/v1/results", label="espresso", min_confidence=0.9, limit=3) == newest_first
    assert pages(member, "/v1/results", label="espresso", min_confidence=0.94) == []
    assert pages(member, "/v1/search", q="espresso", limit=4) == newest_first
    assert pages(member, "/v1/results", since=images[5].recognised_at.isoformat()) == newest_first[:2]
    assert pages(member, "/v1/images", limit=2)[:7] == newest_first


def test_a_cursor_of_another_list_is_refused(api: Served, member: httpx.Client, workspace: str) -> None:
    asyncio.run(save(api.settings, *(recognised(workspace, f"c{n}.jpg", datetime.now(UTC)) for n in range(3))))
    cursor = member.get("/v1/results", params={"limit": 1}).json()["next_cursor"]
    answer = member.get("/v1/results", params={"cursor": cursor, "label": "espresso"})
    assert problem(answer, 422)["errors"][0]["field"] == "cursor"


def test_another_workspace_sees_nothing_and_changes_nothing(
    api: Served, member: httpx.Client, stranger: httpx.Client, workspace: str
) -> None:
    asyncio.run(save(api.settings, recognised(workspace, "plans.jpg", datetime.now(UTC))))
    theirs = stranger.get("/v1/images/plans.jpg", params={"owner": workspace})
    unknown = stranger.get("/v1/images/never.jpg")
    problem(theirs, 404)
    assert theirs.content == unknown.content
    assert "plans.jpg" in pages(member, "/v1/results")
    assert "plans.jpg" in pages(member, "/v1/search", q="egyptian")
    assert pages(stranger, "/v1/results") == pages(stranger, "/v1/search", q="egyptian") == []
    problem(stranger.get("/v1/results", params={"owner": workspace}), 403)
    assert send(stranger, f"{workspace}-b", "plans.jpg").status_code == 202
    assert stranger.get("/v1/images/plans.jpg").json()["status"] == "pending"
    assert member.get("/v1/images/plans.jpg").json()["status"] == "recognised"


def test_administrators_see_dead_letters_and_others_do_not(api: Served, member: httpx.Client, workspace: str) -> None:
    async def reject() -> None:
        store = await ResultStore.connect(api.settings.cassandra)
        now = Origin(topic=IMAGE_REFERENCES, partition=0, offset=7, appended_at_ms=int(time.time() * 1000))
        await store.save_rejections([samples.rejection(workspace, "torn.jpg", of=now)])
        await store.close()

    asyncio.run(reject())
    problem(member.get("/v1/dead-letters"), 403)
    with api.log_in(api.create_account(workspace, "admin")) as admin:
        assert pages(admin, "/v1/dead-letters", owner=workspace) == ["torn.jpg"]
    assert member.get("/v1/images/torn.jpg").json()["reason"] == "corrupt_image"


def test_no_token_and_a_wrong_password_are_refused(api: Served, workspace: str) -> None:
    problem(httpx.get(f"{api.url}/v1/results"), 401)
    wrong = {"email": f"user@{workspace}.example", "password": "not the password"}
    problem(httpx.post(f"{api.url}/v1/auth/token", json=wrong, timeout=30), 401)


def test_the_signing_key_is_private_and_outlives_a_restart(api: Served, member: httpx.Client) -> None:
    key = api.settings.home / "secrets" / "api-signing-key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with served(api.settings) as again:
        answer = httpx.get(f"{again.url}/v1/workspaces", headers=member.headers, timeout=30)
    assert answer.status_code == 200


def test_a_request_that_runs_is_answered_before_the_server_stops(api: Served) -> None:
    body = b'{"email": "nobody@shop.example", "password": "violet anchors drift"}'
    with served(api.settings) as again, closing(HTTPConnection("127.0.0.1", httpx.URL(again.url).port)) as connection:
        connection.putrequest("POST", "/v1/auth/token")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[:20])
        # Once another request was answered, this one has been taken up.
        assert httpx.get(f"{again.url}/healthz").status_code == 200
        again.process.send_signal(signal.SIGTERM)
        eventually(lambda: not answers(httpx.URL(again.url).port or 0))
        connection.send(body[20:])
        assert connection.getresponse().status == 401
        assert again.process.wait(STOP_TIMEOUT_S) == 0


def test_an_account_is_registered_by_mail_its_password_replaced_and_each_step_audited(api: Served) -> None:
    email, forgotten = f"ada-{uuid4().hex[:8]}@shop.example", "orchids whisper at noon"

    def token(path: str) -> str:
        """Ask for a letter, and return the token that lies in the outbox."""
        assert httpx.post(f"{opened.url}{path}", json={"email": email}, timeout=60).status_code == 202
        seen = set(tokens)
        eventually(lambda: bool(set(_tokens_for(api.settings, email)) - seen))
        [new] = set(_tokens_for(api.settings, email)) - seen
        tokens.append(new)
        return new

    tokens: list[str] = []
    with (
        served(api.settings, VEDETTE_API__REGISTRATION="open") as opened,
        TopicTail(api.settings.kafka, ACTIVITY) as tail,
    ):
        body = {"token": token("/v1/auth/register"), "password": forgotten}
        made = httpx.post(f"{opened.url}/v1/auth/register/confirm", json=body, timeout=60)
        assert made.status_code == 201, made.text
        again = httpx.post(f"{opened.url}/v1/auth/register/confirm", json=body, timeout=60)
        assert problem(again, 422)["errors"][0]["field"] == "token"
        body = {"token": token("/v1/auth/password/forgot"), "password": PASSWORD}
        assert httpx.post(f"{opened.url}/v1/auth/password/reset", json=body, timeout=60).status_code == 204
        with opened.log_in(email) as client:
            assert client.get("/v1/me").json()["email"] == email
        messages = tail.read(3, naming=made.json()["id"])
    actions = [json.loads(message.value() or b"")["action"] for message in messages]
    assert actions == ["account.registered", "account.password_reset", "account.logged_in"]


def _tokens_for(settings: Settings, email: str) -> list[str]:
    letters = [path.read_text() for path in (settings.home / "outbox").glob("*.eml")]
    return [found[0] for text in letters if email in text and (found := re.search(r"vdm_[\w-]{43}", text))]


def test_images_are_refused_while_too_many_wait_for_recognition(api: Served, workspace: str) -> None:
    email = api.create_account(workspace)
    with served(api.settings, VEDETTE_API__MAX_BACKLOG="1") as narrow, narrow.log_in(email) as client:
        # No worker runs: the first that is let in waits, and the next look at the group finds it.
        refused = eventually(lambda: answer if (answer := send(client, workspace, "x")).status_code != 202 else None)
        assert problem(refused, 429)["reason"] == "backlog"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert client.get("/v1/images").status_code == 200


def test_more_senders_than_fit_are_answered_or_refused_and_readers_are_answered(api: Served, workspace: str) -> None:
    email = api.create_account(workspace)
    narrow = {"VEDETTE_API__MAX_SUBMISSIONS": "1", "VEDETTE_API__MAX_WAITING_SUBMISSIONS": "1"}
    with served(api.settings, **narrow) as served_narrowly, served_narrowly.log_in(email) as client:
        with ThreadPoolExecutor(20) as pool:
            sends = [pool.submit(send, client, workspace, f"crowd-{number}") for number in range(100)]
            reads = [pool.submit(client.get, "/v1/images") for _ in range(5)]
            answers = [sending.result() for sending in sends]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert {answer.status_code for answer in answers} == {202, 429}
        assert {(problem(answer, 429)["reason"], answer.headers["Retry-After"]) for answer in refused} == {
            ("busy", "1")
        }
        assert {read.result().status_code for read in reads} == {200}


def test_a_second_account_of_one_address_is_refused_in_one_line(api: Served, workspace: str) -> None:
    email = api.create_account(workspace)
    command = [sys.executable, "-m", "infra.cli", "admin", "create", "--email", email.upper(), "--workspace", workspace]
    environment = {**os.environ, "VEDETTE_HOME": str(api.settings.home), "VEDETTE_ADMIN_PASSWORD": PASSWORD}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.strip() == "error an account with this e-mail address exists already"


def test_workspaces_are_listed_made_and_allowed_more_from_the_command_line(api: Served) -> None:
    name = f"w{uuid4().hex[:10]}"
    platform = Platform(api.settings)
    with TopicTail(api.settings.kafka, ACTIVITY) as tail:
        platform.run("admin", "workspace", "create", name, "--name", "The shop")
        platform.run("admin", "workspace", "allow", name, "s3://shop-*/")
        platform.run("admin", "workspace", "change", name, "--default-features", "objects, text")
        recorded = [json.loads(message.value() or b"") for message in tail.read(3, naming=name)]
    assert [event["action"] for event in recorded] == ["workspace.created", *["workspace.changed"] * 2]
    listed = platform.run("admin", "workspace", "list")
    assert name in listed
    assert "s3://shop-*/" in listed
    assert "objects, text" in listed


@pytest.mark.parametrize("server", ["elasticsearch", "cassandra", "kafka"])
def test_a_server_that_is_down_is_a_503_that_passes(
    stack: RunningStack, api: Served, member: httpx.Client, workspace: str, server: str
) -> None:
    def ask() -> httpx.Response:
        if server == "kafka":
            return send(member, workspace, "late.jpg")
        return member.get("/v1/results" if server == "elasticsearch" else "/v1/images")

    def is_well() -> bool:
        return ask().is_success and member.get("/readyz").status_code == 200

    eventually(is_well)
    stack.kill(server)
    try:
        answer = ask()
        assert int(answer.headers["Retry-After"]) > 0
        assert "127.0.0.1" not in str(problem(answer, 503))
        eventually(lambda: member.get("/readyz").status_code == 503)
        assert problem(member.get("/readyz"), 503)["checks"][server]["ok"] is False
        assert member.get("/healthz").status_code == 200
    finally:
        stack.restart(server)
    eventually(is_well)
