"""What the stores of sessions, keys, attempts, mailed tokens and invitations promise, in Cassandra and in memory."""

import asyncio
import secrets
import time
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from infra.cassandra.accounts.api_keys import READ_AT_ONCE, ApiKeyStore
from infra.cassandra.accounts.attempts import AttemptStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.live_tickets import LiveTicketStore
from infra.cassandra.accounts.mailed_tokens import MailedTokenStore
from infra.cassandra.accounts.sessions import SessionStore
from infra.cassandra.accounts.submitted_images import SubmittedImagesStore
from infra.cursors import encode_cursor
from infra.errors import AlreadyExists, InvalidCursor
from schemas.access.accounts import Scope
from schemas.access.credentials import Purpose
from schemas.access.invitations import Invitation
from tests.samples import api_key, invitation, session


def digest() -> bytes:
    return secrets.token_bytes(32)


class SessionStoreContract:
    """Tests on the fixture ``sessions``."""

    async def test_a_session_reads_back_until_it_is_ended(self, sessions: SessionStore) -> None:
        begun = session()
        await sessions.begin(begun, digest())
        assert await sessions.find(begun.id) == begun
        await sessions.end(begun.id)
        await sessions.end(begun.id)
        assert await sessions.find(begun.id) is None

    async def test_a_clients_session_reads_back_as_it_began(self, sessions: SessionStore) -> None:
        scopes = frozenset({Scope.RESULTS_READ, Scope.PROFILE_READ})
        for of_person in (uuid.uuid4(), None):
            begun = session(client_id=str(uuid.uuid4()), consent_id=of_person, scopes=scopes)
            await sessions.begin(begun, None)
            assert await sessions.find(begun.id) == begun

    async def test_a_session_is_over_when_its_time_is(self, sessions: SessionStore) -> None:
        brief = session(ends_at=datetime.now(UTC) + timedelta(seconds=1))
        await sessions.begin(brief, digest())
        deadline = time.monotonic() + 5
        while await sessions.find(brief.id) is not None:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)

    async def test_a_refresh_token_leads_to_its_session_and_counts_once(self, sessions: SessionStore) -> None:
        begun, first, second = session(), digest(), digest()
        await sessions.begin(begun, first)
        await sessions.add_refresh_token(begun, second)
        assert await sessions.find_session_of(first) == await sessions.find_session_of(second) == begun.id
        assert await sessions.use_refresh_token(begun, first, datetime.now(UTC))
        assert not await sessions.use_refresh_token(begun, first, datetime.now(UTC))
        assert await sessions.find_session_of(first) == begun.id

    async def test_of_many_who_use_one_refresh_token_at_once_one_may(self, sessions: SessionStore) -> None:
        begun, token = session(), digest()
        await sessions.begin(begun, token)
        uses = await asyncio.gather(*(sessions.use_refresh_token(begun, token, datetime.now(UTC)) for _ in range(5)))
        assert sorted(uses) == [False] * 4 + [True]

    async def test_a_refresh_token_of_another_session_or_of_none_cannot_be_used(self, sessions: SessionStore) -> None:
        begun, other, token = session(), session(), digest()
        await sessions.begin(begun, token)
        assert not await sessions.use_refresh_token(other, token, datetime.now(UTC))
        assert not await sessions.use_refresh_token(begun, digest(), datetime.now(UTC))
        assert await sessions.find_session_of(digest()) is None


