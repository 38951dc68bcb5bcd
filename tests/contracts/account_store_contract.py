"""What every account store promises: the one in Cassandra, and the one in memory that stands in for it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from cassandra import InvalidRequest

from infra.cassandra.accounts.accounts import AccountStore
from infra.errors import AlreadyExists, ChangedMeanwhile, NotFound
from schemas.access.accounts import Account, Role
from schemas.access.keeping import KeepingTimes
from schemas.images import Feature
from tests.samples import account, workspace


class AccountStoreContract:
    """Tests on the fixture ``accounts``."""

    @pytest.fixture
    def shop(self) -> str:
        return f"shop-{uuid4().hex[:12]}"

    @pytest.fixture
    def email(self) -> str:
        return f"ada-{uuid4().hex[:12]}@example.com"

    async def test_a_workspace_reads_back_as_it_was_created(self, accounts: AccountStore, shop: str) -> None:
        created = workspace(shop, allowed_prefixes=("s3://b/", "s3://a/", "https://img.shop.example/"))
        await accounts.create_workspace(created)
        assert await accounts.find_workspace(shop) == created
        assert created in await accounts.list_workspaces()

    async def test_an_empty_name_is_a_bug_of_whoever_asks(self, accounts: AccountStore) -> None:
        for find in (accounts.find_account, accounts.find_workspace):
            with pytest.raises(InvalidRequest, match="Key may not be empty"):
                await find("")

    async def test_a_workspace_may_have_no_prefixes(self, accounts: AccountStore, shop: str) -> None:
        await accounts.create_workspace(workspace(shop, allowed_prefixes=()))
        found = await accounts.find_workspace(shop)
        assert found is not None
        assert found.allowed_prefixes == ()

    async def test_a_workspace_is_created_once(self, accounts: AccountStore, shop: str) -> None:
        first = workspace(shop)
        await accounts.create_workspace(first)
        with pytest.raises(AlreadyExists, match=shop):
            await accounts.create_workspace(workspace(shop, name="Another"))
        assert await accounts.find_workspace(shop) == first

    async def test_a_closed_workspace_is_listed_and_found_no_longer_until_it_is_gone(
        self, accounts: AccountStore, shop: str
    ) -> None:
        created = workspace(shop)
        await accounts.create_workspace(created)
        since = created.created_at + timedelta(days=1)
        assert await accounts.close_workspace(shop, since)
        assert await accounts.find_workspace(shop) is None
        closed = created.model_copy(update={"deleting_since": since})
        assert [one for one in await accounts.list_workspaces() if one.id == shop] == [closed]
        with pytest.raises(AlreadyExists, match="being deleted"):
            await accounts.create_workspace(created)
        for _ in range(2):
            await accounts.delete_workspace(shop, since)
            assert not [one for one in await accounts.list_workspaces() if one.id == shop]
        assert not await accounts.close_workspace(shop, since)

    async def test_a_workspace_that_was_created_anew_is_another_one(self, accounts: AccountStore, shop: str) -> None:
        anew = workspace(shop)
        await accounts.create_workspace(anew)
        before = anew.created_at - timedelta(seconds=1)
        assert not await accounts.close_workspace(shop, before)
        await accounts.delete_workspace(shop, before)
        assert await accounts.find_workspace(shop) == anew

    async def test_an_unknown_workspace_is_not_found(self, accounts: AccountStore, shop: str) -> None:
        assert await accounts.find_workspace(shop) is None

    async def test_allowed_prefixes_are_replaced(self, accounts: AccountStore, shop: str) -> None:
        await accounts.create_workspace(workspace(shop))
        await accounts.set_allowed_prefixes(shop, ("gs://other/",))
        found = await accounts.find_workspace(shop)
        assert found == workspace(shop, allowed_prefixes=("gs://other/",))

    @pytest.mark.parametrize("known", [(), ("s3://a/",), ("s3://b/", "s3://a/")])
    async def test_prefixes_are_replaced_while_they_are_the_known_ones(
        self, accounts: AccountStore, shop: str, known: tuple[str, ...]
    ) -> None:
        await accounts.create_workspace(workspace(shop, allowed_prefixes=known))
        await accounts.replace_allowed_prefixes(shop, known, ("gs://other/",))
        with pytest.raises(ChangedMeanwhile):
            await accounts.replace_allowed_prefixes(shop, known, ("gs://lost/",))
        found = await accounts.find_workspace(shop)
        assert found is not None
        assert found.allowed_prefixes == ("gs://other/",)

    async def test_an_unknown_workspace_has_no_prefixes_to_replace(self, accounts: AccountStore, shop: str) -> None:
        with pytest.raises(ChangedMeanwhile):
            await accounts.replace_allowed_prefixes(shop, (), ("s3://a/",))
        assert await accounts.find_workspace(shop) is None

    async def test_an_unknown_workspace_gets_no_prefixes(self, accounts: AccountStore, shop: str) -> None:
        with pytest.raises(NotFound, match=shop):
            await accounts.set_allowed_prefixes(shop, ("s3://a/",))
        assert await accounts.find_workspace(shop) is None

    async def test_an_account_is_found_by_address_and_by_id(self, accounts: AccountStore, email: str) -> None:
        created = account(email, role=Role.ANALYST, workspaces=frozenset({"a", "b"}), active=False)
        await accounts.create_account(created)
        assert await accounts.find_account(email) == created
        assert await accounts.find_account_by_id(created.id) == created

    async def test_an_account_may_belong_to_no_workspace(self, accounts: AccountStore, email: str) -> None:
        created = account(email, workspaces=frozenset())
        await accounts.create_account(created)
        assert await accounts.find_account(email) == created

    async def test_an_address_is_the_same_in_any_case(self, accounts: AccountStore, email: str) -> None:
        created = account(email.upper())
        await accounts.create_account(created)
        found = await accounts.find_account(email)
        assert found is not None
        assert found.id == created.id
        assert await accounts.find_account(email.title()) == found

    async def test_an_address_is_taken_once(self, accounts: AccountStore, email: str) -> None:
        first, second = account(email), account(email.upper())
        await accounts.create_account(first)
        with pytest.raises(AlreadyExists) as refused:
            await accounts.create_account(second)
        assert email not in str(refused.value).lower()
        assert await accounts.find_account(email) == first
        assert await accounts.find_account_by_id(second.id) is None

    async def test_creating_an_account_again_after_a_lost_answer_is_no_error(
        self, accounts: AccountStore, email: str
    ) -> None:
        created = account(email)
        await accounts.create_account(created)
        await accounts.create_account(created)
        assert await accounts.find_account(email) == created

    async def test_nobody_is_found_under_an_unknown_address_or_id(self, accounts: AccountStore, email: str) -> None:
        assert await accounts.find_account(email) is None
        assert await accounts.find_account_by_id(uuid4()) is None

    async def test_a_workspace_is_renamed(self, accounts: AccountStore, shop: str) -> None:
        await accounts.create_workspace(workspace(shop))
        await accounts.rename_workspace(shop, "Another")
        assert await accounts.find_workspace(shop) == workspace(shop, name="Another")
        with pytest.raises(NotFound):
            await accounts.rename_workspace(f"{shop}-b", "Another")

    async def test_default_features_are_kept_in_their_order_and_replaced(
        self, accounts: AccountStore, shop: str
    ) -> None:
        created = workspace(shop, default_features=(Feature.TEXT, Feature.LABELS))
        await accounts.create_workspace(created)
        assert await accounts.find_workspace(shop) == created
        await accounts.set_default_features(shop, (Feature.OBJECTS,))
        assert await accounts.find_workspace(shop) == workspace(shop, default_features=(Feature.OBJECTS,))
        with pytest.raises(NotFound):
            await accounts.set_default_features(f"{shop}-b", (Feature.OBJECTS,))

    async def test_whether_locations_are_kept_is_remembered(self, accounts: AccountStore, shop: str) -> None:
        created = workspace(shop, keep_location=True)
        await accounts.create_workspace(created)
        assert await accounts.find_workspace(shop) == created
        await accounts.set_keep_location(shop, False)
        assert await accounts.find_workspace(shop) == workspace(shop, keep_location=False)
        with pytest.raises(NotFound):
            await accounts.set_keep_location(f"{shop}-b", True)

    async def test_how_long_a_workspace_keeps_what_is_remembered(self, accounts: AccountStore, shop: str) -> None:
        created = workspace(shop, keep=KeepingTimes(results_days=30, pictures_days=7))
        await accounts.create_workspace(created)
        assert await accounts.find_workspace(shop) == created
        await accounts.set_keeping(shop, KeepingTimes(references_days=1))
        assert await accounts.find_workspace(shop) == workspace(shop, keep=KeepingTimes(references_days=1))
        with pytest.raises(NotFound):
            await accounts.set_keeping(f"{shop}-b", KeepingTimes())

    async def test_an_account_changes_in_all_but_its_name_and_address(self, accounts: AccountStore, email: str) -> None:
        created = account(email)
        await accounts.create_account(created)
        changes = {"name": "Ada", "role": Role.ADMIN, "workspaces": frozenset({"b"}), "active": False, "generation": 1}
        changed = await accounts.change_account(created.model_copy(update=changes))
        assert changed == created.model_copy(update={**changes, "version": 1})
        assert await accounts.find_account(email) == changed
        again = await accounts.change_account(changed.model_copy(update={"name": None}))
        assert (again.name, again.version) == (None, 2)

    async def test_of_two_changes_to_what_both_saw_one_is_refused(self, accounts: AccountStore, email: str) -> None:
        created = account(email)
        await accounts.create_account(created)
        await accounts.change_account(created.model_copy(update={"role": Role.ANALYST}))
        with pytest.raises(ChangedMeanwhile):
            await accounts.change_account(created.model_copy(update={"active": False}))
        found = await accounts.find_account(email)
        assert found is not None
        assert (found.role, found.active) == (Role.ANALYST, True)

    async def test_an_account_that_is_none_is_not_changed_into_one(self, accounts: AccountStore, email: str) -> None:
        with pytest.raises(ChangedMeanwhile):
            await accounts.change_account(account(email))
        assert await accounts.find_account(email) is None

    async def test_accounts_are_listed_page_by_page(self, accounts: AccountStore, shop: str) -> None:
        created = {account(f"{n}-{shop}@example.com", workspaces=frozenset({shop} if n else ())) for n in range(5)}
        for each in created:
            await accounts.create_account(each)
        members = {each for each in created if shop in each.workspaces}
        everyone = await _everyone(accounts)
        assert created <= set(everyone)
        assert len(everyone) == len(set(everyone))
        assert await _everyone(accounts, shop) == [each for each in everyone if each in members]

    async def test_it_answers_a_ping(self, accounts: AccountStore) -> None:
        await accounts.ping()


async def _everyone(accounts: AccountStore, workspace_id: str | None = None) -> list[Account]:
    """Return what all pages of the list hold."""
    page = await accounts.list_accounts(2, None, workspace_id)
    found = [*page.items]
    while page.next_cursor is not None:
        page = await accounts.list_accounts(2, page.next_cursor, workspace_id)
        found += page.items
    return found
