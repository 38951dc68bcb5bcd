"""Passwords: argon2id as OWASP recommends it, in a bounded pool, and none that is easy to guess.

Parameters: OWASP Password Storage Cheat Sheet, 19 MiB of memory, two passes, one lane. The pool is bounded because each
check costs 19 MiB and tens of milliseconds: without a bound, log-in would be a way to overload the service.
"""

import asyncio
import os
import re
import secrets
import string
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from infra.errors import VedetteError

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
# As nice(1) counts.
YIELDING = 10

SHORTEST = 12
LONGEST = 256
FEWEST_DIFFERENT = 6
# A shorter account name stands in many a good password by chance.
SHORTEST_TELLING_NAME = 4
# What people type first; compared without case, digits and punctuation, so that "P-assword-2024!" is known as well.
COMMON = frozenset(resources.files("api.security.passwords").joinpath("common_passwords.txt").read_text().split())
# Those of twelve characters and more among the 40,000 passwords that leak most often: the lists of zxcvbn (MIT) and of
# Django (BSD) together. Compared as a whole.
LEAKED = frozenset(resources.files("api.security.passwords").joinpath("leaked_passwords.txt").read_text().splitlines())

Answer = TypeVar("Answer")

_HASHER = PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES),))
_LEETSPEAK = str.maketrans("013457@$!", "oieastasi")


class WeakPassword(VedetteError, ValueError):
    """The password is easy to guess; the message says why and never repeats it."""


class PasswordQueueFull(VedetteError):
    """More passwords wait to be checked than may; trying again in a moment is right."""


def require_strong_password(password: str, email: str) -> str:
    """Return ``password`` unchanged; raises ``WeakPassword``."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"the password must have {SHORTEST} to {LONGEST} characters")
    folded = password.casefold()
    if len(set(folded)) < FEWEST_DIFFERENT:
        raise WeakPassword(f"the password must have at least {FEWEST_DIFFERENT} different characters")
    if folded in LEAKED:
        raise WeakPassword("the password is one that everybody tries first; a few random words are better")
    core = folded.strip(string.digits + string.punctuation)
    if not COMMON.isdisjoint({_letters(folded), _letters(core.translate(_LEETSPEAK))}):
        raise WeakPassword("the password is one that everybody tries first; a few random words are better")
    if folded.isdigit():
        raise WeakPassword("the password must not be digits alone")
    name = email.casefold().partition("@")[0]
    if len(name) >= SHORTEST_TELLING_NAME and name in folded:
        raise WeakPassword("the password must not hold the account's name")
    return password


def hash_password(password: str) -> str:
    """Return the argon2id string of ``password``; takes tens of milliseconds and 19 MiB."""
    return _HASHER.hash(password)


@cache
def _decoy() -> str:
    """Return the hash of a password that nobody knows, made once in a process."""
    return hash_password(secrets.token_urlsafe())


class PasswordHashing:
    """Checks passwords in a few threads; more than ``queue`` waiting callers are turned away."""

    def __init__(self, threads: int, queue: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "password-hash", _yield_to_others)
        self._turns = _Turns()
        self._free = threads + queue
        self._decoy = _decoy()

    async def verify(self, password: str, expected: str | None) -> bool:
        """Whether ``expected`` is the hash of ``password``.

        Without one, as for an unknown account, the answer is no and takes as long. Raises ``PasswordQueueFull``.
        """
        matches = await self._run(lambda: _HASHER.verify(password, expected or self._decoy))
        return matches and expected is not None

    async def hash(self, password: str) -> str:
        """Return the argon2id string of ``password``; raises ``PasswordQueueFull``."""
        return await self._run(lambda: hash_password(password))

    def close(self) -> None:
        """Let the threads end once they are done."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, check: Callable[[], Answer]) -> Answer:
        if self._free == 0:
            raise PasswordQueueFull("too many people log in at once")
        self._free -= 1
        checking = asyncio.get_running_loop().run_in_executor(self._pool, self._turns.take, check)
        # A caller who leaves frees nothing: the thread goes on.
        checking.add_done_callback(self._release)
        return await asyncio.shield(checking)

    def _release(self, _checked: object) -> None:
        self._free += 1


class _Turns(threading.local):
    """Lets a thread that has checked a password rest for as long as that took before it checks the next.

    A check fills the processor's caches and its memory's bandwidth, which no priority can share: without a rest,
    whoever tries passwords without end would slow down all that reads. Nobody who comes alone waits.
    """

    def __init__(self) -> None:
        self._rests_until = 0.0

    def take(self, check: Callable[[], Answer]) -> Answer:
        time.sleep(max(0.0, self._rests_until - time.monotonic()))
        began = time.monotonic()
        try:
            return check()
        finally:
            ended = time.monotonic()
            self._rests_until = ended + (ended - began)


def _yield_to_others() -> None:
    """Let everything else on this machine go first: who logs in waits a moment, and who reads does not notice."""
    # Elsewhere a priority is a whole process'.
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # A process that was started with nice may not take any of it back.
        os.setpriority(os.PRIO_PROCESS, thread, max(YIELDING, os.getpriority(os.PRIO_PROCESS, thread)))


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)