class ApiKeyStoreContract:
    """Tests on the fixture ``api_keys``."""

    async def test_a_key_reads_back_as_it_was_made(self, api_keys: ApiKeyStore) -> None:
        whole = api_key(workspaces=frozenset({"shop"}), expires_at=datetime(2030, 1, 1, tzinfo=UTC))
        plain = api_key(scopes=frozenset(Scope) - {Scope.ACCOUNT}, workspaces=None)
        for key in (whole, plain):
            await api_keys.create(key)
            assert await api_keys.find(key.prefix) == key
        assert await api_keys.find("0" * 10) is None

    async def test_a_prefix_is_taken_once(self, api_keys: ApiKeyStore) -> None:
        key, thief = api_key(), api_key()
        await api_keys.create(key)
        with pytest.raises(AlreadyExists):
            await api_keys.create(thief.model_copy(update={"prefix": key.prefix}))
        assert await api_keys.find(key.prefix) == key
        assert await api_keys.list_keys(thief.account_id) == ()

    async def test_keys_are_listed_for_their_owner_the_newest_first(self, api_keys: ApiKeyStore) -> None:
        first = api_key()
        second = api_key(account_id=first.account_id, created_at=first.created_at + timedelta(minutes=1))
        for key in (first, second, api_key()):
            await api_keys.create(key)
        assert await api_keys.list_keys(first.account_id) == (second, first)

    async def test_a_key_is_revoked_by_its_owner_alone_and_once(self, api_keys: ApiKeyStore) -> None:
        key, now = api_key(), datetime(2026, 5, 1, tzinfo=UTC)
        await api_keys.create(key)
        assert not await api_keys.revoke(uuid.uuid4(), key.prefix, now)
        assert await api_keys.revoke(key.account_id, key.prefix, now)
        assert not await api_keys.revoke(key.account_id, key.prefix, now + timedelta(days=1))
        assert not await api_keys.revoke(key.account_id, "0" * 10, now)
        assert await api_keys.find(key.prefix) == key.model_copy(update={"revoked_at": now})

    async def test_a_key_is_forgotten_by_its_owner_alone_and_more_than_once(self, api_keys: ApiKeyStore) -> None:
        key = api_key()
        other = api_key(account_id=key.account_id)
        for each in (key, other):
            await api_keys.create(each)
        await api_keys.forget(uuid.uuid4(), key.prefix)
        assert await api_keys.find(key.prefix) == key
        for _ in range(2):
            await api_keys.forget(key.account_id, key.prefix)
            assert await api_keys.find(key.prefix) is None
            assert await api_keys.list_keys(key.account_id) == (other,)

    async def test_a_key_leaves_one_of_its_workspaces_and_never_its_last(self, api_keys: ApiKeyStore) -> None:
        shop, lab = (f"{name}-{uuid.uuid4().hex[:8]}" for name in ("shop", "lab"))
        both = api_key(workspaces=frozenset({shop, lab}))
        for key in (both, api_key(workspaces=frozenset({lab})), api_key(workspaces=None)):
            await api_keys.create(key)
        assert await api_keys.list_confined(shop) == (both,)
        assert await api_keys.leave(both, shop)
        left = both.model_copy(update={"workspaces": frozenset({lab})})
        assert await api_keys.find(both.prefix) == left
        # What was read before the change counts for nothing.
        assert not await api_keys.leave(both, lab)
        with pytest.raises(ValueError, match="no workspace but"):
            await api_keys.leave(left, lab)
        assert await api_keys.list_confined(shop) == ()
        assert await api_keys.find(both.prefix) == left

    async def test_more_keys_than_are_read_at_once_are_listed_whole(self, api_keys: ApiKeyStore) -> None:
        first = api_key()
        keys = [first.model_copy(update={"prefix": uuid.uuid4().hex[:10]}) for _ in range(READ_AT_ONCE * 2 + 1)]
        for key in keys:
            await api_keys.create(key)
        listed = await api_keys.list_keys(first.account_id)
        assert listed == tuple(sorted(keys, key=lambda key: key.prefix, reverse=True))

    async def test_a_use_is_noted(self, api_keys: ApiKeyStore) -> None:
        key, now = api_key(), datetime(2026, 5, 1, tzinfo=UTC)
        await api_keys.create(key)
        await api_keys.touch(key.prefix, now)
        assert await api_keys.find(key.prefix) == key.model_copy(update={"used_at": now})


class AttemptStoreContract:
    """Tests on the fixture ``attempts``."""

    @pytest.fixture
    def key(self) -> str:
        return secrets.token_hex(16)

    async def test_attempts_are_counted_up_to_a_bound_and_taken_back(self, attempts: AttemptStore, key: str) -> None:
        other = f"{key} of another"
        names = [uuid.uuid1() for _ in range(3)]
        for name in names:
            await attempts.add(name, {key: 60, other: 60})
        assert await attempts.count([key], 2) == {key: 2}
        assert await attempts.count([key, other, "none"], 10) == {key: 3, other: 3}
        await attempts.remove([key], names[1])
        assert await attempts.count([key, other], 10) == {key: 2, other: 3}
        await attempts.remove([key, other], names[0])
        await attempts.clear(key)
        assert await attempts.count([key, other], 10) == {other: 2}

    async def test_many_attempts_under_one_key_hide_none_of_another(self, attempts: AttemptStore, key: str) -> None:
        keys = [f"{key} {number}" for number in range(4)]
        for many in keys[:3]:
            await asyncio.gather(*(attempts.add(uuid.uuid1(), {many: 60}) for _ in range(600)))
        await attempts.add(uuid.uuid1(), {keys[3]: 60})
        assert await attempts.count(keys, 1000) == dict.fromkeys(keys[:3], 600) | {keys[3]: 1}

    async def test_attempts_count_for_their_time_alone(self, attempts: AttemptStore, key: str) -> None:
        shortly = f"{key} shortly"
        await attempts.add(uuid.uuid1(), {key: 60, shortly: 60})
        await attempts.add(uuid.uuid1(), {key: 60, shortly: 1})
        deadline = time.monotonic() + 5
        while (await attempts.count([shortly], 10))[shortly] == 2:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        assert await attempts.count([key, shortly], 10) == {key: 2, shortly: 1}

    async def test_networks_are_known_once_told(self, attempts: AttemptStore, key: str) -> None:
        assert not await attempts.is_known(key)
        await attempts.know(key, 60)
        assert await attempts.is_known(key)


