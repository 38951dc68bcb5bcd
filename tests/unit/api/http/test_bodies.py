"""What is kept of bodies while they come."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive

from api.http.bodies import Bodies
from tests.event_loop import turns_of_the_loop


class Sender:
    """Sends pieces of a body, the last of them once it is told to."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = list(pieces)
        self.may_end = asyncio.Event()

    async def receive(self) -> Message:
        await asyncio.sleep(0)
        if len(self._pieces) == 1:
            await self.may_end.wait()
        piece = self._pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}


def gone_after(piece: bytes) -> Receive:
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    return receive


async def test_a_body_in_pieces_is_kept_as_one() -> None:
    sender = Sender([b"%d" % number for number in range(8)])
    sender.may_end.set()
    assert await Bodies(4).read(sender.receive) == [{"type": "http.request", "body": b"01234567", "more_body": False}]


async def test_a_caller_who_goes_away_is_told_of_after_what_came() -> None:
    whole = await Bodies(4).read(gone_after(b"half"))
    assert whole == [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]


async def test_slow_bodies_that_grow_beyond_the_memory_for_all_give_way_the_oldest_first() -> None:
    bodies = Bodies(slow_at_once=10, slow_bytes=20)
    senders = [Sender([b"12345678", b"9"]) for _ in range(3)]
    reads = []
    for sender in senders:
        reads.append(asyncio.create_task(bodies.read(sender.receive)))
        await turns_of_the_loop()
    assert [each.done() for each in reads] == [True, False, False]
    with pytest.raises(TimeoutError):
        await reads[0]
    for sender in senders[1:]:
        sender.may_end.set()
    assert [(await each)[0]["body"] for each in reads[1:]] == [b"123456789"] * 2
