"""One process that decodes, as its worker sees it: it answers in time, or it is killed."""

import os
import signal
import socket
import subprocess
import time

from infra.child_python import child_python
from infra.errors import Rejected, VedetteError
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.decoding.processes.wire import (
    ChannelClosed,
    Request,
    receive_answer,
    receive_image,
    send_request,
)
from schemas.dead_letters import Reason

START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 2.0
# Neither passwords nor keys of the worker are any business of a process that hostile bytes may take over.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class DecoderUnavailable(VedetteError):
    """A process that decodes cannot be started; the message is its own."""


class DecoderDied(VedetteError):
    """The process ended in the middle of an image; the message says how."""


class DecoderProcess:
    """Starts at once and decodes one image after the other, until it is no longer ``usable``."""

    def __init__(self, memory_bytes: int) -> None:
        """``memory_bytes`` is what it may take beyond what it starts with.

        Raises ``DecoderUnavailable``.
        """
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = _start(theirs, memory_bytes)
        self.usable = True
        self._await_start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def decode(self, request: Request, data: bytes) -> DecodedImage:
        """Decode one image; raises ``Rejected``, or ``DecoderDied`` where the process ended meanwhile."""
        deadline = time.monotonic() + request.timeout_s
        try:
            return self._ask(request, data, deadline)
        except TimeoutError:
            raise self._timed_out(request) from None
        except (ChannelClosed, OSError, ValueError):
            self.end()
            if self._process.returncode == -signal.SIGXCPU:
                raise self._timed_out(request) from None
            raise DecoderDied(_ending(self._process.returncode)) from None

    def end(self) -> None:
        """Let it end, which it does when nobody talks to it any more; kill it where it does not."""
        self.usable = False
        self._channel.close()
        try:
            self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._kill()

    def _ask(self, request: Request, data: bytes, deadline: float) -> DecodedImage:
        send_request(self._channel, request, data, deadline)
        answer = receive_answer(self._channel, deadline)
        if answer.reason is None:
            return receive_image(self._channel, answer, request.views, deadline)
        if answer.reason is Reason.DECODE_OUT_OF_MEMORY:
            self._kill()
        raise Rejected(answer.reason, answer.detail)

    def _timed_out(self, request: Request) -> Rejected:
        self._kill()
        return Rejected(Reason.DECODE_TIMEOUT, f"decoding took longer than the {request.timeout_s:g} s allowed")

    def _kill(self) -> None:
        self.usable = False
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def _await_start(self) -> None:
        try:
            receive_answer(self._channel, time.monotonic() + START_TIMEOUT_S)
        except (ChannelClosed, OSError, ValueError) as error:
            self._kill()
            said = self._process.stderr.read().decode(errors="replace").strip() if self._process.stderr else ""
            last = said.splitlines()[-1] if said else type(error).__name__
            raise DecoderUnavailable(f"a process that decodes images could not be started: {last}") from None
        finally:
            if self._process.stderr:
                self._process.stderr.close()


def _start(channel: socket.socket, memory_bytes: int) -> "subprocess.Popen[bytes]":
    command = child_python("-m", "processors.imaging.decoding.processes.child")
    arguments = [str(channel.fileno()), str(os.getpid()), str(memory_bytes)]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and numbers
        [*command, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[channel.fileno()],
        env={**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **ONE_THREAD},
    )


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
