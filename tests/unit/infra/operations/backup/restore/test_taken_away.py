"""What acts since a backup take away, and that nothing of it comes back, in whatever order and however they ended."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.operations.audit.acts import LONGEST_RIGHTS, bounded
from infra.operations.audit.chain import LONGEST_EVENT_BYTES
from infra.operations.backup.format.cell_values import TRUE, bytes_of_set, bytes_of_texts, texts_of
from infra.operations.backup.format.rows import Cell, Row
from infra.operations.backup.restore.access_rules import AccessRules, EditedRow, hash_of_no_password
from infra.operations.backup.restore.taken_away import TAKES_NOTHING, TAKING, TakenAway, Told, taken_away
from schemas.access.accounts import Role, Scope
from schemas.access.prefixes import allows, narrowed
from schemas.activity import Action, AuditEvent, Outcome, Rights
from schemas.records.backups import Column
from schemas.texts.uris import parse_uri

BEGAN = datetime(2026, 11, 25, 3, tzinfo=UTC)
NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
ADA = uuid.UUID(int=1)
ACCOUNTS = (
    Column(name="email", type="text", kind="partition_key"),
    Column(name="active", type="boolean", kind="regular"),
    Column(name="id", type="uuid", kind="regular"),
    Column(name="password_hash", type="text", kind="regular"),
    Column(name="role", type="text", kind="regular"),
    Column(name="workspaces", type="frozen<set<text>>", kind="regular"),
)
KEYS = (
    Column(name="prefix", type="text", kind="partition_key"),
    Column(name="revoked_at", type="timestamp", kind="regular"),
)
NAMES = st.sets(st.sampled_from(["shop", "lab", "archive"]))


def act(action: Action, number: int = 0, subject: object = ADA, **fields: object) -> Told:
    at = BEGAN + timedelta(minutes=number)
    event = AuditEvent(action=action, actor=str(fields.pop("actor", "ada@ops")), at=at, subject=str(subject), **fields)  # type: ignore[arg-type]
    return Told(at, event)


def ended(told: Told, outcome: Outcome) -> Told:
    return Told(told.appended_at + timedelta(seconds=1), told.event.model_copy(update={"outcome": outcome}))


def rules(*acts: Told, gap: str | None = None) -> AccessRules:
    return AccessRules(taken_away(acts), gap, NOW)


def account_row(role: Role = Role.ADMIN, workspaces: Sequence[str] = ("lab", "shop")) -> Row:
    values = (TRUE, ADA.bytes, b"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", role.value.encode())
    return Row((b"ada@shop.example",), tuple(Cell(one, 1000) for one in (*values, bytes_of_set(workspaces))))


def written(given_rules: AccessRules, row: Row) -> EditedRow:
    left = given_rules.row("accounts", ACCOUNTS, row)
    assert left is not None
    return EditedRow(ACCOUNTS, left, NOW)


def test_every_act_says_what_it_takes_away_or_that_it_takes_nothing() -> None:
    assert TAKING.keys() | TAKES_NOTHING == set(Action)
    assert not TAKING.keys() & TAKES_NOTHING


@pytest.mark.parametrize(
    ("acts", "is_closed"),
    [
        ([act(Action.ACCOUNT_CLOSED)], True),
        ([act(Action.ACCOUNT_CLOSED), act(Action.ACCOUNT_REOPENED, 1, rights=Rights(active=True))], False),
        ([act(Action.ACCOUNT_REOPENED, rights=Rights(active=True)), act(Action.ACCOUNT_CLOSED, 1)], True),
        ([closed := act(Action.ACCOUNT_CLOSED), ended(closed, Outcome.FAILED)], False),
        ([closed, ended(closed, Outcome.UNKNOWN)], True),
        (
            [
                closed,
                opened := act(Action.ACCOUNT_REOPENED, 1, rights=Rights(active=True)),
                ended(opened, Outcome.UNKNOWN),
            ],
            True,
        ),
        ([act(Action.ACCOUNT_CHANGED, detail="name")], False),
    ],
)
def test_a_closed_account_stays_closed_unless_it_was_surely_opened_again(acts: list[Told], is_closed: bool) -> None:
    for order in (acts, acts[::-1]):
        assert (written(rules(*order), account_row()).value("active") != TRUE) is is_closed


def test_a_password_that_was_changed_counts_no_longer_and_costs_as_much_to_check() -> None:
    before = account_row().cells[2]
    assert before is not None
    for action in (Action.PASSWORD_CHANGED, Action.PASSWORD_RESET):
        after = written(rules(act(action)), account_row()).value("password_hash") or b""
        assert after != before.value
        assert after.rpartition(b"$")[0] == before.value.rpartition(b"$")[0]
    assert hash_of_no_password("$a$b") != hash_of_no_password("$a$b")


@given(had=st.sampled_from(Role), had_in=NAMES, last=st.sampled_from(Role), last_in=NAMES, before=st.sampled_from(Role))
def test_no_account_gets_more_than_it_had_in_the_backup_and_by_its_last_act(
    had: Role, had_in: set[str], last: Role, last_in: set[str], before: Role
) -> None:
    acts = [
        act(Action.ACCOUNT_CHANGED, 0, rights=Rights(active=True, role=before, workspaces=frozenset({"other"}))),
        act(Action.MEMBER_REMOVED, 1, rights=Rights(active=True, role=last, workspaces=frozenset(last_in))),
    ]
    left = written(rules(*acts), account_row(had, sorted(had_in)))
    role, within = Role((left.value("role") or b"").decode()), set(texts_of(left.value("workspaces")) or ())
    assert within <= had_in & last_in
    assert role in (had, last)
    assert role is not Role.ADMIN or had is last is Role.ADMIN
    if Role.USER in (had, last) and role is Role.ANALYST:
        raise AssertionError("a user became an analyst")
    if (had, last) == (Role.USER, Role.ANALYST):
        assert not within, "an analyst writes nowhere"


def test_an_act_of_before_rights_were_told_leaves_nothing() -> None:
    left = written(rules(act(Action.ACCOUNT_CHANGED, detail="role: admin -> analyst")), account_row())
    assert (left.value("role"), texts_of(left.value("workspaces"))) == (b"user", ())


@pytest.mark.parametrize("gap", [None, "the topic was made anew"])
def test_keys_are_revoked_again_and_all_others_suspended_where_not_all_acts_are_known(gap: str | None) -> None:
    revoked = act(Action.KEY_REVOKED, 1, "revokedkey")
    found = rules(revoked, gap=gap)
    columns = found.columns("api_keys", KEYS)
    rows = [found.row("api_keys", columns, Row((name,), (None,))) for name in (b"revokedkey", b"anotherkey")]
    gone, other = [EditedRow(columns, row, NOW) for row in rows if row is not None]
    assert gone.value("revoked_at") is not None
    assert gone.value("suspended_at") is None
    assert other.value("revoked_at") is None
    assert (other.value("suspended_at") is None) is (gap is None)
    assert found.done == Counter({"keys revoked": 1, "keys suspended": 0 if gap is None else 1})


def test_consents_that_were_withdrawn_are_not_written_and_none_where_not_all_acts_are_known() -> None:
    columns = (
        Column(name="account_id", type="uuid", kind="partition_key"),
        Column(name="client_id", type="text", kind="clustering"),
    )
    rows = [Row((ADA.bytes, name), ()) for name in (b"album", b"printer")]
    withdrawn = act(Action.CONSENT_WITHDRAWN, subject="album", actor=ADA)
    assert [rules(withdrawn).row("oauth_consents", columns, row) for row in rows] == [None, rows[1]]
    assert [rules(gap="gone").row("oauth_consents", columns, row) for row in rows] == [None, None]


def test_a_client_keeps_what_is_left_of_its_scopes_workspaces_and_addresses() -> None:
    names = ("redirect_uris", "revoked_at", "scopes", "suspended_at", "workspaces")
    columns = (
        Column(name="id", type="text", kind="partition_key"),
        *(Column(name=name, type="text", kind="regular") for name in names),
    )
    scopes = frozenset({Scope.RESULTS_READ})
    left = Rights(scopes=scopes, workspaces=frozenset({"shop"}), redirect_uris=frozenset({"https://b.example/"}))
    had = (
        Cell(bytes_of_texts(["https://a.example/", "https://b.example/"]), 1000),
        None,
        Cell(bytes_of_set(["results:read", "images:write"]), 1000),
        None,
        None,
    )
    row = rules(act(Action.CLIENT_CHANGED, subject="album", rights=left)).row(
        "oauth_clients", columns, Row((b"album",), had)
    )
    assert row is not None
    edited = EditedRow(columns, row, NOW)
    assert texts_of(edited.value("scopes")) == ("results:read",)
    assert texts_of(edited.value("workspaces")) == ("shop",)
    assert texts_of(edited.value("redirect_uris")) == ("https://b.example/",)


@pytest.mark.parametrize(
    ("acts", "is_kept"),
    [
        ([], True),
        ([kept := act(Action.WORKSPACE_CHANGED, 1, "shop", rights=Rights(keep_location=True))], True),
        ([off := act(Action.WORKSPACE_CHANGED, 2, "shop", rights=Rights(keep_location=False))], False),
        ([kept, off], False),
        ([act(Action.WORKSPACE_CHANGED, 0, "shop", rights=Rights(keep_location=False)), kept], True),
        ([off, ended(off, Outcome.FAILED)], True),
        (
            [
                off,
                again := act(Action.WORKSPACE_CHANGED, 3, "shop", rights=kept.event.rights),
                ended(again, Outcome.UNKNOWN),
            ],
            False,
        ),
        ([act(Action.WORKSPACE_CHANGED, 1, "shop", rights=Rights(prefixes=frozenset()))], True),
    ],
)
def test_a_workspace_that_keeps_no_locations_any_more_keeps_none_after_a_restore(
    acts: list[Told], is_kept: bool
) -> None:
    columns = tuple(
        Column(name=name, type=kind, kind="partition_key" if name == "id" else "regular")
        for name, kind in (("id", "text"), ("allowed_prefixes", "frozen<list<text>>"), ("keep_location", "boolean"))
    )
    of_before = columns[:2]
    row = Row((b"shop",), (Cell(bytes_of_texts(("s3://shop-a/",)), 1000), Cell(TRUE, 1000)))
    left = rules(*acts).row("workspaces", columns, row)
    assert left is not None
    assert (EditedRow(columns, left, NOW).value("keep_location") == TRUE) is is_kept
    assert rules(*acts).row("workspaces", of_before, Row(row.key, row.cells[:1])) is not None


@pytest.mark.parametrize(
    ("acts", "is_deleted"),
    [
        ([], False),
        ([gone := act(Action.WORKSPACE_DELETED, 1, "shop", rights=Rights(prefixes=frozenset()))], True),
        ([act(Action.WORKSPACE_DELETED, 1, "another", rights=Rights(prefixes=frozenset()))], False),
        ([gone, ended(gone, Outcome.FAILED)], False),
        # Nothing is deleted because of an act of which nobody knows whether it was done.
        ([gone, ended(gone, Outcome.UNKNOWN)], False),
        # Another one of the same name.
        ([gone, act(Action.WORKSPACE_CREATED, 2, "shop")], False),
        ([act(Action.WORKSPACE_CREATED, 0, "shop"), gone], True),
    ],
)
def test_a_workspace_that_was_deleted_since_is_deleted_again_after_a_restore(
    acts: list[Told], is_deleted: bool
) -> None:
    before = (
        Column(name="id", type="text", kind="partition_key"),
        Column(name="allowed_prefixes", type="frozen<list<text>>", kind="regular"),
    )
    known = rules(*acts)
    # A backup of before there was such a column.
    columns = known.columns("workspaces", before)
    left = known.row("workspaces", columns, Row((b"shop",), (Cell(bytes_of_texts(("s3://shop-a/",)), 1000),)))
    assert left is not None
    edited = EditedRow(columns, left, NOW)
    assert (edited.value("deleting_since") is not None) is is_deleted
    if is_deleted:
        assert texts_of(edited.value("allowed_prefixes")) in ((), None)


@pytest.mark.parametrize(
    ("acts", "gap", "keeps_for_ever"),
    [
        ([], None, False),
        ([], "the topic was made anew", True),
        ([kept], None, True),
        ([off, ended(off, Outcome.FAILED)], None, False),
        ([act(Action.WORKSPACE_CHANGED, 1, "another", rights=Rights(prefixes=frozenset()))], None, False),
    ],
)
def test_a_workspace_that_was_changed_since_removes_nothing_until_somebody_says_for_how_long_it_keeps_what(
    acts: list[Told], gap: str | None, keeps_for_ever: bool
) -> None:
    columns = (
        Column(name="id", type="text", kind="partition_key"),
        Column(name="allowed_prefixes", type="frozen<list<text>>", kind="regular"),
        Column(name="keeping", type="text", kind="regular"),
    )
    times = b'{"results_days":30}'
    row = Row((b"shop",), (Cell(bytes_of_texts(("s3://shop-a/",)), 1000), Cell(times, 1000)))
    left = rules(*acts, gap=gap).row("workspaces", columns, row)
    assert left is not None
    assert (EditedRow(columns, left, NOW).value("keeping") != times) is keeps_for_ever


PLACES = ["s3://shop-*/", "s3://shop-a/", "s3://shop-a/eu/", "https://img.shop.example/", "https://*.shop.example/x/"]
URIS = ["s3://shop-a/1.jpg", "s3://shop-a/eu/1.jpg", "s3://shop-b/1.jpg", "https://img.shop.example/x/1.jpg"]


@given(st.sets(st.sampled_from(PLACES)), st.sets(st.sampled_from(PLACES)), st.sampled_from(URIS))
def test_a_narrowed_list_of_places_allows_nothing_that_one_of_the_two_does_not(
    ours: set[str], theirs: set[str], uri: str
) -> None:
    both = narrowed(sorted(ours), theirs)
    source = parse_uri(uri)
    assert not allows(both, source) or (allows(ours, source) and allows(theirs, source))
    assert set(narrowed(sorted(ours), ours)) == ours


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=20)))
def test_texts_are_kept_as_cassandra_keeps_them(texts: list[str]) -> None:
    assert list(texts_of(bytes_of_texts(texts)) or ()) == texts
    assert set(texts_of(bytes_of_set(texts)) or ()) == set(texts)


@given(st.integers(0, 1200), st.integers(1, 1024))
def test_rights_always_fit_into_an_event_and_what_does_not_is_taken_for_taken_away(count: int, size: int) -> None:
    prefixes = frozenset(f"{number:04d}{'x' * size}" for number in range(count))
    left = bounded(Rights(prefixes=prefixes))
    assert left.prefixes in (prefixes, frozenset())
    assert len(left.model_dump_json()) < min(LONGEST_EVENT_BYTES, LONGEST_RIGHTS + 1000)


ENDPOINTS = (
    Column(name="workspace", type="text", kind="partition_key"),
    Column(name="id", type="text", kind="clustering"),
    Column(name="content", type="text", kind="regular"),
    Column(name="disabled_at", type="timestamp", kind="regular"),
    Column(name="disabled_because", type="text", kind="regular"),
)
ENDPOINT = "we_endpointendpointendpointen"


def restored_endpoint(given_rules: AccessRules) -> EditedRow | None:
    row = Row((b"shop", ENDPOINT.encode()), (Cell(b"{}", 1000), None, None))
    left = given_rules.row("webhook_endpoints", ENDPOINTS, row)
    return None if left is None else EditedRow(ENDPOINTS, left, NOW)


@pytest.mark.parametrize("action", [Action.WEBHOOK_CHANGED, Action.WEBHOOK_ROTATED, Action.WEBHOOK_DISABLED])
def test_a_webhook_that_may_have_changed_comes_back_disabled(action: Action) -> None:
    left = restored_endpoint(rules(act(action, subject=ENDPOINT)))
    assert left is not None
    assert left.value("disabled_at") is not None
    assert b"restore" in (left.value("disabled_because") or b"")
    others = restored_endpoint(rules(act(action, subject="we_another")))
    assert others is not None
    assert others.value("disabled_at") is None


def test_a_deleted_webhook_does_not_come_back_and_one_that_may_be_deleted_comes_back_disabled() -> None:
    deleted = act(Action.WEBHOOK_DELETED, subject=ENDPOINT)
    assert restored_endpoint(rules(deleted)) is None
    unsure = restored_endpoint(rules(deleted, ended(deleted, Outcome.UNKNOWN)))
    assert unsure is not None
    assert unsure.value("disabled_at") is not None
    failed = restored_endpoint(rules(deleted, ended(deleted, Outcome.FAILED)))
    assert failed is not None
    assert failed.value("disabled_at") is None


def test_where_not_all_acts_are_known_no_webhook_is_sent_to() -> None:
    left = restored_endpoint(rules(gap="the topic was deleted"))
    assert left is not None
    assert left.value("disabled_at") is not None


def test_nothing_is_taken_away_where_nothing_happened() -> None:
    assert taken_away([]) == TakenAway()
