"""Attempts to deliver to a real server: signed, guarded, bounded, and told in words."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
import trustme
from standardwebhooks.webhooks import WebhookVerificationError

from infra.settings.webhooks import WebhookSettings
from infra.webhooks.secrets import new_secret
from infra.webhooks.sending import KEPT_CHARACTERS, Parcel, WebhookSender
from tests.webhook_receiver import Receiver, receiving

BODY = '{"type":"image.recognised","timestamp":"2026-03-01T12:00:00Z","data":{"image_id":"Käse 🐕"}}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@asynccontextmanager
async def sending(receiver: Receiver, **settings: object) -> AsyncIterator[WebhookSender]:
    given = {"allowed_private_hosts": [receiver.host], "timeout_s": 30, **settings}
    sender = WebhookSender(WebhookSettings.model_validate(given))
    try:
        yield sender
    finally:
        await sender.close()


def parcel(url: str, *secrets: str) -> Parcel:
    return Parcel(url, "msg_1", BODY, secrets or (new_secret(),))


async def test_a_delivery_is_verified_by_the_library_of_the_specification(receiver: Receiver) -> None:
    secret, older = new_secret(), new_secret()
    async with sending(receiver) as sender:
        attempt = await sender.send(parcel(receiver.url("/ok?token=x"), secret, older))
    assert (attempt.code, attempt.error, attempt.answer) == (200, None, None)
    [received] = receiver.at("/ok?token=x")
    assert received.body.decode() == BODY
    for one in (secret, older):
        assert received.verified(one)["data"] == {"image_id": "Käse 🐕"}
    with pytest.raises(WebhookVerificationError):
        received.verified(new_secret())
    assert received.headers["content-type"] == "application/json"
    assert set(received.headers) <= {
        *("host", "user-agent", "content-type", "content-length", "accept-encoding"),
        *("webhook-id", "webhook-timestamp", "webhook-signature"),
    }


@pytest.mark.parametrize("status", [400, 401, 404, 409, 410, 429, 500, 503])
async def test_a_refusal_is_told_with_its_status_and_the_beginning_of_its_body(receiver: Receiver, status: int) -> None:
    receiver.statuses["/refuses"] = [status]
    async with sending(receiver) as sender:
        attempt = await sender.send(parcel(receiver.url("/refuses")))
    assert attempt.code == status
    assert attempt.error
    assert attempt.answer == "it is what it is"
    assert attempt.retry_after_s == (120 if status == 429 else None)
    assert "retry_after_s" not in attempt.model_dump()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.statuses["/moved"] = [status]
    async with sending(receiver) as sender:
        attempt = await sender.send(parcel(receiver.url("/moved")))
    assert attempt.code == status
    assert "redirects" in str(attempt.error)
    assert receiver.at("/elsewhere") == []


async def test_an_endpoint_that_does_not_answer_costs_no_more_than_the_timeout(receiver: Receiver) -> None:
    async with sending(receiver, timeout_s=0.3) as sender:
        attempt = await sender.send(parcel(receiver.url("/held")))
    assert attempt.error == "The endpoint did not answer within 0.3 s."
    assert attempt.code is None


@pytest.mark.parametrize("status", [200, 500])
async def test_of_a_huge_answer_little_is_read_and_less_is_kept(receiver: Receiver, status: int) -> None:
    receiver.statuses["/huge"] = [status]
    async with sending(receiver) as sender:
        attempt = await sender.send(parcel(receiver.url("/huge")))
        again = await sender.send(parcel(receiver.url("/ok")))
    assert attempt.code == status
    assert len(attempt.answer or "") == (KEPT_CHARACTERS if status == 500 else 0)
    assert again.is_success


async def test_what_cannot_be_reached_is_told(receiver: Receiver) -> None:
    nowhere = Receiver(port=1)
    async with sending(receiver, allowed_private_hosts=[receiver.host, nowhere.host]) as sender:
        attempt = await sender.send(parcel(nowhere.url("/")))
    assert "cannot be reached" in str(attempt.error)


async def test_a_server_that_speaks_no_http_is_told(receiver: Receiver) -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    mail = Receiver(port=server.sockets[0].getsockname()[1])
    async with sending(receiver, allowed_private_hosts=[mail.host]) as sender:
        attempt = await sender.send(parcel(mail.url("/")))
    server.close()
    assert attempt.error
    assert not attempt.is_success


async def test_a_private_address_is_refused_when_a_name_leads_there_at_last(receiver: Receiver) -> None:
    """The name was judged when it was entered; now it answers otherwise."""

    async def rebound(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    sender = WebhookSender(WebhookSettings(), resolve=rebound)
    attempt = await sender.send(parcel(f"https://hooks.example:{receiver.port}/ok"))
    await sender.close()
    assert "private network" in str(attempt.error)
    assert "VEDETTE_WEBHOOKS__ALLOWED_PRIVATE_HOSTS" in str(attempt.error)
    assert receiver.received == []


async def test_a_private_address_is_refused_though_the_store_holds_it(receiver: Receiver) -> None:
    sender = WebhookSender(WebhookSettings())
    attempt = await sender.send(parcel(receiver.url("/ok")))
    await sender.close()
    assert not attempt.is_success
    assert receiver.received == []


async def test_a_network_that_is_open_is_reached_by_its_addresses(receiver: Receiver) -> None:
    sender = WebhookSender(WebhookSettings.model_validate({"allowed_private_networks": "127.0.0.0/8"}))
    attempt = await sender.send(parcel(receiver.url("/ok")))
    await sender.close()
    assert attempt.is_success
    assert len(receiver.received) == 1


async def test_a_certificate_that_nobody_vouches_for_is_told_with_the_setting() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    sender = WebhookSender(WebhookSettings(allowed_private_hosts=[f"127.0.0.1:{port}"]))
    attempt = await sender.send(parcel(f"https://127.0.0.1:{port}/"))
    await sender.close()
    server.close()
    assert "VEDETTE_WEBHOOKS__CA_LOCATION" in str(attempt.error)
