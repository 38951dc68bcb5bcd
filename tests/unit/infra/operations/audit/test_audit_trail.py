"""The audit trail on a store in memory: chains, their keys, what goes into them, and lists of them."""

import dataclasses
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from infra.errors import ConfigurationError, InvalidCursor
from infra.operations.audit.chain import LONGEST_EVENT_BYTES, Entry, PublishedAct, chained, is_signed_by, read_message
from infra.operations.audit.commands import describe_entry
from infra.operations.audit.keys import AuditKeys, SigningKey, open_keys
from infra.operations.audit.listing import AuditList, shown_entry
from infra.operations.audit.verification import Verification
from infra.operations.audit.writer import ChainWriter, TopicReplaced
from infra.settings.settings import Settings
from schemas.activity import Action, Outcome
from schemas.messages.cloud_events import AUDIT_TYPE
from schemas.records.audit import AuditQuery, Fault
from tests.contracts.audit_trail_contract import KEYS, AuditTrailContract, Tamper, changed
from tests.fakes.audit import KEY, FakeAuditStore, audit_event, one_published, published

AUDIT = ((("ce_type", AUDIT_TYPE.encode())),)
STRONG = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class InMemory:
    """Full access to the store in memory."""

    def __init__(self, trail: FakeAuditStore) -> None:
        self._trail = trail

    async def put(self, entry: Entry) -> None:
        self._trail.entries[entry.chain][entry.offset] = entry

    async def remove(self, chain: str, offset: int) -> None:
        del self._trail.entries[chain][offset]


class TestFakeAuditTrail(AuditTrailContract):
    @pytest.fixture
    def trail(self) -> FakeAuditStore:
        return FakeAuditStore()

    @pytest.fixture
    def tamper(self, trail: FakeAuditStore) -> Tamper:
        return InMemory(trail)


def test_an_audit_event_is_kept_as_it_was_published_and_other_kinds_are_left_out() -> None:
    value = b'{"event": "audit",  "action":"of.the.future"}'
    kept = read_message(7, 8, AUDIT, value)
    assert kept is not None
    assert (kept.event, kept.problem, kept.offset, kept.appended_at_ms) == (value.decode(), None, 7, 8)
    assert read_message(7, 8, (("ce_type", b"vedette.activity.access.v1"),), b"{}") is None


@pytest.mark.parametrize(
    ("headers", "value", "problem"),
    [
        (AUDIT, b"{", "not JSON"),
        (AUDIT, None, "not JSON"),
        (AUDIT, b"[]", "not an audit event"),
        (AUDIT, b'{"event": "access"}', "not an audit event"),
        (AUDIT, b'{"event": "audit"}' + b" " * LONGEST_EVENT_BYTES, "too long"),
        ((), b'{"event": "audit"}', "not marked"),
        ((("ce_type", b"\xff"),), b'{"event": "audit"}', "not marked"),
        ((("ce_type", b"foreign.v1"),), b"{}", "not marked"),
    ],
)
def test_what_is_no_event_has_its_place_in_the_chain(headers: Any, value: bytes | None, problem: str) -> None:
    kept = read_message(1, 2, headers, value)
    assert kept is not None
    assert kept.event is None
    assert (kept.problem or "").startswith(problem)
    assert "sha256" in (kept.problem or "")


@pytest.mark.parametrize(
    "fields",
    [
        {"chain": "t:1"},
        {"number": 2},
        {"previous_offset": 4},
        {"previous_signature": bytes(31) + b"1"},
        {"key_id": "another"},
    ],
)
def test_everything_in_an_entry_is_signed(fields: dict[str, Any]) -> None:
    [entry] = chained("t:0", None, published(5), KEY)
    assert is_signed_by(entry, KEY)
    assert not is_signed_by(dataclasses.replace(entry, **fields), KEY)


def test_text_cannot_wander_from_the_event_into_the_problem() -> None:
    [entry] = chained("t:0", None, published(5), KEY)
    text = entry.published.event
    assert not is_signed_by(changed(entry, event=None, problem=text), KEY)
    assert not is_signed_by(changed(entry, problem=""), KEY)


