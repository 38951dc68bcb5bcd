"""The one who adds to the audit trail: what the topic says, in its order, once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import structlog

from infra.errors import VedetteError
from infra.operations.audit.chain import Entry, PublishedAct, chained
from infra.operations.audit.keys import AuditKeys

log = structlog.get_logger(__name__)


class TopicReplaced(VedetteError):
    """The topic was deleted and made anew while it was read: what comes of it belongs to other chains."""


class Trail(Protocol):
    """Where entries are kept."""

    async def append(self, entries: Sequence[Entry]) -> bool: ...
    async def head(self, chain: str) -> Entry | None: ...
    def oldest_first(self, chain: str, at_offset: int = 0) -> AsyncIterator[Entry]: ...


class ChainWriter:
    """Adds messages of one topic to its chains, one for each partition.

    A message that is delivered again changes nothing. What is there already and says something else than the message is
    left as it is, and told in the log: the check of the trail finds it. Two that write one chain at once, after a
    rebalance, cannot both add an entry: the second one sees what the first has written, and goes on behind it.
    """

    def __init__(
        self, trail: Trail, keys: AuditKeys, topic_id: str, ask_topic_id: Callable[[], Awaitable[str]]
    ) -> None:
        """``topic_id`` is the one of the topic that messages come from; ``ask_topic_id`` tells it as it is now."""
        self._trail = trail
        self._keys = keys
        self._topic_id = topic_id
        self._ask_topic_id = ask_topic_id

    async def save(self, published: Mapping[int, Sequence[PublishedAct]]) -> None:
        """Return once the messages of each partition, in their order, are in its chain.

        Raises ``TransientError`` while a store does not answer, and ``TopicReplaced``.
        """
        await asyncio.gather(*(self._extend(chain_of(self._topic_id, at), some) for at, some in published.items()))

    async def _extend(self, chain: str, published: Sequence[PublishedAct]) -> None:
        while True:
            # Read every time: between two batches another worker may have had this partition.
            head = await self._trail.head(chain)
            known = [] if head is None else [one for one in published if one.offset <= head.offset]
            await self._require_same(chain, known)
            entries = list(chained(chain, head, published[len(known) :], self._keys.newest))
            if not entries or await self._trail.append(entries):
                return

    async def _require_same(self, chain: str, known: Sequence[PublishedAct]) -> None:
        if not known:
            return
        wanted = {one.offset: one for one in known}
        async for entry in self._trail.oldest_first(chain, known[0].offset):
            if entry.offset > known[-1].offset:
                break
            if wanted.get(entry.offset) == entry.published:
                del wanted[entry.offset]
        if not wanted:
            return
        if (topic_id := await self._ask_topic_id()) != self._topic_id:
            raise TopicReplaced(f"topic activity was made anew, with the id {topic_id}: begin again")
        log.error("audit_entries_differ", chain=chain, offsets=sorted(wanted))


def chain_of(topic_id: str, partition: int) -> str:
    """Return the name of the chain of one partition."""
    return f"{topic_id}:{partition}"