class SubmittedImagesStoreContract:
    """Tests on the fixture ``submitted``."""

    async def test_each_process_has_one_count_for_a_subject_and_a_day(self, submitted: SubmittedImagesStore) -> None:
        subject, today, tomorrow = f"account {uuid.uuid4()}", date(2026, 3, 1), date(2026, 3, 2)
        one, another = uuid.uuid4(), uuid.uuid4()
        assert await submitted.read(subject, today) == {}
        for images in (3, 5, 5, 4):
            await submitted.save(subject, today, one, images)
        await submitted.save(subject, today, another, 7)
        await submitted.save(subject, tomorrow, one, 1)
        assert await submitted.read(subject, today) == {one: 4, another: 7}
        assert await submitted.read(subject, tomorrow) == {one: 1}
        assert await submitted.read(f"{subject}0", today) == {}


class InvitationStoreContract:
    """Tests on the fixture ``invitations``."""

    async def test_an_invitation_is_kept_until_it_is_removed(self, invitations: InvitationStore) -> None:
        made = invitation(workspaces=frozenset({"shop"}))
        await invitations.add(made, 60)
        assert await invitations.find(made.id) == made
        assert (await invitations.remove(made.id), await invitations.remove(made.id)) == (True, False)
        assert await invitations.find(made.id) is None
        assert await invitations.find(uuid.uuid4()) is None

    async def test_all_open_ones_are_listed_page_by_page(self, invitations: InvitationStore) -> None:
        made = [invitation() for _ in range(5)]
        for one in made:
            await invitations.add(one, 60)
        found: list[Invitation] = []
        page = await invitations.page(2)
        while page.next_cursor is not None:
            found += page.items
            page = await invitations.page(2, page.next_cursor)
        found += page.items
        assert {one.id for one in made} <= {one.id for one in found}
        assert len(found) == len({one.id for one in found})

    async def test_one_whose_time_is_over_is_gone(self, invitations: InvitationStore) -> None:
        made = invitation()
        await invitations.add(made, 1)
        deadline = time.monotonic() + 5
        while await invitations.find(made.id) is not None:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        assert not await invitations.remove(made.id)

    async def test_a_cursor_of_another_list_is_refused(self, invitations: InvitationStore) -> None:
        with pytest.raises(InvalidCursor):
            await invitations.page(2, encode_cursor(["accounts", None], [7]))


class LiveTicketStoreContract:
    """Tests on the fixture ``tickets``."""

    async def test_a_ticket_stands_for_its_content_once(self, tickets: LiveTicketStore) -> None:
        ticket = digest()
        await tickets.add(ticket, '{"key_prefix": "abc"}', 60)
        assert await tickets.take(digest()) is None
        assert await tickets.take(ticket) == '{"key_prefix": "abc"}'
        assert await tickets.take(ticket) is None

    async def test_of_many_who_use_one_ticket_at_once_one_may(self, tickets: LiveTicketStore) -> None:
        ticket = digest()
        await tickets.add(ticket, "{}", 60)
        taken = await asyncio.gather(*(tickets.take(ticket) for _ in range(5)))
        assert sorted(taken, key=str) == [None] * 4 + ["{}"]

    async def test_a_ticket_is_gone_when_its_time_is_over(self, tickets: LiveTicketStore) -> None:
        brief = digest()
        await tickets.add(brief, "{}", 1)
        await asyncio.sleep(1.5)
        assert await tickets.take(brief) is None


class MailedTokenStoreContract:
    """Tests on the fixture ``mailed_tokens``."""

    async def test_a_token_stands_for_its_content_and_for_one_purpose_alone(
        self, mailed_tokens: MailedTokenStore
    ) -> None:
        token = digest()
        await mailed_tokens.add(token, Purpose.REGISTRATION, '{"for": "ada"}', 60)
        assert await mailed_tokens.find(token, Purpose.REGISTRATION) == '{"for": "ada"}'
        assert await mailed_tokens.find(token, Purpose.PASSWORD_RESET) is None
        assert await mailed_tokens.find(digest(), Purpose.REGISTRATION) is None

    async def test_of_many_who_use_one_token_at_once_one_may(self, mailed_tokens: MailedTokenStore) -> None:
        token = digest()
        await mailed_tokens.add(token, Purpose.PASSWORD_RESET, "{}", 60)
        assert sorted(await asyncio.gather(*(mailed_tokens.use(token) for _ in range(5)))) == [False] * 4 + [True]
        assert await mailed_tokens.find(token, Purpose.PASSWORD_RESET) is None
        assert not await mailed_tokens.use(digest())

    async def test_a_token_is_gone_when_its_time_is_over(self, mailed_tokens: MailedTokenStore) -> None:
        token = digest()
        await mailed_tokens.add(token, Purpose.REGISTRATION, "{}", 1)
        deadline = time.monotonic() + 5
        while await mailed_tokens.find(token, Purpose.REGISTRATION) is not None:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        assert not await mailed_tokens.use(token)
