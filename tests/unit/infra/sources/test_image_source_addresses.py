"""Connections go to the very address that was checked, whatever a name answers later."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from infra.errors import Rejected, SourceUnavailable
from infra.settings.recognition import SourceSettings
from infra.sources.addresses import is_public
from infra.sources.image_source import ImageSource
from infra.sources.network import GuardedNetwork, SystemResolver
from schemas.dead_letters import Reason

ANYWHERE = ["https://img.shop.example/"]


class Answers:
    """A resolver that gives each of its answers once, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.left = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(f"{host}:{port}")
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def closed(host: str, port: int) -> bool:
    return False


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"])
def test_a_public_address_is_open(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["224.0.0.1"], ["::1"], ["fe80::1%2"],
        ["::ffff:10.0.0.1"], ["64:ff9b::a00:1"], ["2002:a00:1::"], ["fd00::1"],
        ["93.184.215.14", "127.0.0.1"], ["2606:4700::1111", "::1"],
    ],
)  # fmt: skip
async def test_a_name_with_any_private_address_is_refused(answer: list[str]) -> None:
    source = ImageSource(SourceSettings(attempts=1), resolve=Answers(answer))
    try:
        with pytest.raises(Rejected) as refusal:
            await source.fetch("https://img.shop.example/a.jpg?sig=1", allowed_prefixes=ANYWHERE)
    finally:
        await source.close()
    assert refusal.value.reason is Reason.ADDRESS_NOT_ALLOWED


async def test_a_name_is_resolved_once_for_a_connection_so_that_it_cannot_change_its_answer() -> None:
    async with asyncio.timeout(300):
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        rebinding = Answers(["127.0.0.1"], ["127.0.0.2"])
        network = GuardedNetwork(rebinding, lambda host, asked_port: (host, asked_port) == ("img.shop.example", port))
        stream = await network.connect_tcp("img.shop.example", port)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        assert rebinding.asked == [f"img.shop.example:{port}"]
        await stream.aclose()
        server.close()
        await server.wait_closed()


async def test_a_name_that_turns_private_after_its_first_answer_is_refused_at_the_next_connection() -> None:
    rebinding = Answers(["93.184.215.14"], ["127.0.0.1"])
    await rebinding("img.shop.example", 443)
    with pytest.raises(Rejected) as refusal:
        await GuardedNetwork(rebinding, closed).connect_tcp("img.shop.example", 443)
    assert refusal.value.reason is Reason.ADDRESS_NOT_ALLOWED


async def test_a_literal_address_is_checked_at_the_connection_as_well() -> None:
    answers = Answers(["93.184.215.14"])
    with pytest.raises(Rejected):
        await GuardedNetwork(answers, closed).connect_tcp("127.0.0.1", 443)
    assert answers.asked == []


async def test_a_socket_of_this_machine_is_never_connected_to() -> None:
    with pytest.raises(Rejected):
        await GuardedNetwork(Answers(["93.184.215.14"]), closed).connect_unix_socket("/run/docker.sock")


async def test_a_server_without_an_address_is_unavailable() -> None:
    with pytest.raises(SourceUnavailable):
        await GuardedNetwork(Answers([]), closed).connect_tcp("img.shop.example", 443)


async def test_the_system_resolves_short_forms_of_an_address_to_what_they_mean() -> None:
    resolver = SystemResolver()
    try:
        assert await resolver("127.1", 443) == ["127.0.0.1"]
        with pytest.raises(SourceUnavailable):
            await resolver("no-such-name.invalid", 443)
    finally:
        resolver.close()
