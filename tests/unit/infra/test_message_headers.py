"""Headers whose names are no text cost nothing but themselves."""

from typing import Any

import pytest

from infra.message_headers import headers_of


class Message:
    """A consumed message whose headers are given, or fail as the client's do."""

    def __init__(self, headers: Any, error: Exception | None = None, cause: Exception | None = None) -> None:
        self._headers, self._error, self._cause = headers, error, cause

    def headers(self) -> Any:
        if self._error:
            raise self._error from self._cause
        return self._headers


NO_TEXT = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")


def test_headers_come_as_they_are() -> None:
    assert headers_of(Message([("a", b"1"), ("b", None)])) == [("a", b"1"), ("b", None)]
    assert headers_of(Message(None)) == ()


@pytest.mark.parametrize(
    ("error", "cause"), [(SystemError("returned with an exception set"), NO_TEXT), (NO_TEXT, None)]
)
def test_a_name_that_is_no_text_leaves_a_message_without_headers(error: Exception, cause: Exception | None) -> None:
    assert headers_of(Message(None, error, cause)) == ()


def test_any_other_error_of_the_client_is_raised() -> None:
    with pytest.raises(SystemError):
        headers_of(Message(None, SystemError("something else")))
