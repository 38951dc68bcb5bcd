"""What the audit trail promises, in Cassandra and in memory: nothing is written over, and every change is found."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import uuid4

import pytest

from infra.operations.audit.chain import Entry, chained
from infra.operations.audit.keys import AuditKeys
from infra.operations.audit.store import SLICE_OFFSETS, AuditStore
from infra.operations.audit.verification import Verification, head_of
from infra.operations.audit.writer import ChainWriter, chain_of
from schemas.records.audit import AuditReport, ChainHead, Fault
from tests.fakes.audit import KEY, OTHER_KEY, FakeTopicPart, offsets_of, published

KEYS = AuditKeys([KEY])


class Tamper(Protocol):
    """Somebody with full access to the store."""

    async def put(self, entry: Entry) -> None: ...
    async def remove(self, chain: str, offset: int) -> None: ...


class AuditTrailContract:
    """Tests on the fixtures ``trail`` and ``tamper``."""

    @pytest.fixture
    def topic_id(self) -> str:
        return f"topic-{uuid4().hex[:12]}"

    @pytest.fixture
    def chain(self, topic_id: str) -> str:
        return chain_of(topic_id, 0)

    @pytest.fixture
    def verify(self, trail: AuditStore, chain: str) -> Callable[..., Awaitable[AuditReport]]:
        async def verify(
            keys: AuditKeys = KEYS, expected: tuple[ChainHead, ...] = (), topic: FakeTopicPart | None = None
        ) -> AuditReport:
            parts = None if topic is None else {chain: topic}
            return of_chain(await Verification(trail, keys, expected).run(parts), chain)

        return verify

    async def test_entries_read_back_in_both_directions_over_slices(self, trail: AuditStore, chain: str) -> None:
        assert await trail.head(chain) is None
        offsets = [3, 5, SLICE_OFFSETS - 1, SLICE_OFFSETS, 7 * SLICE_OFFSETS]
        entries = list(chained(chain, None, published(*offsets), KEY))
        assert await trail.append(entries)
        assert [entry async for entry in trail.oldest_first(chain)] == entries
        assert [entry async for entry in trail.newest_first(chain)] == entries[::-1]
        assert offsets_of([entry async for entry in trail.oldest_first(chain, 5)]) == offsets[1:]
        assert offsets_of([entry async for entry in trail.newest_first(chain, SLICE_OFFSETS)]) == offsets[2::-1]
        assert await trail.head(chain) == entries[-1]
        assert chain in await trail.chains()

    async def test_more_than_fits_into_one_write_is_added_in_order(self, trail: AuditStore, chain: str) -> None:
        entries = list(chained(chain, None, published(*range(200), detail="x" * 1000), KEY))
        assert await trail.append(entries)
        assert [entry async for entry in trail.oldest_first(chain)] == entries

    async def test_no_entry_is_written_over(self, trail: AuditStore, chain: str) -> None:
        first = list(chained(chain, None, published(1, 2), KEY))
        other = list(chained(chain, None, published(1, 2, detail="other"), OTHER_KEY))
        assert await trail.append(first)
        assert not await trail.append(other)
        assert [entry async for entry in trail.oldest_first(chain)] == first

    async def test_of_several_who_write_one_chain_at_once_each_entry_is_written_once(
        self, trail: AuditStore, topic_id: str, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        def writer(key: AuditKeys) -> ChainWriter:
            async def same() -> str:
                return topic_id

            return ChainWriter(trail, key, topic_id, same)

        both = AuditKeys([OTHER_KEY, KEY])
        batches = [published(*range(start, start + 10)) for start in range(0, 40, 10)]

        async def write(one: ChainWriter) -> None:
            for batch in batches:
                await one.save({0: batch})

        await asyncio.gather(write(writer(KEYS)), write(writer(both)), write(writer(KEYS)))
        report = await verify(both)
        assert report.is_intact, report.findings
        assert [head.entries for head in report.heads] == [40]

    async def test_what_is_delivered_again_changes_nothing(
        self, trail: AuditStore, topic_id: str, chain: str, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        async def same() -> str:
            return topic_id

        writer = ChainWriter(trail, KEYS, topic_id, same)
        await writer.save({0: published(1, 2, 3)})
        before = [entry async for entry in trail.oldest_first(chain)]
        await writer.save({0: published(2, 3)})
        await writer.save({0: published(3, 6)})
        after = [entry async for entry in trail.oldest_first(chain)]
        assert (after[:3], offsets_of(after)) == (before, [1, 2, 3, 6])
        assert (await verify()).is_intact

    @pytest.fixture
    async def entries(self, trail: AuditStore, chain: str) -> list[Entry]:
        entries = list(chained(chain, None, published(2, 3, 5, 8, 13), KEY))
        assert await trail.append(entries)
        return entries

    async def test_a_trail_as_it_was_written_is_intact(
        self, entries: list[Entry], verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        report = await verify()
        assert report.is_intact
        assert report.heads == (head_of(entries[-1]),)
        assert report.heads[0].entries == 5

    @pytest.mark.parametrize(
        "change",
        [
            lambda entry: changed(entry, event=entry.published.event.replace("actor-5", "actor-6")),
            lambda entry: changed(entry, event=None, problem="nothing to see here"),
            lambda entry: changed(entry, appended_at_ms=entry.published.appended_at_ms + 1),
            lambda entry: dataclasses.replace(entry, signature=bytes(32)),
        ],
        ids=["text", "removed text", "time", "signature"],
    )
    async def test_a_changed_entry_is_found(
        self,
        entries: list[Entry],
        tamper: Tamper,
        verify: Callable[..., Awaitable[AuditReport]],
        change: Callable[[Entry], Entry],
    ) -> None:
        await tamper.put(change(entries[2]))
        assert (5, Fault.CHANGED) in faults(await verify())

    async def test_missing_entries_are_found_wherever_they_stood(
        self, entries: list[Entry], tamper: Tamper, chain: str, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        for offset in (2, 5, 8):
            await tamper.remove(chain, offset)
        report = await verify()
        assert faults(report) == [(2, Fault.MISSING), (8, Fault.MISSING)]
        assert "2 missing between 3 and 13" in report.findings[1].detail

    async def test_entries_that_changed_places_are_found(
        self, entries: list[Entry], tamper: Tamper, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        one, other = entries[1], entries[2]
        await tamper.put(dataclasses.replace(other, published=moved(other, one.offset)))
        await tamper.put(dataclasses.replace(one, published=moved(one, other.offset)))
        found = faults(await verify())
        assert {(3, Fault.CHANGED), (5, Fault.CHANGED)} <= set(found)
        assert {offset for offset, fault in found if fault in (Fault.OUT_OF_ORDER, Fault.MISSING)} >= {3, 5}

    async def test_an_entry_that_was_added_without_the_key_is_found(
        self, entries: list[Entry], tamper: Tamper, chain: str, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        [forged] = chained(chain, entries[-1], published(21), OTHER_KEY)
        await tamper.put(forged)
        assert faults(await verify()) == [(21, Fault.UNKNOWN_KEY)]
        await tamper.put(dataclasses.replace(forged, key_id=KEY.id))
        assert faults(await verify()) == [(21, Fault.CHANGED)]

    async def test_an_entry_that_was_put_between_with_the_key_is_found(
        self, entries: list[Entry], tamper: Tamper, chain: str, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        [forged] = chained(chain, entries[0], published(4), KEY)
        await tamper.put(forged)
        assert {offset for offset, _ in faults(await verify())} == {4, 5}

    async def test_entries_of_an_older_key_count_while_it_is_known(
        self, entries: list[Entry], trail: AuditStore, chain: str, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        assert await trail.append(list(chained(chain, entries[-1], published(21), OTHER_KEY)))
        assert (await verify(AuditKeys([OTHER_KEY, KEY]))).is_intact
        assert faults(await verify(AuditKeys([OTHER_KEY]))) == [(at, Fault.UNKNOWN_KEY) for at in (2, 3, 5, 8, 13)]

    async def test_an_end_that_was_cut_off_is_found_by_what_an_earlier_check_saw(
        self, entries: list[Entry], tamper: Tamper, chain: str, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        heads = (await verify()).heads
        await tamper.remove(chain, 13)
        assert (await verify()).is_intact
        assert faults(await verify(expected=heads)) == [(13, Fault.CUT_OFF)]
        for offset in (2, 3, 5, 8):
            await tamper.remove(chain, offset)
        assert faults(await verify(expected=heads)) == [(13, Fault.CUT_OFF)]

    async def test_what_the_topic_still_holds_must_be_there_and_nothing_else(
        self, entries: list[Entry], tamper: Tamper, chain: str, verify: Callable[..., Awaitable[AuditReport]]
    ) -> None:
        kept = [entry.published for entry in entries[1:]]
        report = await verify(topic=FakeTopicPart(kept, start=3, end=14))
        assert (report.is_intact, report.compared) == (True, 4)
        await tamper.remove(chain, 13)
        told = [kept[0], published(5, detail="other")[0], kept[3]]
        assert faults(await verify(topic=FakeTopicPart(told, start=3, end=14))) == [
            (5, Fault.DIFFERS),
            (13, Fault.NOT_RECORDED),
            (8, Fault.NOT_PUBLISHED),
        ]


def changed(entry: Entry, **fields: object) -> Entry:
    return dataclasses.replace(entry, published=dataclasses.replace(entry.published, **fields))  # type: ignore[arg-type]


def moved(entry: Entry, offset: int) -> object:
    return dataclasses.replace(entry.published, offset=offset)


def of_chain(report: AuditReport, chain: str) -> AuditReport:
    """Leave out what other tests have in the same store."""
    findings = tuple(one for one in report.findings if one.chain == chain)
    heads = tuple(head for head in report.heads if head.chain == chain)
    return report.model_copy(update={"findings": findings, "found": len(findings), "heads": heads})


def faults(report: AuditReport) -> list[tuple[int, Fault]]:
    return [(finding.offset, finding.fault) for finding in report.findings]
