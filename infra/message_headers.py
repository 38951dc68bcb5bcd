"""The headers of a consumed message, whatever bytes their names are."""

from typing import Any, Protocol, cast

from schemas.dead_letters import Headers


class Consumed(Protocol):
    """What is used of the client's message."""

    def headers(self) -> Any: ...


def headers_of(message: Consumed) -> Headers:
    """Return a message's headers; none where a name is not UTF-8, which the client cannot read and we never write.

    What the client raises then is a ``SystemError``: it returns with Python's ``UnicodeDecodeError`` still set.
    """
    try:
        # The client's types allow for forms of headers that it takes and never gives.
        return cast(Headers, message.headers() or ())
    except UnicodeDecodeError:
        return ()
    except SystemError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            return ()
        raise
