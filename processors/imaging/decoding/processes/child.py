"""A process that decodes what may take long or crash. It may be killed at any moment, and it knows no secrets.

Run as ``python -m processors.imaging.decoding.processes.child SOCKET PARENT MEMORY``: the number of the socket to its
worker, the worker's process id, and the bytes that it may take beyond what it starts with.
"""

import ctypes
import math
import os
import resource
import signal
import socket
import sys
from pathlib import Path

from PIL import AvifImagePlugin

from infra.errors import Rejected
from processors.imaging.decoding.decode import DecodedImage, decode, quiet_parsers
from processors.imaging.decoding.processes.wire import (
    ChannelClosed,
    DecoderReply,
    Request,
    receive_request,
    send_answer,
    send_image,
)
from schemas.dead_letters import Reason

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
PAGE_BYTES = resource.getpagesize()
STDERR = 2


def main(arguments: list[str]) -> None:
    """Decode until the worker closes the socket or ends."""
    channel, parent, memory = socket.socket(fileno=int(arguments[0])), int(arguments[1]), int(arguments[2])
    _die_with(parent)
    _confine(memory)
    quiet_parsers()
    # One image is one thread's work, as in a worker.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    send_answer(channel, DecoderReply())
    _close_stderr()
    try:
        while True:
            _serve(channel)
    except (ChannelClosed, ConnectionError):
        return


def _serve(channel: socket.socket) -> None:
    request, data = receive_request(channel)
    found = _decode(request, data)
    if isinstance(found, DecoderReply):
        send_answer(channel, found)
    else:
        send_image(channel, found, request.views)


def _decode(request: Request, data: bytes) -> DecodedImage | DecoderReply:
    _allow_processor_time(request.timeout_s)
    try:
        return decode(data, request.views, request.max_pixels)
    except Rejected as error:
        return DecoderReply(reason=error.reason, detail=error.detail)
    except MemoryError:
        return DecoderReply(reason=Reason.DECODE_OUT_OF_MEMORY, detail="decoding takes more memory than an image may")


def _die_with(parent: int) -> None:
    """End at once when the worker does, even in the middle of an image, where an end of the socket goes unnoticed."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit()


def _confine(memory_bytes: int) -> None:
    """Limit memory, write no file and no core; what ends a worker is left to the worker, which closes the socket."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    if (size := Path("/proc/self/statm")).exists():
        _limit(resource.RLIMIT_AS, int(size.read_text().split()[0]) * PAGE_BYTES + memory_bytes)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def _allow_processor_time(seconds: float) -> None:
    """Let the system end this process should nobody else do it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _close_stderr() -> None:
    """Codecs write about odd files what no log should hold; until here an error in starting could be read."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR)
    os.close(nowhere)


if __name__ == "__main__":
    main(sys.argv[1:])
