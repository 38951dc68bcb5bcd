"""Secrets on their way through the whole platform: in no log, no topic, neither store.

A signed address stands where a worker must find it: in the message of its reference, and in that message where it could
not be recognised. `docs/explanation/security.md` says so.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from confluent_kafka import Message

from infra.cassandra.session import CassandraSession
from infra.settings.servers import CassandraSettings
from schemas.topics import ACTIVITY, DEAD_LETTERS, RECOGNITION_RESULTS
from tests.platforms import PASSWORD, RunningPlatform, eventually
from tests.searchable import everything_searchable
from tests.topic_tail import TopicTail

pytestmark = pytest.mark.long

SIGNATURE = "canary5f2b9c0e77"
EMAIL, ADMIN = "canary@canaries.example", "keeper@canaries.example"
OUTCOMES = (RECOGNITION_RESULTS, DEAD_LETTERS, ACTIVITY)
TABLES = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?"


def test_no_secret_stays_behind(platform: RunningPlatform) -> None:
    with ExitStack() as open_ones:
        tails = [open_ones.enter_context(TopicTail(platform.settings.kafka, topic)) for topic in OUTCOMES]
        secrets = use_secrets(platform)
        told = [message for tail in tails for message in tail.read_to_end()]
    assert told, "nothing was published: the test would see nothing"
    places = {
        "a topic": "\n".join(map(text_of, told)),
        "a log": "".join(logs_of(platform)),
        "Cassandra": asyncio.run(everything_in(platform.settings.cassandra)),
        "Elasticsearch": everything_searchable(platform),
    }
    assert all("canaries" in places[place] for place in ("a topic", "Cassandra", "Elasticsearch"))
    for place, text in places.items():
        for name, secret in secrets.items():
            assert secret not in text, f"{name} is in {place}"


def use_secrets(platform: RunningPlatform) -> dict[str, str]:
    """Log in rightly and wrongly, make and use a key, send signed addresses; return what must not stay."""
    picture = (platform.pictures / "chelsea.jpg").as_uri()
    platform.create_account(
        EMAIL, "canaries", allow=("https://img.canaries.example/", picture.rpartition("/")[0] + "/")
    )
    platform.create_account(ADMIN, "canaries", role="admin")
    wrong = "canary that was never right"
    with httpx.Client(base_url=platform.url, timeout=30) as anybody:
        assert anybody.post("/v1/auth/token", json={"email": EMAIL, "password": wrong}).status_code == 401
        pair = anybody.post("/v1/auth/token", json={"email": EMAIL, "password": PASSWORD}).json()
        anybody.get("/v1/images", params={"access_token": pair["access_token"], "sig": SIGNATURE})
    with platform.client(EMAIL) as client:
        key = client.post("/v1/api-keys", json={"name": "canary", "scopes": ["images:write", "results:read"]}).json()[
            "key"
        ]
    with httpx.Client(base_url=platform.url, timeout=30, headers={"Authorization": f"Bearer {key}"}) as program:
        send_signed_addresses(platform, program, picture)
    with platform.client(ADMIN) as admin:
        letters = admin.get("/v1/dead-letters", params={"owner": "canaries"}).json()["items"]
        shown = [admin.get(f"/v1/dead-letters/{letter['id']}").text for letter in letters]
    assert shown
    assert SIGNATURE not in str(shown)
    return {
        "password": PASSWORD,
        "wrong password": wrong,
        "access token": pair["access_token"].rpartition(".")[2],
        "refresh token": pair["refresh_token"],
        "API key": key.rpartition("_")[2],
        "signature": SIGNATURE,
    }


def send_signed_addresses(platform: RunningPlatform, program: httpx.Client, picture: str) -> None:
    """By the API, by a producer who may not, and a picture that is recognised, so that each way was gone."""
    signed = f"https://img.canaries.example/a.jpg?X-Amz-Signature={SIGNATURE}"
    sent = program.post("/v1/images", json={"images": [{"uri": signed}, {"uri": picture, "image_id": "seen"}]})
    assert sent.status_code == 202, sent.text
    assert SIGNATURE not in sent.text
    refused = program.post("/v1/images", json={"images": [{"uri": signed.replace("img.", "other.")}]})
    assert (refused.status_code, SIGNATURE in refused.text) == (422, False)
    platform.publish(owner="canaries", uri=signed.replace("img.", "other."), image_id="closed")
    for name, status in {"seen": "recognised", "closed": "rejected"}.items():
        eventually(lambda name=name, status=status: f'"status":"{status}"' in program.get(f"/v1/images/{name}").text)


def text_of(message: Message) -> str:
    """Return what a message tells; of a dead letter all but the message that it keeps as it came."""
    value = b"" if message.topic() == DEAD_LETTERS else (message.value() or b"")
    return f"{message.key()!r} {message.headers()!r} {value!r}"


def logs_of(platform: RunningPlatform) -> Iterator[str]:
    for path in (platform.settings.home / "logs").glob("*.log"):
        yield path.read_text(errors="replace")


async def everything_in(settings: CassandraSettings) -> str:
    """Return every cell of the keyspace as text; bytes as Latin-1, so that a text within is found."""
    session = await CassandraSession.connect(settings)
    try:
        tables = [row.table_name for row in await session.execute(TABLES, (settings.keyspace,))]
        cells = []
        for table in tables:
            async for row in session.stream(f"SELECT * FROM {{keyspace}}.{table}"):  # noqa: S608 - its own names
                cells += [cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in row]
    finally:
        await session.close()
    return "\n".join(cells)