def test_what_was_signed_before_events_named_programs_is_as_it_was_signed() -> None:
    text = (
        '{"event":"audit","action":"account.closed","actor":"ada","at":"2026-03-01T12:00:00Z",'
        '"subject":"eve","outcome":"failed"}'
    )
    [entry] = chained("activity:0", None, [PublishedAct(0, 1_772_366_400_000, text)], KEY)
    # Of the form that events had then; what is signed is the text, whatever the event's model holds today.
    assert entry.signature.hex() == "59f10f08683395008243b5af8c7a8fe0a4e9d6e5b2fb23150a100b21ff09ff28"
    shown = shown_entry(entry)
    assert shown.event is not None
    assert (shown.event.program, shown.event.outcome, shown.problem) == (None, Outcome.FAILED, None)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "account.closed  by ada  on eve"),
        ({"program": "key k3v9x0c1ab"}, "account.closed  by ada with key k3v9x0c1ab  on eve"),
        ({"outcome": Outcome.UNKNOWN}, "account.closed  by ada  on eve  unknown"),
    ],
)
def test_a_line_tells_what_acted_and_how_it_ended(fields: dict[str, object], line: str) -> None:
    event = audit_event(action=Action.ACCOUNT_CLOSED, actor="ada", subject="eve", **fields)
    [entry] = chained("activity:0", None, [one_published(0, event)], KEY)
    assert describe_entry(shown_entry(entry)).endswith(f"activity:0:0  {line}")


def test_a_worker_makes_its_key_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(ConfigurationError, match="vedette worker audit"):
        open_keys(settings)
    made = open_keys(settings, make=True)
    path = tmp_path / "secrets" / "audit-keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_keys(settings, make=True).newest == open_keys(settings).newest == made.newest
    path.write_text(f"{STRONG}\n{path.read_text()}")
    rotated = open_keys(settings)
    assert rotated.newest == SigningKey(bytes(range(32)))
    assert rotated.find(made.newest.id) == made.newest


