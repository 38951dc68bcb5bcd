"""Passwords: slow to guess, bounded to check, and none that is easy."""

import asyncio
import os
import subprocess
import sys
import threading
import time

import pytest

from api.security.passwords import hashing as passwords
from api.security.passwords.hashing import (
    LEAKED,
    PasswordHashing,
    PasswordQueueFull,
    WeakPassword,
    hash_password,
    require_strong_password,
)

GOOD = "violet anchors drift slowly"


def test_a_hash_is_argon2id_with_the_parameters_that_owasp_recommends() -> None:
    assert hash_password(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password(GOOD) != hash_password(GOOD)


async def test_a_thread_rests_as_long_as_a_check_took_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[float] = []
    ended: list[float] = []

    def check(_password: str, _expected: str) -> bool:
        began.append(time.monotonic())
        time.sleep(0.02)
        ended.append(time.monotonic())
        return True

    monkeypatch.setattr(passwords._HASHER, "verify", check)
    hashing = PasswordHashing(threads=1, queue=2)
    assert all(await asyncio.gather(*(hashing.verify(GOOD, "a hash") for _ in range(3))))
    for number in range(2):
        assert began[number + 1] - ended[number] >= ended[number] - began[number]
    hashing.close()


async def test_only_the_right_password_matches() -> None:
    hashing = PasswordHashing(1, 4)
    expected = hash_password(GOOD)
    assert await hashing.verify(GOOD, expected)
    assert not await hashing.verify("violet anchors drift swiftly", expected)
    hashing.close()


async def test_an_unknown_account_costs_a_check_as_well_and_never_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = PasswordHashing(1, 4)
    checked: list[str] = []
    verify = passwords._HASHER.verify

    def watched(password: str, expected: str) -> bool:
        checked.append(expected)
        return verify(password, expected)

    monkeypatch.setattr(passwords._HASHER, "verify", watched)
    assert not await hashing.verify(GOOD, None)
    assert checked[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    hashing.close()


async def test_a_check_lets_everything_else_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = PasswordHashing(threads=1, queue=0)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    priorities: list[int] = []

    def look(*_: object) -> bool:
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return True

    monkeypatch.setattr(passwords._HASHER, "verify", look)
    await hashing.verify(GOOD, "hash")
    hashing.close()
    assert priorities == [max(passwords.YIELDING, before)]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_process_that_was_started_with_nice_checks_passwords_too() -> None:
    program = """
import asyncio, os
from api.security.passwords.hashing import PasswordHashing

os.setpriority(os.PRIO_PROCESS, 0, 15)
if os.getuid() == 0:
    os.setuid(65534)
hashing = PasswordHashing(threads=1, queue=1)
print(asyncio.run(hashing.verify("no such password", None)))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout == "False\n", ended.stderr


async def test_a_full_queue_turns_callers_away_and_takes_them_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = PasswordHashing(threads=1, queue=1)
    gate = threading.Event()
    monkeypatch.setattr(passwords._HASHER, "verify", lambda *_: gate.wait(30))
    waiting = [asyncio.create_task(hashing.verify(GOOD, "hash")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(PasswordQueueFull):
        await hashing.verify(GOOD, "hash")
    gate.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await hashing.verify(GOOD, "hash")
    hashing.close()


async def test_a_caller_who_leaves_makes_no_room_while_the_thread_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = PasswordHashing(threads=1, queue=0)
    gate = threading.Event()
    monkeypatch.setattr(passwords._HASHER, "verify", lambda *_: gate.wait(30))
    leaving = asyncio.create_task(hashing.verify(GOOD, "hash"))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    with pytest.raises(PasswordQueueFull):
        await hashing.verify(GOOD, "hash")
    gate.set()
    hashing.close()


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "aaaaaaaaaaaaaaaa",
        "abababababab",
        "password2024!",
        "P-a-s-s-w-o-r-d-1-2-3",
        "p4ssw0rd1234",
        "correct horse battery staple",
        "qwertyuiop123",
        "ada.lovelace rules",
        "830275914628",
        "x" * 257,
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_without_repeating_it(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        require_strong_password(password, "Ada.Lovelace@shop.example")
    assert password not in str(refused.value)


def test_a_password_that_leaks_often_is_refused_in_any_case() -> None:
    assert len(LEAKED) == 351
    for password in LEAKED:
        for spelling in (password, password.upper()):
            with pytest.raises(WeakPassword):
                require_strong_password(spelling, "ada@shop.example")


@pytest.mark.parametrize("password", [GOOD, "x7!Kq9#mZp2$", "кот на тёплой крыше", "k" * 2 + "9f3QzL0wTrb2"])
def test_a_password_that_is_hard_to_guess_is_taken(password: str) -> None:
    assert require_strong_password(password, "ada@shop.example") == password


@pytest.mark.parametrize("email", ["v@shop.example", "an@shop.example", "rif@shop.example"])
def test_an_account_name_of_a_few_letters_rules_out_no_password(email: str) -> None:
    assert require_strong_password(GOOD, email) == GOOD
