"""What a fetch gives back, and the limits that every source keeps to."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from typing_extensions import Buffer

from infra.errors import Rejected
from infra.sources.memory import Reservation
from schemas.dead_letters import Reason
from schemas.texts.uris import SourceUri


@dataclass(frozen=True, slots=True)
class FetchedImage:
    """The bytes of one image, at least one and never more than the limit, and what the source said of them."""

    data: bytes = field(repr=False)
    content_type: str | None = None
    object_version: str | None = None
    held: Reservation | None = field(default=None, repr=False, compare=False)

    def release(self) -> None:
        """Say that the bytes are no longer needed, so that other images may be fetched."""
        if self.held is not None:
            self.held.release()


class SchemeSource(Protocol):
    """One way of fetching: an object store, a web server, a disk."""

    async def fetch(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> FetchedImage:
        """Return the whole image; raises ``Rejected`` for its own fault and ``SourceUnavailable`` otherwise.

        ``uri`` has passed the rules; a source that is led elsewhere, by a redirect or a link, checks that place too.
        """
        ...

    async def close(self) -> None:
        """Give connections and threads back."""
        ...


async def read_capped(chunks: AsyncIterable[Buffer], max_bytes: int) -> bytes:
    """Join ``chunks``, giving up with ``too_large`` as soon as they exceed ``max_bytes``; none is ``empty``."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        refuse_above(len(data), max_bytes)
    return refuse_empty(bytes(data))


def refuse_above(size_bytes: int, max_bytes: int) -> None:
    """Reject a size, announced or counted, that is over the limit."""
    if size_bytes > max_bytes:
        raise Rejected(Reason.TOO_LARGE, f"The image is larger than the limit of {max_bytes} bytes.")


def refuse_empty(data: bytes) -> bytes:
    """Return ``data`` unless there is none."""
    if not data:
        raise Rejected(Reason.EMPTY, "The image has no bytes.")
    return data
