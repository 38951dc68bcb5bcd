"""Where passwords come from: standard input, the environment, or somebody who types them, judged before typed twice."""

import io

import pytest
import typer

from api.security.passwords import input as password_input
from api.security.passwords.hashing import WeakPassword, require_strong_password
from infra.errors import ConfigurationError

PASSWORD = "violet anchors drift slowly"  # noqa: S105 - of an account that lives as long as a test


def accept(password: str) -> str:
    return require_strong_password(password, "ada@shop.example")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody types, in turn, at a terminal."""
    lines: list[str] = []
    monkeypatch.delenv("VEDETTE_ADMIN_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(typer, "prompt", lambda *_arguments, **_options: lines.pop(0))
    return lines


def test_a_password_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert password_input.obtain(accept, from_stdin=True, generate=False).value == PASSWORD


def test_a_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_ADMIN_PASSWORD", PASSWORD)
    assert password_input.obtain(accept, from_stdin=False, generate=False).value == PASSWORD


def test_a_generated_password_is_strong_new_and_marked_to_be_shown() -> None:
    first, second = (password_input.obtain(accept, from_stdin=False, generate=True) for _ in range(2))
    assert first.generated
    assert first.value != second.value
    assert len(first.value) == 24
    assert first.value not in repr(first)


def test_nobody_to_ask_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VEDETTE_ADMIN_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(ConfigurationError, match="--password-stdin"):
        password_input.obtain(accept, from_stdin=False, generate=False)


def test_two_sources_at_once_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="not both"):
        password_input.obtain(accept, from_stdin=True, generate=True)


def test_a_weak_password_is_refused_wherever_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("password1234\n"))
    with pytest.raises(WeakPassword):
        password_input.obtain(accept, from_stdin=True, generate=False)


def test_a_password_is_judged_before_it_is_typed_twice(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    typed += ["short", PASSWORD, PASSWORD]
    assert password_input.obtain(accept, from_stdin=False, generate=False).value == PASSWORD
    assert not typed
    told = capsys.readouterr().err
    assert "must have 12 to 256 characters" in told
    assert "short" not in told.replace("shorter", "")


def test_two_passwords_that_differ_are_asked_for_again(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    typed += [PASSWORD, f"{PASSWORD}!", PASSWORD, PASSWORD]
    assert password_input.obtain(accept, from_stdin=False, generate=False).value == PASSWORD
    assert "The two passwords differ" in capsys.readouterr().err


def test_a_known_password_is_typed_once_and_not_judged(typed: list[str]) -> None:
    typed += ["old"]
    assert password_input.obtain_known(from_stdin=False) == "old"


def test_a_known_password_that_nobody_gives_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VEDETTE_ADMIN_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(ConfigurationError, match="--password-stdin"):
        password_input.obtain_known(from_stdin=False)
