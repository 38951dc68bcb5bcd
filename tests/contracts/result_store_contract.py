"""What every result store promises: the one in Cassandra, and the one in memory that stands in for it."""

import itertools
from datetime import timedelta
from uuid import uuid4

import pytest

from infra.cassandra.images.results import ResultStore
from infra.errors import InvalidCursor
from schemas.dead_letters import Reason, Resolution, parse_letter_id
from schemas.queries import DeadLetterQuery, ImageRecord, ImageStatus, LetterState, Page
from tests.samples import START, deletion, identity, letter, numbered, origin, reference, rejection, resolved, result


async def status_of(store: ResultStore, owner: str, image_id: str = "a.jpg") -> ImageStatus | None:
    record = await store.find(identity(owner, image_id).image_key)
    return record.status if record else None


async def read_pages(store: ResultStore, owner: str, limit: int) -> list[Page[ImageRecord]]:
    pages = [await store.list_images(owner, limit, None)]
    while (cursor := pages[-1].next_cursor) is not None:
        pages.append(await store.list_images(owner, limit, cursor))
    return pages


class ResultStoreContract:
    """Tests on the fixture ``store``; each has a workspace of its own."""

    @pytest.fixture
    def owner(self) -> str:
        return f"shop-{uuid4().hex[:12]}"

    @pytest.fixture
    def key(self, owner: str) -> str:
        return identity(owner).image_key

    async def test_an_image_nobody_heard_of_is_not_found(self, store: ResultStore, key: str) -> None:
        assert await store.find(key) is None
        assert await store.read_result(key) is None
        assert await store.read_history(key) == ()

    async def test_an_announced_image_is_pending(self, store: ResultStore, owner: str, key: str) -> None:
        await store.announce([(identity(owner), "s3://photos/a.jpg", START)])
        record = await store.find(key)
        assert record is not None
        assert (record.status, record.uri, record.announced_at) == (ImageStatus.PENDING, "s3://photos/a.jpg", START)

    async def test_an_accepted_reference_is_pending_and_keeps_no_signature(
        self, store: ResultStore, owner: str, key: str
    ) -> None:
        stood = origin()
        await store.save_accepted([(reference(owner), stood)])
        record = await store.find(key)
        assert record is not None
        assert (record.status, record.uri) == (ImageStatus.PENDING, "s3://photos/a.jpg")
        assert (record.accepted_at, record.accepted_version) == (stood.appended_at, stood.version)

    async def test_a_result_reads_back_as_it_was_saved(self, store: ResultStore, owner: str, key: str) -> None:
        saved = result(owner, metadata={"shelf": 7, "on sale": True, "note": "déjà vu", "long": 10**30})
        await store.save_results([saved])
        assert await store.read_result(key) == saved
        assert await status_of(store, owner) is ImageStatus.RECOGNISED

    async def test_redelivery_leaves_one_result(self, store: ResultStore, owner: str, key: str) -> None:
        stood = origin()
        await store.save_results([result(owner, of=stood)])
        again = result(owner, of=stood, recognised_at=stood.appended_at + timedelta(hours=1))
        await store.save_results([again, again])
        assert len(await store.read_history(key)) == 1

    async def test_an_older_result_after_a_newer_one_changes_nothing(
        self, store: ResultStore, owner: str, key: str
    ) -> None:
        newer = result(owner, of=origin(60))
        await store.save_results([newer])
        await store.save_results([result(owner, of=origin(0))])
        assert await store.read_result(key) == newer

    async def test_every_pipelines_answer_is_kept(self, store: ResultStore, owner: str, key: str) -> None:
        first = result(owner, of=origin(0))
        second = result(owner, of=origin(1), pipeline="standard@2")
        await store.save_results([first, second])
        assert await store.read_history(key) == (second, first)
        assert await store.read_result(key) == second
        assert await store.read_result(key, "standard@1") == first
        assert await store.read_result(key, "standard@3") is None

    async def test_two_workspaces_with_one_image_id_are_apart(self, store: ResultStore, owner: str) -> None:
        other = f"{owner}-b"
        await store.save_results([result(owner)])
        await store.save_rejections([rejection(other)])
        assert await status_of(store, owner) is ImageStatus.RECOGNISED
        assert await status_of(store, other) is ImageStatus.REJECTED
        assert await store.read_result(identity(other).image_key) is None

    @pytest.mark.parametrize("rejected_first", [True, False])
    async def test_a_recognition_counts_more_than_a_rejection_of_the_same_reference(
        self, store: ResultStore, owner: str, rejected_first: bool
    ) -> None:
        stood = origin()
        steps = [store.save_rejections([rejection(owner, of=stood)]), store.save_results([result(owner, of=stood)])]
        for step in steps if rejected_first else reversed(steps):
            await step
        assert await status_of(store, owner) is ImageStatus.RECOGNISED

    async def test_a_newer_reference_is_pending_until_it_is_answered(self, store: ResultStore, owner: str) -> None:
        again = origin(60)
        await store.save_results([result(owner, of=origin(0))])
        await store.save_accepted([(reference(owner), again)])
        assert await status_of(store, owner) is ImageStatus.PENDING
        await store.save_rejections([rejection(owner, of=again)])
        assert await status_of(store, owner) is ImageStatus.REJECTED

    async def test_an_image_whose_reference_was_deleted_unread_is_to_be_sent_again(
        self, store: ResultStore, owner: str, key: str
    ) -> None:
        # A place that no other test has: what was deleted is known for all images.
        lost = origin(offset=10**12 + uuid4().int % 10**9)
        await store.save_accepted([(reference(owner), lost)])
        assert await status_of(store, owner) is ImageStatus.PENDING
        noticed = {"rejected_at": lost.appended_at + timedelta(hours=1), "group": "vedette-recognise"}
        told = rejection(None, None, of=lost, reason=Reason.EXPIRED_UNREAD, last_offset=lost.offset + 5, **noticed)
        await store.save_rejections([told])
        record = await store.find(key)
        assert record is not None
        assert (record.status, record.reason) == (ImageStatus.REJECTED, Reason.EXPIRED_UNREAD)
        assert told in await store.unread_ranges()
        await store.save_accepted([(reference(owner), origin(60))])
        assert await status_of(store, owner) is ImageStatus.PENDING

    async def test_what_several_groups_missed_are_several_dead_letters(self, store: ResultStore) -> None:
        lost = origin(offset=10**12 + uuid4().int % 10**9)
        for group in ("vedette-index", "vedette-store"):
            missed = {"reason": Reason.EXPIRED_UNREAD, "last_offset": lost.offset + 1, "group": group}
            await store.save_rejections([rejection(None, None, of=lost, **missed)])
        for group in ("vedette-index", "vedette-store"):
            known_as = lost.model_copy(update={"topic": f"image-references@{group}"})
            found = await store.find_rejection(known_as)
            assert found is not None
            assert (found.group, found.id) == (group, known_as.id)

    async def test_the_same_offsets_of_a_topic_that_was_made_anew_are_another_range(self, store: ResultStore) -> None:
        offset = 10**12 + uuid4().int % 10**9
        for later in (timedelta(), timedelta(hours=1)):
            lost = origin(offset=offset)
            lost = lost.model_copy(update={"appended_at_ms": lost.appended_at_ms + int(later.total_seconds() * 1000)})
            missed = {"reason": Reason.EXPIRED_UNREAD, "last_offset": offset + 1, "group": "vedette-recognise"}
            await store.save_rejections([rejection(None, None, of=lost, **missed)])
        assert [one.origin.offset for one in await store.unread_ranges()].count(offset) == 2

    async def test_a_rejection_says_why(self, store: ResultStore, owner: str, key: str) -> None:
        await store.save_rejections([rejection(owner, reason=Reason.EMPTY, detail="The object has no bytes.")])
        record = await store.find(key)
        assert record is not None
        assert (record.reason, record.detail) == (Reason.EMPTY, "The object has no bytes.")

    async def test_a_deletion_removes_what_was_known(self, store: ResultStore, owner: str, key: str) -> None:
        await store.announce([(identity(owner), "s3://photos/a.jpg", START)])
        await store.save_accepted([(reference(owner), origin(0))])
        await store.save_results([result(owner, of=origin(1), metadata={"name": "Ada"})])
        await store.save_rejections([rejection(owner, of=origin(2))])
        await store.save_deletions([deletion(owner, of=origin(60))])
        record = await store.find(key)
        assert record is not None
        assert (record.status, record.uri, record.detail) == (ImageStatus.DELETED, None, None)
        assert await store.read_history(key) == ()
        assert (await store.list_images(owner, 10, None)).items == ()
        assert (await store.list_rejections(10, None, DeadLetterQuery(owner=owner))).items == ()

    async def test_a_deletion_removes_every_dead_letter_of_the_image_and_no_other(
        self, store: ResultStore, owner: str
    ) -> None:
        theirs = [rejection(owner, of=origin(at_s)) for at_s in (1, 2, 3)]
        other, later = rejection(owner, "b.jpg", of=origin(4)), rejection(owner, of=origin(120))
        await store.save_rejections([*theirs, other, later])
        await store.save_deletions([deletion(owner, of=origin(60))])
        left = await store.list_rejections(10, None, DeadLetterQuery(owner=owner))
        assert {one.id for one in left.items} == {letter(one).id for one in (other, later)}

    async def test_a_dead_letter_that_comes_after_its_images_deletion_is_listed_nowhere(
        self, store: ResultStore, owner: str
    ) -> None:
        await store.save_deletions([deletion(owner, of=origin(60))])
        await store.save_rejections([rejection(owner, of=origin(3)), rejection(owner, "b.jpg", of=origin(4))])
        left = await store.list_rejections(10, None, DeadLetterQuery(owner=owner))
        assert [letter.image_id for letter in left.items] == ["b.jpg"]

    async def test_a_deletion_survives_what_comes_late(self, store: ResultStore, owner: str, key: str) -> None:
        await store.save_deletions([deletion(owner, of=origin(60))])
        await store.save_accepted([(reference(owner), origin(1))])
        await store.save_results([result(owner, of=origin(2))])
        await store.save_rejections([rejection(owner, of=origin(3))])
        assert await status_of(store, owner) is ImageStatus.DELETED
        assert await store.read_result(key) is None
        assert await store.read_result(key, "standard@1") is None

    async def test_a_newer_reference_brings_a_deleted_image_back(
        self, store: ResultStore, owner: str, key: str
    ) -> None:
        newer = result(owner, of=origin(120))
        await store.save_deletions([deletion(owner, of=origin(60))])
        await store.save_results([newer])
        assert await status_of(store, owner) is ImageStatus.RECOGNISED
        assert await store.read_result(key) == newer

    async def test_numbers_order_references_whatever_their_append_times_say(
        self, store: ResultStore, owner: str, key: str
    ) -> None:
        older, newer = numbered(1.000002, at_s=60, offset=999), numbered(1.000004, at_s=0, offset=1000)
        for stood in (newer, older):
            await store.save_accepted([(reference(owner), stood)])
            await store.save_results([result(owner, of=stood)])
        found = await store.read_result(key)
        assert found is not None
        assert found.origin == newer
        record = await store.find(key)
        assert record is not None
        assert (record.accepted_origin, record.recognised_origin) == (newer.name, newer.name)
        assert [item.image_key for item in (await store.list_images(owner, 10, None)).items] == [key]

    async def test_a_deletion_between_two_neighbours_counts_more_than_one_and_less_than_the_other(
        self, store: ResultStore, owner: str, key: str
    ) -> None:
        first, between, second = (numbered(60 + number / 1_000_000) for number in (2, 3, 4))
        await store.announce([(identity(owner), "s3://photos/a.jpg", START)])
        await store.save_accepted([(reference(owner), first)])
        await store.save_results([result(owner, of=first)])
        await store.save_deletions([deletion(owner, of=between)])
        await store.save_results([result(owner, of=first)])
        assert await status_of(store, owner) is ImageStatus.DELETED
        assert await store.read_history(key) == ()
        await store.save_accepted([(reference(owner), second)])
        assert await status_of(store, owner) is ImageStatus.PENDING
        await store.save_results([result(owner, of=second)])
        assert await status_of(store, owner) is ImageStatus.RECOGNISED

    async def test_an_announcement_after_a_deletion_is_kept_however_large_the_deletions_number_is(
        self, store: ResultStore, owner: str, key: str
    ) -> None:
        ahead = numbered(10**7)
        await store.save_deletions([deletion(owner, of=ahead)])
        await store.announce([(identity(owner), "s3://photos/a.jpg", START + timedelta(hours=1))])
        record = await store.find(key)
        assert record is not None
        assert record.announced_at == START + timedelta(hours=1)

    async def test_an_outcome_answers_its_reference_even_if_that_was_given_another_number(
        self, store: ResultStore, owner: str
    ) -> None:
        stood, otherwise = numbered(1, at_s=1, offset=5), numbered(2, at_s=1, offset=5)
        await store.save_results([result(owner, of=stood)])
        await store.save_accepted([(reference(owner), otherwise)])
        assert await status_of(store, owner) is ImageStatus.RECOGNISED
        await store.save_accepted([(reference(owner), numbered(3, at_s=1, offset=6))])
        assert await status_of(store, owner) is ImageStatus.PENDING

    async def test_a_rejection_with_a_number_is_found_by_its_id_resolved_and_deleted(
        self, store: ResultStore, owner: str
    ) -> None:
        stood = numbered(3600)
        rejected = rejection(owner, of=stood)
        await store.save_rejections([rejected])
        by_id = parse_letter_id(letter(rejected).id)
        assert by_id.sequence is None
        found = await store.find_rejection(by_id)
        assert found == letter(rejected)
        await store.save_resolutions([resolved(rejected, Resolution.DISCARDED)])
        assert await status_of(store, owner) is ImageStatus.DISCARDED
        await store.save_deletions([deletion(owner, of=numbered(3601))])
        assert await store.find_rejection(by_id) is None

    async def test_five_hundred_results_in_one_save(self, store: ResultStore, owner: str) -> None:
        before = await store.count_results()
        saved = [result(owner, f"{number}.jpg") for number in range(500)]
        await store.save_results(saved)
        assert await store.count_results() == before + 500
        found = {item.image_key: item async for item in store.scan_results() if item.owner == owner}
        assert found == {item.image_key: item for item in saved}

    async def test_saving_nothing_is_no_error_and_changes_nothing(self, store: ResultStore, owner: str) -> None:
        kept = result(owner)
        await store.save_results([kept])
        await store.save_accepted([])
        await store.save_results([])
        await store.save_rejections([])
        await store.save_deletions([])
        assert await store.read_result(kept.image_key) == kept

    async def test_images_are_listed_newest_first_over_days(self, store: ResultStore, owner: str) -> None:
        hours = 3600.0
        for number, at_s in enumerate((0, 1, 5 * hours, 30 * hours, 31 * hours)):
            await store.save_results([result(owner, f"{number}.jpg", of=origin(at_s))])
        pages = await read_pages(store, owner, limit=2)
        assert [[item.image_id for item in page.items] for page in pages] == [
            ["4.jpg", "3.jpg"],
            ["2.jpg", "1.jpg"],
            ["0.jpg"],
        ]

    async def test_an_image_referenced_twice_is_listed_once_at_its_newest(self, store: ResultStore, owner: str) -> None:
        await store.save_results([result(owner, "a.jpg", of=origin(0)), result(owner, "b.jpg", of=origin(1))])
        await store.save_accepted([(reference(owner, "a.jpg"), origin(90_000))])
        (page,) = await read_pages(store, owner, limit=10)
        assert [(item.image_id, item.status) for item in page.items] == [
            ("a.jpg", ImageStatus.PENDING),
            ("b.jpg", ImageStatus.RECOGNISED),
        ]

    async def test_pages_of_images_stay_whole_while_images_come_in_go_and_change(
        self, store: ResultStore, owner: str
    ) -> None:
        names = [f"{number}.jpg" for number in range(9)]
        await store.save_results([result(owner, name, of=origin(number)) for number, name in enumerate(names)])
        page, seen = await store.list_images(owner, 2), []
        for step in itertools.count():
            seen += [item.image_id for item in page.items]
            # One comes in, one that is not shown yet is deleted, one that was shown is recognised anew.
            await store.save_results([result(owner, f"new-{step}.jpg", of=origin(100 + step))])
            if step == 0:
                await store.save_deletions([deletion(owner, "2.jpg", of=origin(50))])
                await store.save_results([result(owner, "8.jpg", of=origin(60))])
            if page.next_cursor is None:
                break
            page = await store.list_images(owner, 2, page.next_cursor)
        assert seen == [name for name in reversed(names) if name != "2.jpg"]

    async def test_images_of_one_moment_are_all_listed(self, store: ResultStore, owner: str) -> None:
        stood = origin()
        await store.save_accepted([(reference(owner, f"{number}.jpg"), stood) for number in range(7)])
        pages = await read_pages(store, owner, limit=3)
        assert sorted(item.image_id for page in pages for item in page.items) == [f"{n}.jpg" for n in range(7)]

    async def test_a_long_page_is_in_order_and_names_every_image_once(self, store: ResultStore, owner: str) -> None:
        names = [f"{number}.jpg" for number in range(25)]
        await store.save_results([result(owner, name, of=origin(number)) for number, name in enumerate(names)])
        await store.save_results([result(owner, name, of=origin(100)) for name in names[:3]])
        (page,) = await read_pages(store, owner, limit=50)
        assert sorted(item.image_id for item in page.items[:3]) == sorted(names[:3])
        assert [item.image_id for item in page.items[3:]] == names[:2:-1]

    async def test_rejections_are_listed_newest_first(self, store: ResultStore, owner: str) -> None:
        nameless = rejection(owner, None, of=origin(100), reason=Reason.INVALID_REFERENCE, uri=None)
        named = rejection(owner, of=origin(50))
        await store.save_rejections([named, nameless])
        first = await store.list_rejections(1, None, DeadLetterQuery(owner=owner))
        assert first.items == (letter(nameless),)
        second = await store.list_rejections(1, first.next_cursor, DeadLetterQuery(owner=owner))
        assert second.items == (letter(named),)
        corrupt = DeadLetterQuery(owner=owner, reason=Reason.CORRUPT_IMAGE)
        assert (await store.list_rejections(5, None, corrupt)).items == (letter(named),)
        late = DeadLetterQuery(owner=owner, since=START + timedelta(seconds=60))
        assert (await store.list_rejections(5, None, late)).items == (letter(nameless),)
        early = DeadLetterQuery(owner=owner, until=START + timedelta(seconds=60))
        assert (await store.list_rejections(5, None, early)).items == (letter(named),)

    async def test_a_rejection_is_found_by_the_place_of_its_message(self, store: ResultStore, owner: str) -> None:
        rejected = rejection(owner, letter=origin(1))
        await store.save_rejections([rejected])
        assert await store.find_rejection(rejected.origin) == letter(rejected)
        assert await store.find_rejection(origin(9)) is None

    async def test_a_rejection_that_says_it_replays_anothers_message_changes_nothing_of_that(
        self, store: ResultStore, owner: str
    ) -> None:
        victim = rejection(owner, letter=origin(1))
        forged = rejection(f"{owner}-b", "z.jpg", of=victim.origin, replay=origin(60), detail="z" * 100)
        await store.save_rejections([victim, forged])
        await store.save_resolutions([resolved(forged, Resolution.DISCARDED)])
        assert await store.find_rejection(victim.origin) == letter(victim)
        found = await store.find_rejection(forged.message)
        assert found is not None
        assert (found.id, found.owner, found.resolution) == (forged.message.id, f"{owner}-b", Resolution.DISCARDED)
        await store.save_deletions([deletion(f"{owner}-b", "z.jpg", of=origin(90))])
        assert await store.find_rejection(victim.origin) == letter(victim)
        assert await store.find_rejection(forged.message) is None

    @pytest.mark.parametrize("resolution", list(Resolution))
    async def test_what_was_done_about_a_rejection_is_kept_whatever_is_written_first(
        self, store: ResultStore, owner: str, resolution: Resolution
    ) -> None:
        rejected = rejection(owner)
        event = resolved(rejected, resolution)
        kept = letter(rejected, resolution=resolution, resolved_by=event.by, resolved_at=event.at)
        await store.save_resolutions([event])
        assert await store.find_rejection(rejected.origin) is None
        for _ in range(2):
            await store.save_rejections([rejected])
            assert (await store.list_rejections(5, None, DeadLetterQuery(owner=owner))).items == ()
            alike = DeadLetterQuery(owner=owner, state=LetterState(resolution.value))
            assert (await store.list_rejections(5, None, alike)).items == (kept,)
            await store.save_resolutions([event])

    async def test_of_two_acts_on_one_rejection_the_later_counts(self, store: ResultStore, owner: str) -> None:
        rejected = rejection(owner)
        later, earlier = resolved(rejected, Resolution.REPLAYED, 9), resolved(rejected, Resolution.DISCARDED, 8)
        await store.save_rejections([rejected])
        await store.save_resolutions([later])
        await store.save_resolutions([earlier])
        found = await store.find_rejection(rejected.origin)
        assert found is not None
        assert found.resolution is Resolution.REPLAYED

    async def test_an_image_is_discarded_with_its_rejection_until_a_newer_reference_comes(
        self, store: ResultStore, owner: str
    ) -> None:
        rejected = rejection(owner, of=origin(1))
        await store.save_rejections([rejected])
        await store.save_resolutions([resolved(rejected, Resolution.DISCARDED)])
        assert await status_of(store, owner) is ImageStatus.DISCARDED
        await store.save_accepted([(reference(owner), origin(2))])
        assert await status_of(store, owner) is ImageStatus.PENDING
        await store.save_results([result(owner, of=origin(2))])
        assert await status_of(store, owner) is ImageStatus.RECOGNISED

    async def test_a_discarded_image_can_be_deleted(self, store: ResultStore, owner: str) -> None:
        rejected = rejection(owner, of=origin(1))
        await store.save_rejections([rejected])
        await store.save_resolutions([resolved(rejected, Resolution.DISCARDED)])
        await store.save_deletions([deletion(owner, of=origin(5))])
        assert await status_of(store, owner) is ImageStatus.DELETED

    async def test_a_rejected_message_without_a_workspace_is_listed(self, store: ResultStore) -> None:
        # Its own moment, since every test's messages without a workspace stand in one list.
        nameless = rejection(None, None, of=origin(10**7 + uuid4().int % 10**7), reason=Reason.INVALID_JSON, uri=None)
        await store.save_rejections([nameless, nameless])
        page = await store.list_rejections(200, None)
        assert page.items.count(letter(nameless)) == 1

    async def test_a_cursor_that_was_altered_or_is_another_lists_is_refused(
        self, store: ResultStore, owner: str
    ) -> None:
        await store.save_results([result(owner, "a.jpg"), result(owner, "b.jpg")])
        cursor = (await store.list_images(owner, 1, None)).next_cursor
        assert cursor is not None
        altered = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
        for wrong in (altered, "", "?", "AAAA", "\N{SNOWMAN}", cursor[:10]):
            with pytest.raises(InvalidCursor, match="leave it out"):
                await store.list_images(owner, 1, wrong)
        with pytest.raises(InvalidCursor):
            await store.list_images(f"{owner}-b", 1, cursor)

    async def test_it_answers_a_ping(self, store: ResultStore) -> None:
        await store.ping()

    async def test_a_replay_by_a_pipeline_that_does_not_count_is_kept_beside_and_changes_nothing_else(
        self, store: ResultStore, owner: str
    ) -> None:
        first = result(owner)
        await store.save_accepted([(reference(owner), first.origin)])
        await store.save_results([first])
        before = await store.find(first.image_key)
        replayed = result(owner, pipeline="trial@1", promoted=False, of=first.origin, replay=origin(60))
        await store.save_results([replayed])
        await store.save_rejections([rejection(owner, promoted=False, of=first.origin, replay=origin(90))])
        record = await store.find(first.image_key)
        assert record is not None
        assert before is not None
        assert record.status is ImageStatus.RECOGNISED
        assert (record.pipeline, record.recognised_at) == (before.pipeline, before.recognised_at)
        assert await store.read_result(first.image_key, "trial@1") == replayed
        assert await store.read_result(first.image_key) == first

    async def test_a_replay_does_not_bring_a_deleted_image_back(self, store: ResultStore, owner: str) -> None:
        first = result(owner)
        await store.save_results([first])
        await store.save_deletions([deletion(owner, of=origin(30))])
        for promoted in (False, True):
            again = {"of": first.origin, "replay": origin(60), "promoted": promoted}
            await store.save_results([result(owner, pipeline="next@1", **again)])
        record = await store.find(first.image_key)
        assert record is not None
        assert record.status is ImageStatus.DELETED
        assert await store.read_history(first.image_key) == ()

    async def test_a_replay_by_the_promoted_pipeline_becomes_the_images_answer(
        self, store: ResultStore, owner: str
    ) -> None:
        first = result(owner)
        later = first.recognised_at + timedelta(seconds=100)
        replayed = result(owner, pipeline="next@1", of=first.origin, replay=origin(60), recognised_at=later)
        for saved in (first, replayed, first):
            await store.save_results([saved])
        assert await store.read_result(first.image_key) == replayed
