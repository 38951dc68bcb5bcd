"""What a worker and the processes that decode for it say to each other, over a pair of sockets.

A request is trusted: this very worker pickled it. An answer is not, since hostile bytes may have taken the process
over: it is JSON of known fields, then raw pixels of the sizes that it names, checked on arrival.
"""

import pickle
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import Pixels, View
from schemas.camera_notes import NO_NOTES, CameraNotes
from schemas.dead_letters import Reason
from schemas.results import ResultWarning

LONGEST_ANSWER_BYTES = 65_536
LARGEST_VIEW_BYTES = 268_435_456

_LENGTH = struct.Struct(">Q")


class ChannelClosed(Exception):
    """The other side is gone, or says what it never should."""


@dataclass(frozen=True, slots=True)
class Request:
    """How one image is to be decoded, and how much processor time that may take."""

    views: tuple[View, ...]
    max_pixels: int
    timeout_s: float


class DecoderReply(BaseModel):
    """What became of one image: its sizes, or the reason why it was rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=0, ge=0)
    height: int = Field(default=0, ge=0)
    format: str = Field(default="", max_length=16)
    warnings: tuple[ResultWarning, ...] = Field(default=(), max_length=len(ResultWarning))
    notes: CameraNotes = NO_NOTES
    shapes: tuple[tuple[int, int], ...] = ()
    reason: Reason | None = None
    detail: str = Field(default="", max_length=1000)


def send_request(channel: socket.socket, request: Request, data: bytes, deadline: float) -> None:
    """Raises ``TimeoutError`` at ``deadline``, a reading of ``time.monotonic``; ``OSError`` where nobody listens."""
    for part in (pickle.dumps(request), data):
        channel.settimeout(_left(deadline))
        channel.sendall(_LENGTH.pack(len(part)))
        channel.sendall(part)


def receive_request(channel: socket.socket) -> tuple[Request, bytes]:
    """Wait for the next image; raises ``ChannelClosed`` once the worker is gone."""
    request = pickle.loads(_receive_sized(channel))  # noqa: S301 - from our own worker
    return request, bytes(_receive_sized(channel))


def send_image(channel: socket.socket, image: DecodedImage, views: Sequence[View]) -> None:
    """Send what ``views`` of an image look like, in their order."""
    pixels = [np.ascontiguousarray(image.views[view]) for view in views]
    shapes = tuple((view.shape[0], view.shape[1]) for view in pixels)
    send_answer(
        channel,
        DecoderReply(
            width=image.width,
            height=image.height,
            format=image.format,
            warnings=image.warnings,
            notes=image.notes,
            shapes=shapes,
        ),
    )
    for view in pixels:
        channel.sendall(view.data.cast("B"))


def send_answer(channel: socket.socket, answer: DecoderReply) -> None:
    body = answer.model_dump_json(exclude_defaults=True).encode()
    channel.sendall(_LENGTH.pack(len(body)) + body)


def receive_answer(channel: socket.socket, deadline: float) -> DecoderReply:
    """Raises ``TimeoutError``, ``ChannelClosed`` or ``ValueError``."""
    return DecoderReply.model_validate_json(_receive_sized(channel, LONGEST_ANSWER_BYTES, deadline))


def receive_image(channel: socket.socket, answer: DecoderReply, views: Sequence[View], deadline: float) -> DecodedImage:
    """Take the pixels that ``answer`` announced; raises ``TimeoutError``, ``ChannelClosed`` or ``ValueError``."""
    pixels = {view: _receive_view(channel, *shape, deadline) for view, shape in zip(views, answer.shapes, strict=True)}
    return DecodedImage(pixels, answer.width, answer.height, answer.format, answer.warnings, answer.notes)


def _receive_view(channel: socket.socket, height: int, width: int, deadline: float) -> Pixels:
    if min(height, width) < 1 or height * width * 3 > LARGEST_VIEW_BYTES:
        raise ChannelClosed(f"a view of {width} x {height} pixels")
    data = _receive(channel, height * width * 3, deadline)
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _receive_sized(channel: socket.socket, limit: int | None = None, deadline: float | None = None) -> bytearray:
    (size,) = _LENGTH.unpack(_receive(channel, _LENGTH.size, deadline))
    if limit is not None and size > limit:
        raise ChannelClosed(f"an answer of {size:,} bytes")
    return _receive(channel, size, deadline)


def _receive(channel: socket.socket, size: int, deadline: float | None) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        channel.settimeout(None if deadline is None else _left(deadline))
        count = channel.recv_into(rest)
        if not count:
            raise ChannelClosed("the other side is gone")
        rest = rest[count:]
    return data


def _left(deadline: float) -> float:
    """Return the seconds until ``deadline``; never 0, which would mean not to wait for what is there already."""
    return max(0.001, deadline - time.monotonic())