@pytest.mark.parametrize("content", ["", "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "\udce4"])
def test_a_file_that_holds_no_strong_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets" / "audit-keys"
    path.parent.mkdir()
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(ConfigurationError, match="audit-keys"):
        open_keys(Settings(home=tmp_path), make=True)


def test_keys_of_the_settings_come_before_the_file_and_weak_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
    monkeypatch.setenv("VEDETTE_AUDIT__KEY", STRONG)
    monkeypatch.setenv("VEDETTE_AUDIT__OLDER_KEYS", older)
    keys = open_keys(Settings(home=tmp_path))
    assert keys.newest == KEY
    assert keys.find(SigningKey(bytes(range(32, 64))).id) is not None
    assert not (tmp_path / "secrets").exists()
    monkeypatch.setenv("VEDETTE_AUDIT__KEY", "A" * 43 + "=")
    with pytest.raises(ValueError, match="too weak"):
        Settings(home=tmp_path)


async def test_what_is_there_and_says_something_else_is_left_and_told() -> None:
    trail = FakeAuditStore()

    async def same() -> str:
        return "t"

    writer = ChainWriter(trail, KEYS, "t", same)
    await writer.save({0: published(1, 2, 3)})
    entry = trail.entries["t:0"][2]
    trail.entries["t:0"][2] = changed(entry, event="{}")
    with structlog.testing.capture_logs() as logged:
        await writer.save({0: published(1, 2, 3, 4)})
    assert [(line["event"], line["offsets"]) for line in logged] == [("audit_entries_differ", [2])]
    report = await Verification(trail, KEYS).run()
    assert [(finding.offset, finding.fault) for finding in report.findings] == [(2, Fault.CHANGED)]


async def test_a_topic_that_was_made_anew_ends_the_writer_and_has_chains_of_its_own() -> None:
    trail = FakeAuditStore()

    async def another() -> str:
        return "new"

    await ChainWriter(trail, KEYS, "old", another).save({0: published(1, 2, 3)})
    with pytest.raises(TopicReplaced, match="new"):
        await ChainWriter(trail, KEYS, "old", another).save({0: published(1, 2, detail="of the new topic")})
    await ChainWriter(trail, KEYS, "new", another).save({0: published(1, 2, detail="of the new topic")})
    report = await Verification(trail, KEYS).run()
    assert report.is_intact
    assert [(head.chain, head.entries) for head in report.heads] == [("new:0", 2), ("old:0", 3)]


async def test_only_what_was_appended_in_the_time_asked_for_is_told() -> None:
    trail = FakeAuditStore()
    await trail.append(list(chained("t:0", None, published(1, 2, 3, 4), KEY)))
    for offset in (2, 4):
        trail.entries["t:0"][offset] = changed(trail.entries["t:0"][offset], event="{}")
    moment = trail.entries["t:0"][3].appended_at
    early = await Verification(trail, KEYS, span=AuditQuery(until=moment)).run()
    late = await Verification(trail, KEYS, span=AuditQuery(since=moment)).run()
    assert [finding.offset for finding in early.findings] == [2]
    assert [finding.offset for finding in late.findings] == [4]


@pytest.fixture
async def trail() -> FakeAuditStore:
    """Two chains, whose entries were appended in turn."""
    trail = FakeAuditStore()
    for partition in (0, 1):
        offsets = range(partition, 20, 2)
        await trail.append(list(chained(f"t:{partition}", None, published(*offsets), KEY)))
    return trail


async def test_pages_hold_every_entry_once_newest_first_whatever_is_added_meanwhile(trail: FakeAuditStore) -> None:
    entries = AuditList(trail)
    page = await entries.page(AuditQuery(), 3)
    seen = [entry.offset for entry in page.items]
    await trail.append(list(chained("t:0", await trail.head("t:0"), published(30), KEY)))
    await trail.append(list(chained("u:0", None, published(31), KEY)))
    while page.next_cursor is not None:
        page = await entries.page(AuditQuery(), 3, page.next_cursor)
        seen += [entry.offset for entry in page.items]
    assert seen == list(range(19, -1, -1))


async def test_lists_are_narrowed_by_who_what_whom_and_when(trail: FakeAuditStore) -> None:
    extra = [one_published(30, audit_event(30, action=Action.ACCOUNT_CLOSED, actor="actor-7"))]
    await trail.append(list(chained("t:0", await trail.head("t:0"), extra, KEY)))

    async def offsets(**query: Any) -> list[int]:
        return [entry.offset for entry in (await AuditList(trail).page(AuditQuery(**query), 50)).items]

    moment = trail.entries["t:0"][6].appended_at
    assert await offsets(actor="actor-7") == [30, 7]
    assert await offsets(actor="actor-7", action="account.closed") == [30]
    assert await offsets(subject="subject-4") == [4]
    assert await offsets(since=moment, until=moment + timedelta(seconds=3)) == [8, 7, 6]


async def test_a_list_shows_what_cannot_be_read_and_refuses_strange_cursors(trail: FakeAuditStore) -> None:
    future = dataclasses.replace(published(30)[0], event='{"event":"audit","action":"of.the.future"}')
    await trail.append(list(chained("t:0", await trail.head("t:0"), [future], KEY)))
    page = await AuditList(trail).page(AuditQuery(), 1)
    [entry] = page.items
    assert (entry.event, entry.problem) == (None, "the event cannot be read")
    with pytest.raises(InvalidCursor):
        await AuditList(trail).page(AuditQuery(actor="other"), 1, page.next_cursor)


async def test_heads_tell_how_far_each_chain_reaches(trail: FakeAuditStore) -> None:
    heads = await AuditList(trail).heads()
    assert [(head.chain, head.entries, head.offset) for head in heads] == [("t:0", 10, 18), ("t:1", 10, 19)]


def test_a_key_is_named_by_what_tells_nothing_of_it() -> None:
    assert KEY.id not in KEY.secret.hex()
    assert KEY.secret.hex() not in repr(AuditKeys([KEY]).newest)
