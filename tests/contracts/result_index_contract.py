"""What every result index promises: the one in Elasticsearch, and the one in memory that stands in for it."""

import base64
import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from infra.elasticsearch.results import ResultIndex
from infra.errors import InvalidCursor
from schemas.answers import (
    Category,
    EmbeddingAnswer,
    FailedFeature,
    FailureCode,
    FeatureAnswers,
    FeatureFailure,
    HashAnswer,
    Label,
    LabelsAnswer,
    TreeNode,
)
from schemas.camera_notes import MOST_CAMERA_CHARACTERS, CameraNotes, Location
from schemas.dead_letters import Reason, Resolution
from schemas.images import ImageIdentity
from schemas.queries import ImageStatus, Interval, Latency, ResultQuery, ResultSummary
from tests.samples import (
    FACES,
    HASH,
    MODERATION,
    NO_FACES,
    OBJECTS,
    PROPERTIES,
    START,
    TEXT,
    deletion,
    numbered,
    origin,
    rejection,
    resolved,
    result,
)


async def search(index: ResultIndex, owner: str, **fields: Any) -> tuple[ResultSummary, ...]:
    await index.refresh()
    return (await index.search(ResultQuery(owners=frozenset({owner}), **fields))).items


async def found(index: ResultIndex, owner: str, **fields: Any) -> list[str]:
    return [item.image_id for item in await search(index, owner, **fields)]


async def status_of(index: ResultIndex, owner: str) -> ImageStatus | None:
    statuses = [item.status for item in await search(index, owner)]
    return statuses[0] if statuses else None


def labels(*named: tuple[str, float]) -> Sequence[Label]:
    return tuple(Label(name=name, confidence=confidence) for name, confidence in named)


class ResultIndexContract:
    """Tests on the fixture ``index``; each has a workspace of its own."""

    @pytest.fixture
    def owner(self) -> str:
        return f"shop-{uuid4().hex[:12]}"

    async def test_a_recognised_image_is_found(self, index: ResultIndex, owner: str) -> None:
        saved = result(owner)
        await index.save_results([saved])
        (summary,) = await search(index, owner)
        assert summary == ResultSummary(
            owner=owner,
            image_id="a.jpg",
            status=ImageStatus.RECOGNISED,
            uri="s3://photos/a.jpg",
            pipeline="standard@1",
            recognised_at=saved.recognised_at,
            labels=(Label(name="Egyptian cat", confidence=0.8),),
        )

    async def test_how_long_each_stage_took_is_told_of_images_since_then(self, index: ResultIndex, owner: str) -> None:
        # Far from what other tests save, since this is about all workspaces.
        since = datetime(2990, 1, 1, tzinfo=UTC)
        assert (await index.latency(since + timedelta(days=400))) == Latency(images=0)
        first, second = since + timedelta(days=1), since + timedelta(days=2)
        await index.save_results([result(owner, "slow.jpg", recognised_at=first)])
        await index.save_results([result(owner, "quick.jpg", of=origin(101), recognised_at=second)])
        await index.save_rejections([rejection(owner, "lost.jpg", of=origin(102), rejected_at=second)])
        await index.refresh()
        told = await index.latency(since)
        assert told.images == 2
        assert [(one.stage, one.p50_ms, one.p95_ms) for one in told.stages] == [
            ("queue", 1, 1),
            ("fetch", 2, 2),
            ("decode", 3, 3),
            ("inference", 40, 40),
        ]
        assert (await index.latency(since + timedelta(hours=36))).images == 1

    async def test_a_rejected_image_is_found_with_its_reason(self, index: ResultIndex, owner: str) -> None:
        await index.save_rejections([rejection(owner, reason=Reason.EMPTY)])
        (summary,) = await search(index, owner)
        assert (summary.status, summary.reason) == (ImageStatus.REJECTED, Reason.EMPTY)
        assert summary.recognised_at is None

    async def test_a_snapshot_has_every_image_once_as_it_was_when_it_was_taken(
        self, index: ResultIndex, owner: str
    ) -> None:
        await index.save_results([result(owner, f"{number}.jpg", of=origin(number)) for number in range(7)])
        await index.refresh()
        everything = ResultQuery(owners=frozenset({owner}))
        async with index.snapshot(everything, 3) as snapshot:
            before = [image async for page in snapshot.pages() for image in page]
            await index.save_results([result(owner, "3.jpg", of=origin(100)), result(owner, "new.jpg", of=origin(101))])
            await index.refresh()
            again = [image async for page in snapshot.pages() for image in page]
        assert [image.summary.image_id for image in before] == [f"{number}.jpg" for number in range(6, -1, -1)]
        assert again == before
        assert (await found(index, owner))[:2] == ["new.jpg", "3.jpg"]

    async def test_a_snapshot_has_what_a_search_finds_and_where_the_objects_are(
        self, index: ResultIndex, owner: str
    ) -> None:
        seen = FeatureAnswers(objects=OBJECTS)
        await index.save_results([result(owner, "dogs.jpg", features=seen), result(owner, "other.jpg", of=origin(1))])
        await index.save_rejections([rejection(owner, "torn.jpg", of=origin(2))])
        listed = await search(index, owner)
        async with index.snapshot(ResultQuery(owners=frozenset({owner})), 10) as snapshot:
            [page] = [page async for page in snapshot.pages()]
        assert tuple(image.summary for image in page) == listed
        by_name = {image.summary.image_id: image for image in page}
        assert by_name["dogs.jpg"].objects == OBJECTS.objects
        assert (by_name["dogs.jpg"].width, by_name["torn.jpg"].width) == (result(owner).image.width, None)
        name = OBJECTS.objects[0].name
        async with index.snapshot(ResultQuery(owners=frozenset({owner}), object=name), 10) as snapshot:
            assert [image.summary.image_id async for page in snapshot.pages() for image in page] == ["dogs.jpg"]

    async def test_a_snapshot_of_nothing_has_no_pages(self, index: ResultIndex, owner: str) -> None:
        async with index.snapshot(ResultQuery(owners=frozenset({owner})), 10) as snapshot:
            assert [page async for page in snapshot.pages()] == []

    async def test_redelivery_leaves_one_document(self, index: ResultIndex, owner: str) -> None:
        stood = origin()
        await index.save_results([result(owner, of=stood), result(owner, of=stood)])
        await index.save_results([result(owner, of=stood)])
        assert await found(index, owner) == ["a.jpg"]

    async def test_an_older_result_after_a_newer_one_changes_nothing(self, index: ResultIndex, owner: str) -> None:
        newer = result(owner, of=origin(60), pipeline="standard@2")
        await index.save_results([newer])
        await index.save_results([result(owner, of=origin(0))])
        assert [item.pipeline for item in await search(index, owner)] == ["standard@2"]

    @pytest.mark.parametrize("rejected_first", [True, False])
    async def test_a_recognition_counts_more_than_a_rejection_of_the_same_reference(
        self, index: ResultIndex, owner: str, rejected_first: bool
    ) -> None:
        stood = origin()
        steps = [index.save_rejections([rejection(owner, of=stood)]), index.save_results([result(owner, of=stood)])]
        for step in steps if rejected_first else reversed(steps):
            await step
        assert await status_of(index, owner) is ImageStatus.RECOGNISED

    @pytest.mark.parametrize("resolution", list(Resolution))
    async def test_a_resolved_rejection_is_no_longer_shown_whatever_is_written_first(
        self, index: ResultIndex, owner: str, resolution: Resolution
    ) -> None:
        rejected = rejection(owner, of=origin(50))
        steps = [index.save_rejections([rejected]), index.save_resolutions([resolved(rejected, resolution)])]
        for step in steps if resolution is Resolution.REPLAYED else reversed(steps):
            await step
        await index.refresh()
        assert await index.count(owner) == 0
        discarded = await index.search(ResultQuery(owners=frozenset({owner}), status=ImageStatus.DISCARDED))
        assert len(discarded.items) == (resolution is Resolution.DISCARDED)
        await index.save_results([result(owner, of=rejected.origin)])
        await index.refresh()
        assert await index.count(owner) == 1

    async def test_a_newer_rejection_replaces_a_result(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner, of=origin(0))])
        await index.save_rejections([rejection(owner, of=origin(60))])
        assert await status_of(index, owner) is ImageStatus.REJECTED
        assert await found(index, owner, label="Egyptian cat") == []

    async def test_a_deletion_survives_what_comes_late(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner, of=origin(0))])
        await index.save_deletions([deletion(owner, of=origin(60))])
        await index.save_results([result(owner, of=origin(1))])
        await index.save_rejections([rejection(owner, of=origin(2))])
        assert await found(index, owner) == []
        assert await found(index, owner, status=ImageStatus.DELETED) == []

    async def test_a_newer_reference_brings_a_deleted_image_back(self, index: ResultIndex, owner: str) -> None:
        await index.save_deletions([deletion(owner, of=origin(60))])
        await index.save_results([result(owner, of=origin(120))])
        assert await status_of(index, owner) is ImageStatus.RECOGNISED

    async def test_numbers_order_references_whatever_their_append_times_say(
        self, index: ResultIndex, owner: str
    ) -> None:
        newer = result(owner, of=numbered(1.000004, at_s=0, offset=1000), pipeline="standard@2")
        await index.save_results([newer])
        await index.save_results([result(owner, of=numbered(1.000002, at_s=60, offset=999))])
        assert [item.pipeline for item in await search(index, owner)] == ["standard@2"]

    async def test_a_deletion_between_two_neighbours_counts_more_than_one_and_less_than_the_other(
        self, index: ResultIndex, owner: str
    ) -> None:
        first, between, second = (numbered(60 + number / 1_000_000) for number in (2, 3, 4))
        await index.save_results([result(owner, of=first, replay=origin())])
        await index.save_deletions([deletion(owner, of=between)])
        await index.save_results([result(owner, of=first, replay=origin())])
        assert await found(index, owner) == []
        await index.save_rejections([rejection(owner, of=second)])
        assert await status_of(index, owner) is ImageStatus.REJECTED

    async def test_two_workspaces_with_one_image_id_are_apart(self, index: ResultIndex, owner: str) -> None:
        other = f"{owner}-b"
        await index.save_results([result(owner), result(other, pipeline="standard@2")])
        assert [(item.owner, item.pipeline) for item in await search(index, owner)] == [(owner, "standard@1")]
        both = await index.search(ResultQuery(owners=frozenset({owner, other})))
        assert {item.owner for item in both.items} == {owner, other}

    async def test_nothing_is_found_in_the_reach_of_no_workspace(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner)])
        await index.refresh()
        assert (await index.search(ResultQuery(owners=frozenset()))).items == ()

    async def test_a_caller_without_bounds_finds_every_workspace(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner, pipeline=f"{owner}@1")])
        await index.refresh()
        everywhere = await index.search(ResultQuery(owners=None, pipeline=f"{owner}@1"))
        assert [item.owner for item in everywhere.items] == [owner]

    async def test_a_message_that_named_no_image_is_kept_and_not_found(self, index: ResultIndex, owner: str) -> None:
        await index.refresh()
        before = await index.count()
        await index.save_rejections([rejection(owner, None, reason=Reason.INVALID_REFERENCE, uri=None)])
        await index.save_rejections([rejection(None, None, reason=Reason.INVALID_JSON, uri=None)])
        assert await found(index, owner) == []
        assert await index.count() == before + 2

    async def test_labels_are_found_with_at_least_the_confidence_asked_for(
        self, index: ResultIndex, owner: str
    ) -> None:
        sure = result(owner, "sure.jpg", labels=labels(("tabby", 0.95), ("lynx", 0.03)), of=origin(3))
        half = result(owner, "half.jpg", labels=labels(("lynx", 0.6), ("tabby", 0.5)), of=origin(2))
        faint = result(owner, "faint.jpg", labels=labels(("lynx", 0.97), ("tabby", 0.02)), of=origin(1))
        await index.save_results([sure, half, faint])
        assert await found(index, owner, label="tabby") == ["sure.jpg", "half.jpg", "faint.jpg"]
        assert await found(index, owner, label="tabby", min_confidence=0.02) == ["sure.jpg", "half.jpg", "faint.jpg"]
        assert await found(index, owner, label="tabby", min_confidence=0.5) == ["sure.jpg", "half.jpg"]
        assert await found(index, owner, label="tabby", min_confidence=0.55) == ["sure.jpg"]
        assert await found(index, owner, label="tabby", min_confidence=0.9) == ["sure.jpg"]
        assert await found(index, owner, label="tabby", min_confidence=0.96) == []
        assert await found(index, owner, label="LYNX", min_confidence=0.6) == ["half.jpg", "faint.jpg"]
        assert await found(index, owner, label="tab") == []
        assert await found(index, owner, min_confidence=0.95) == ["sure.jpg", "faint.jpg"]

    async def test_images_of_nothing_that_the_model_knows_are_found_and_counted(
        self, index: ResultIndex, owner: str
    ) -> None:
        shares = {"strange.jpg": 0.0, "odd.jpg": 0.04, "edge.jpg": 0.05, "usual.jpg": 0.7, "older.jpg": None}
        for number, (image_id, known) in enumerate(shares.items()):
            answer = LabelsAnswer(model="lite0@2", labels=labels(("tabby", 0.9)), known=known)
            features = FeatureAnswers(labels=answer)
            await index.save_results([result(owner, image_id, features=features, of=origin(10 - number))])
        assert await found(index, owner, max_known=0.05) == ["strange.jpg", "odd.jpg"]
        assert await found(index, owner, min_known=0.05) == ["edge.jpg", "usual.jpg"]
        assert await found(index, owner, min_known=0.01, max_known=0.7, label="tabby") == ["odd.jpg", "edge.jpg"]
        assert {one.image_id: one.known for one in await search(index, owner)} == shares
        told = await index.statistics(ResultQuery(owners=frozenset({owner})))
        assert [(each.key, each.count) for each in told.known if each.count] == [("0.0", 3), ("0.7", 1)]

    async def test_a_label_may_be_any_text(self, index: ResultIndex, owner: str) -> None:
        name = 'tiger cat, "felis" (*) ünïcode?'
        await index.save_results([result(owner, labels=labels((name, 0.7)))])
        assert await found(index, owner, label=name, min_confidence=0.3) == ["a.jpg"]
        assert await found(index, owner, label="tiger*") == []

    async def test_objects_are_found_with_at_least_the_confidence_asked_for(
        self, index: ResultIndex, owner: str
    ) -> None:
        features = result(owner).features
        seen = features.model_copy(update={"objects": OBJECTS})
        none = features.model_copy(update={"objects": OBJECTS.model_copy(update={"objects": ()})})
        await index.save_results([result(owner, "seen.jpg", features=seen), result(owner, "none.jpg", features=none)])
        assert await found(index, owner, object="dog") == ["seen.jpg"]
        assert await found(index, owner, object="DOG", min_confidence=0.5) == ["seen.jpg"]
        assert await found(index, owner, object="dog", min_confidence=0.9) == ["seen.jpg"]
        assert await found(index, owner, object="dog", min_confidence=0.91) == []
        assert await found(index, owner, object="car", min_confidence=0.7) == [], (
            "the dog's confidence is not the car's"
        )
        assert await found(index, owner, object="cat") == []
        assert await found(index, owner, object="dog", label="Egyptian cat", min_confidence=0.8) == ["seen.jpg"]
        assert await found(index, owner, object="dog", label="tabby") == []
        assert await found(index, owner, text="car") == ["seen.jpg"]
        summaries = {summary.image_id: summary.objects for summary in await search(index, owner)}
        assert summaries == {"seen.jpg": labels(("dog", 0.9), ("car", 0.6), ("dog", 0.3)), "none.jpg": ()}

    async def test_a_label_is_found_by_everything_more_general(self, index: ResultIndex, owner: str) -> None:
        tree = {"animal": 0.9, "dog": 0.85, "pug": 0.8}
        await index.save_results([result(owner, "pug.jpg", features=_classified(tree, "pug"), of=origin(2))])
        await index.save_results([result(owner, "tabby.jpg", features=_classified({"animal": 0.4}, "tabby"))])
        await index.save_results([result(owner, "old.jpg", labels=labels(("dog", 0.8)), of=origin(-1))])
        await index.save_results([result(owner, "seen.jpg", features=FeatureAnswers(objects=OBJECTS), of=origin(-2))])
        assert await found(index, owner, label="animal") == ["pug.jpg", "tabby.jpg"]
        assert await found(index, owner, label="DOG") == ["pug.jpg", "old.jpg", "seen.jpg"]
        assert await found(index, owner, label="animal", min_confidence=0.5) == ["pug.jpg"]
        assert await found(index, owner, label="dog", min_confidence=0.85) == ["pug.jpg", "seen.jpg"]
        assert await found(index, owner, label="dog", min_confidence=0.850001) == ["seen.jpg"]
        assert await found(index, owner, label="dog", min_confidence=0.95) == []
        assert await found(index, owner, label_exact="dog") == ["old.jpg"]
        assert await found(index, owner, label_exact="animal") == []
        assert await found(index, owner, label="do") == await found(index, owner, label="animal.") == []

    async def test_images_without_a_label_are_found_by_everything_more_general(
        self, index: ResultIndex, owner: str
    ) -> None:
        pug, van = _classified({"dog": 0.6}, "pug"), _classified({"vehicle": 0.6}, "van")
        await index.save_results([result(owner, "pug.jpg", features=pug, of=origin(1))])
        await index.save_results([result(owner, "van.jpg", features=van, of=origin(2))])
        assert await found(index, owner, exclude_labels=("dog",)) == ["van.jpg"]
        assert await found(index, owner, exclude_labels=("dog",), min_confidence=0.7) == ["van.jpg", "pug.jpg"]
        assert await found(index, owner, exclude_labels=("dog", "Vehicle")) == []
        assert await found(index, owner, label="vehicle", exclude_labels=("dog",)) == ["van.jpg"]

    async def test_categories_words_counts_and_suggestions_follow_the_hierarchy(
        self, index: ResultIndex, owner: str
    ) -> None:
        await index.save_results([result(owner, features=_classified({"animal": 0.9, "hunting dog": 0.7}, "beagle"))])
        assert await found(index, owner, category="Animals and Pets") == ["a.jpg"]
        assert await found(index, owner, category="animals and pets", min_confidence=0.9) == ["a.jpg"]
        assert await found(index, owner, category="animals and pets", min_confidence=0.91) == []
        assert await found(index, owner, category="Animals") == []
        assert await found(index, owner, text="hunting pets") == ["a.jpg"]
        assert await found(index, owner, text="hound") == ["a.jpg"], "an alias"
        query = ResultQuery(owners=frozenset({owner}))
        told = await index.statistics(query)
        assert {each.key for each in told.label_tree} == {"animal", "hunting dog"}
        assert [(each.key, each.count) for each in told.categories] == [("Animals and Pets", 1)]
        assert [each.key for each in told.labels] == ["beagle"]
        assert [each.key for each in await index.suggest(query, "hunt")] == ["hunting dog"]

    async def test_images_are_found_and_counted_by_what_may_be_unfit_to_be_shown(
        self, index: ResultIndex, owner: str
    ) -> None:
        fit = MODERATION.model_copy(update={"categories": ()})
        answers = {"unfit.jpg": MODERATION, "fit.jpg": fit}
        await index.save_results(
            [result(owner, name, features=FeatureAnswers(moderation=answer)) for name, answer in answers.items()]
        )
        assert await found(index, owner, moderation="Explicit") == ["unfit.jpg"]
        assert await found(index, owner, moderation="explicit nudity", min_confidence=0.7) == ["unfit.jpg"]
        assert await found(index, owner, moderation="explicit", min_confidence=0.9) == ["unfit.jpg"]
        assert await found(index, owner, moderation="Explicit Nudity", min_confidence=0.75) == []
        assert await found(index, owner, moderation="Nudity") == []
        assert await found(index, owner, text="nudity") == [], "whoever searches for words is not shown it for that"
        summaries = {summary.image_id: summary.moderation for summary in await search(index, owner)}
        assert summaries == {"unfit.jpg": ("Explicit", "Explicit Nudity"), "fit.jpg": ()}
        told = await index.statistics(ResultQuery(owners=frozenset({owner})))
        assert sorted((each.key, each.count) for each in told.moderation) == [("Explicit", 1), ("Explicit Nudity", 1)]

    async def test_images_are_found_and_counted_by_how_many_faces_they_show(
        self, index: ResultIndex, owner: str
    ) -> None:
        one = FACES.model_copy(update={"faces": FACES.faces[:1]})
        several = {"two.jpg": FACES, "one.jpg": one, "none.jpg": NO_FACES}
        answers = [result(owner, name, features=FeatureAnswers(faces=faces)) for name, faces in several.items()]
        await index.save_results([*answers, result(owner, "not-asked.jpg")])
        assert sorted(await found(index, owner, min_faces=1)) == ["one.jpg", "two.jpg"]
        assert await found(index, owner, min_faces=1, max_faces=1) == ["one.jpg"]
        assert sorted(await found(index, owner, max_faces=1)) == ["none.jpg", "one.jpg"]
        assert await found(index, owner, max_faces=0) == ["none.jpg"]
        assert await found(index, owner, min_faces=3) == []
        summaries = {summary.image_id: summary.faces for summary in await search(index, owner)}
        assert summaries == {"two.jpg": 2, "one.jpg": 1, "none.jpg": 0, "not-asked.jpg": None}
        told = await index.statistics(ResultQuery(owners=frozenset({owner})))
        assert sorted((each.key, each.count) for each in told.faces) == [("0", 1), ("1", 1), ("2", 1)]

    async def test_what_is_written_in_an_image_is_found(self, index: ResultIndex, owner: str) -> None:
        nothing = TEXT.model_copy(update={"text": "", "lines": ()})
        await index.save_results([result(owner, "box.jpg", features=FeatureAnswers(text=TEXT))])
        await index.save_results([result(owner, "blank.jpg", features=FeatureAnswers(text=nothing))])
        assert await found(index, owner, text="fragile") == ["box.jpg"]
        assert await found(index, owner, text="up this fragile box") == ["box.jpg"]
        assert await found(index, owner, text="down") == []

    async def test_a_page_full_of_text_and_a_crowd_of_objects_are_taken(self, index: ResultIndex, owner: str) -> None:
        page = TEXT.model_copy(update={"text": "\n".join(f"word{number} " * 20 for number in range(1000))})
        crowd = OBJECTS.model_copy(update={"objects": OBJECTS.objects[:1] * 1000})
        await index.save_results([result(owner, features=FeatureAnswers(text=page, objects=crowd))])
        assert await found(index, owner, text="word999", object="dog") == ["a.jpg"]

    async def test_text_is_found_in_labels_names_addresses_and_metadata(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner, "IMG_2041.jpg", metadata={"season": "Spring sale", "no": 12})])
        for text in ("egyptian", "CAT", "2041", "img", "photos", "spring sale", "12", "cat spring", "s3://photos/"):
            assert await found(index, owner, text=text) == ["IMG_2041.jpg"], text
        for text in ("dog", "cat dog", "egypt", "!!!", "\N{SNOWMAN}"):
            assert await found(index, owner, text=text) == [], text

    async def test_results_are_filtered_by_pipeline_status_and_time(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner, "old.jpg", of=origin(0))])
        await index.save_results([result(owner, "new.jpg", of=origin(100), pipeline="standard@2")])
        await index.save_rejections([rejection(owner, "bad.jpg", of=origin(50))])
        assert await found(index, owner) == ["new.jpg", "bad.jpg", "old.jpg"]
        assert await found(index, owner, pipeline="standard@2") == ["new.jpg"]
        assert await found(index, owner, status=ImageStatus.REJECTED) == ["bad.jpg"]
        assert await found(index, owner, status=ImageStatus.PENDING) == []
        moment = START + timedelta(seconds=50.5)
        assert await found(index, owner, since=moment) == ["new.jpg", "bad.jpg"]
        assert await found(index, owner, until=moment) == ["old.jpg"]
        assert await found(index, owner, since=moment, until=moment + timedelta(seconds=1)) == ["bad.jpg"]

    async def test_images_are_found_and_counted_by_when_and_with_what_they_were_taken(
        self, index: ResultIndex, owner: str
    ) -> None:
        noted = {
            "zoned": {"taken_at": "2024-05-01T01:30:00.25+02:00", "camera": "Apple iPhone 12"},
            "local": {"taken_at": "2024-05-01T01:30:00", "taken_at_local": True, "camera": "NIKON D70"},
            "eldest": {"taken_at": "1826-01-01T00:00:00-14:00", "location": Location(lat=-90, lon=180)},
            "latest": {"taken_at": "9998-12-31T23:59:59.999999+14:00", "camera": "\U0001f4f7" * MOST_CAMERA_CHARACTERS},
            "silent": {},
        }
        images = {name: result(owner).image.model_copy(update=dict(CameraNotes(**of))) for name, of in noted.items()}
        await index.save_results([result(owner, name, image=image) for name, image in images.items()])
        day, next_day = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)
        assert await found(index, owner, taken_since=day, taken_until=next_day) == ["local"]
        assert await found(index, owner, taken_since=day - timedelta(hours=1), taken_until=day) == ["zoned"]
        assert await found(index, owner, taken_until=day - timedelta(days=9999)) == ["eldest"]
        assert await found(index, owner, taken_since=next_day) == ["latest"]
        assert await found(index, owner, camera="apple IPHONE 12") == ["zoned"]
        assert await found(index, owner, text="nikon") == ["local"]
        shown = {item.image_id: (item.taken_at, item.taken_at_local) for item in await search(index, owner)}
        assert shown["local"] == ("2024-05-01T01:30:00", True)
        assert shown["silent"] == (None, None)
        counts = (await index.statistics(ResultQuery(owners=frozenset({owner})))).cameras
        assert {bucket.key: bucket.count for bucket in counts} == {
            str(image.camera): 1 for image in images.values() if image.camera
        }

    async def test_pages_hold_everything_once(self, index: ResultIndex, owner: str) -> None:
        # Three of each moment, so that pages end between images of one moment.
        saved = [result(owner, f"{number}.jpg", of=origin(number // 3, offset=number)) for number in range(11)]
        await index.save_results(saved)
        await index.refresh()
        query = ResultQuery(owners=frozenset({owner}), limit=2)
        pages = [await index.search(query)]
        while (cursor := pages[-1].next_cursor) is not None:
            pages.append(await index.search(query.model_copy(update={"cursor": cursor})))
        seen = [item for page in pages for item in page.items]
        assert len(pages) == 6
        assert sorted(item.image_id for item in seen) == sorted(item.image_id for item in saved)
        moments = [item.recognised_at for item in seen if item.recognised_at is not None]
        assert moments == sorted(moments, reverse=True)

    async def test_pages_stay_whole_while_images_come_in_go_and_change(self, index: ResultIndex, owner: str) -> None:
        names = [f"{number}.jpg" for number in range(9)]
        await index.save_results([result(owner, name, of=origin(number)) for number, name in enumerate(names)])
        await index.refresh()
        query = ResultQuery(owners=frozenset({owner}), limit=2)
        page, seen = await index.search(query), []
        for step in itertools.count():
            seen += [item.image_id for item in page.items]
            # One comes in, one that is not shown yet is deleted, one that was shown is recognised anew.
            await index.save_results([result(owner, f"new-{step}.jpg", of=origin(100 + step))])
            if step == 0:
                await index.save_deletions([deletion(owner, "2.jpg", of=origin(50))])
                await index.save_results([result(owner, "8.jpg", of=origin(60))])
            await index.refresh()
            if page.next_cursor is None:
                break
            page = await index.search(query.model_copy(update={"cursor": page.next_cursor}))
        assert seen == [name for name in reversed(names) if name != "2.jpg"]

    async def test_a_cursor_that_was_altered_or_is_another_querys_is_refused(
        self, index: ResultIndex, owner: str
    ) -> None:
        await index.save_results([result(owner, "a.jpg"), result(owner, "b.jpg")])
        await index.refresh()
        query = ResultQuery(owners=frozenset({owner}), limit=1)
        cursor = (await index.search(query)).next_cursor
        assert cursor is not None
        altered = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
        others: list[dict[str, Any]] = [
            {"cursor": altered},
            {"cursor": "x"},
            {"cursor": cursor, "text": "cat"},
            {"cursor": cursor, "owners": None},
            {"cursor": cursor, "owners": frozenset({f"{owner}-b"})},
        ]
        for fields in others:
            with pytest.raises(InvalidCursor, match="leave it out"):
                await index.search(query.model_copy(update=fields))

    async def test_whatever_a_producer_writes_into_metadata_is_taken(self, index: ResultIndex, owner: str) -> None:
        names = (".", "a.b", "a.", "..", " ", "\0", "a\0b", "$", "_id", "@timestamp", "é" * 128, "\u2028")
        metadata: dict[str, Any] = dict.fromkeys(names, "é" * 1024)
        metadata |= {"huge": 10**300, "small": -1e-300, "yes": True, "": "", "empty": ""}
        del metadata[""]
        submitted = START.replace(year=9999).isoformat().replace("+00:00", "+23:59")
        saved = result(owner, metadata=metadata, submitted_at=submitted, correlation_id="x" * 5000)
        await index.save_results([saved])
        assert await found(index, owner) == ["a.jpg"]

    async def test_an_image_without_labels_or_with_another_models_vector_is_taken(
        self, index: ResultIndex, owner: str
    ) -> None:
        failed = FailedFeature(error=FeatureFailure(code=FailureCode.MODEL_FAILED, message="It failed."))
        zeros, short = (base64.b64encode(bytes(count)).decode() for count in (256, 8))
        answers = [FeatureAnswers(), FeatureAnswers(labels=failed, embedding=failed)]
        answers += [
            FeatureAnswers(embedding=EmbeddingAnswer(model="other@1", dimensions=256, values=values))
            for values in (zeros, short)
        ]
        await index.save_results([result(owner, f"{n}.jpg", features=answer) for n, answer in enumerate(answers)])
        assert sorted(await found(index, owner)) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]

    async def test_properties_and_hash_are_taken(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner, features=FeatureAnswers(properties=PROPERTIES, hash=HASH))])
        assert await found(index, owner) == ["a.jpg"]

    async def test_five_hundred_results_in_one_save(self, index: ResultIndex, owner: str) -> None:
        await index.refresh()
        before = await index.count()
        await index.save_results([result(owner, f"{number}.jpg") for number in range(500)])
        await index.refresh()
        assert await index.count() == before + 500
        assert await index.count(owner) == 500

    async def test_results_are_filtered_by_metadata_and_reason(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner, metadata={"sku": "A=17", "lot": 3}), result(owner, "b.jpg")])
        await index.save_rejections([rejection(owner, "torn.jpg"), rejection(owner, "no.jpg", reason=Reason.EMPTY)])
        assert await found(index, owner, metadata=(("sku", "A=17"), ("lot", "3"))) == ["a.jpg"]
        assert await found(index, owner, metadata=(("sku", "17"),)) == []
        assert await found(index, owner, reason=Reason.EMPTY) == ["no.jpg"]

    async def test_counts_are_those_of_what_is_meant(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner), result(owner, "b.jpg"), result(f"{owner}-b")])
        await index.save_rejections([rejection(owner, "torn.jpg")])
        await index.refresh()
        told = await index.statistics(ResultQuery(owners=frozenset({owner})))
        assert told.total == 3
        assert [(each.key, each.count) for each in told.owners] == [(owner, 3)]
        assert [(each.key, each.count) for each in told.labels] == [("Egyptian cat", 2)]
        assert [(each.key, each.count) for each in told.statuses] == [("recognised", 2), ("rejected", 1)]
        assert [(each.key, each.count) for each in told.reasons] == [("corrupt_image", 1)]

    async def test_images_are_counted_by_objects_and_by_the_top_labels_confidence(
        self, index: ResultIndex, owner: str
    ) -> None:
        confidences = (0.05, 0.3, 0.7, 0.9, 0.95, 1.0)
        await index.save_results(
            [
                result(owner, f"{number}.jpg", labels=labels(("tabby", confidence)))
                for number, confidence in enumerate(confidences)
            ]
        )
        features = FeatureAnswers(objects=OBJECTS)
        await index.save_results([result(owner, f"seen-{number}.jpg", features=features) for number in range(2)])
        await index.refresh()
        told = await index.statistics(ResultQuery(owners=frozenset({owner})))
        assert sorted((each.key, each.count) for each in told.objects) == [("car", 2), ("dog", 2)]
        assert [each.key for each in told.confidences] == [f"0.{tenth}" for tenth in range(10)]
        assert [each.count for each in told.confidences] == [1, 0, 0, 1, 0, 0, 0, 1, 0, 3]

    @pytest.mark.parametrize(
        ("interval", "begins"),
        [
            (Interval.HOUR, ["2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00.000Z", "2026-03-08T12:00:00.000Z"]),
            (Interval.DAY, ["2026-03-01T00:00:00.000Z", "2026-03-08T00:00:00.000Z"]),
            (Interval.WEEK, ["2026-02-23T00:00:00.000Z", "2026-03-02T00:00:00.000Z"]),
            (Interval.MONTH, ["2026-03-01T00:00:00.000Z"]),
        ],
    )
    async def test_images_are_counted_over_time(
        self, index: ResultIndex, owner: str, interval: Interval, begins: list[str]
    ) -> None:
        moments_s = (0, 60, 3600, 7 * 86_400)
        await index.save_results([result(owner, f"{at_s}.jpg", of=origin(at_s)) for at_s in moments_s])
        await index.refresh()
        told = await index.statistics(ResultQuery(owners=frozenset({owner})), interval)
        assert [each.key for each in told.over_time] == begins
        assert sum(each.count for each in told.over_time) == 4

    async def test_names_are_suggested_by_how_a_word_in_them_begins(self, index: ResultIndex, owner: str) -> None:
        cats = labels(("Egyptian cat", 0.8), ("tiger cat", 0.1))
        await index.save_results([result(owner, "a.jpg", labels=cats), result(owner, "b.jpg")])
        await index.save_results([result(owner, "c.jpg", features=FeatureAnswers(objects=OBJECTS))])
        await index.save_results([result(f"{owner}-b", labels=labels(("catamaran", 0.9)))])
        await index.save_rejections([rejection(owner, "cat.jpg")])
        await index.refresh()
        query = ResultQuery(owners=frozenset({owner}))

        async def suggested(begun: str, **fields: Any) -> list[tuple[str, int]]:
            found = await index.suggest(query.model_copy(update=fields), begun)
            return [(each.key, each.count) for each in found]

        assert await suggested("c") == [("Egyptian cat", 2), ("car", 1), ("tiger cat", 1)]
        assert await suggested("CAT") == [("Egyptian cat", 2), ("tiger cat", 1)]
        assert await suggested("egyptian c") == await suggested("cat egypt") == [("Egyptian cat", 2)]
        assert await suggested("cat", limit=1) == [("Egyptian cat", 2)]
        for nothing in ("at", "cats", "dog cat", "", "!", ".*", "c.t", "photos"):
            assert await suggested(nothing) == [], nothing
        assert await suggested("cat", owners=frozenset()) == []
        everywhere = await index.suggest(ResultQuery(owners=frozenset({owner, f"{owner}-b"})), "catam")
        assert [each.key for each in everywhere] == ["catamaran"]

    async def test_names_of_any_text_are_suggested(self, index: ResultIndex, owner: str) -> None:
        names = ("Größe", "ünïcode-Tür", "ßharp", "3D printer", "tiger_cat", 'a "quoted" (name)')
        await index.save_results([result(owner, labels=labels(*((name, 0.5) for name in names)))])
        await index.refresh()
        query = ResultQuery(owners=frozenset({owner}))
        for begun, name in zip(("GRÖ", "tür", "ßh", "3d", "cat", "quoted n"), names, strict=True):
            assert [each.key for each in await index.suggest(query, begun)] == [name], begun

    async def test_similar_images_come_nearest_first_and_from_within_reach(
        self, index: ResultIndex, owner: str
    ) -> None:
        near, far = bytes([100] * 250 + [0] * 6), bytes([0] * 250 + [100] * 6)
        looks = {"self.jpg": bytes([100] * 256), "near.jpg": near, "far.jpg": far}
        await index.save_results([result(owner, name, features=_looking(look)) for name, look in looks.items()])
        await index.save_results([result(f"{owner}-b", "theirs.jpg", features=_looking(near))])
        await index.save_deletions([deletion(owner, "gone.jpg")])
        await index.refresh()
        asked = _looking(looks["self.jpg"]).embedding
        assert isinstance(asked, EmbeddingAnswer)
        query = ResultQuery(owners=frozenset({owner}), status=ImageStatus.RECOGNISED)
        alike = await index.similar(query, asked, ImageIdentity(owner=owner, image_id="self.jpg"))
        assert [each.image_id for each in alike] == ["near.jpg", "far.jpg"]
        assert alike[0].similarity == pytest.approx((250 / 256) ** 0.5, abs=0.001)
        other_model = asked.model_copy(update={"model": "other@1"})
        assert len(await index.similar(query, asked)) == len(alike) + 1, "a picture that is no image leaves out none"
        assert await index.similar(query, other_model, ImageIdentity(owner=owner, image_id="self.jpg")) == ()

    async def test_near_duplicates_are_measured_bit_by_bit(self, index: ResultIndex, owner: str) -> None:
        hashes = {"same.jpg": "0" * 16, "three.jpg": "1000200040000000", "five.jpg": "1f" + "0" * 14}
        await index.save_results(
            [
                result(owner, name, features=FeatureAnswers(hash=HashAnswer(model="phash@1", perceptual=value)))
                for name, value in hashes.items()
            ]
        )
        await index.refresh()
        look = HashAnswer(model="phash@1", perceptual="0" * 16)
        query, but = ResultQuery(owners=frozenset({owner})), ImageIdentity(owner=owner, image_id="self.jpg")
        alike = await index.duplicates(query, look, 3, but)
        assert [(each.image_id, each.distance_bits) for each in alike] == [("same.jpg", 0), ("three.jpg", 3)]
        assert len(await index.duplicates(query, look, 5, but)) == 3
        assert await index.duplicates(query.model_copy(update={"owners": frozenset()}), look, 3, but) == ()

    async def test_saving_nothing_is_no_error_and_changes_nothing(self, index: ResultIndex, owner: str) -> None:
        await index.save_results([result(owner)])
        await index.save_results([])
        await index.save_rejections([])
        await index.save_deletions([])
        await index.refresh()
        assert [item.image_id for item in await search(index, owner)] == [result(owner).image_id]

    async def test_it_answers_a_ping(self, index: ResultIndex) -> None:
        await index.ping()

    @pytest.mark.parametrize("trial_first", [True, False])
    async def test_what_a_pipeline_says_that_does_not_count_displaces_nothing_that_does(
        self, index: ResultIndex, owner: str, trial_first: bool
    ) -> None:
        saves = [
            lambda: index.save_results([result(owner)]),
            lambda: index.save_results([result(owner, pipeline="trial@1", promoted=False, of=origin(60))]),
            lambda: index.save_rejections([rejection(owner, pipeline="trial@2", promoted=False, of=origin(90))]),
        ]
        for save in reversed(saves) if trial_first else saves:
            await save()
        assert [item.pipeline for item in await search(index, owner)] == ["standard@1"]

    async def test_what_a_pipeline_says_that_does_not_count_is_shown_while_there_is_nothing_else(
        self, index: ResultIndex, owner: str
    ) -> None:
        trial = result(owner, pipeline="trial@1", promoted=False, of=origin(60))
        await index.save_rejections([rejection(owner, promoted=False, of=trial.origin)])
        assert await status_of(index, owner) == ImageStatus.REJECTED
        await index.save_results([trial])
        assert [item.pipeline for item in await search(index, owner)] == ["trial@1"]
        await index.save_rejections([rejection(owner)])
        assert await status_of(index, owner) == ImageStatus.REJECTED

    async def test_of_one_reference_the_answer_of_the_pipeline_that_counts_now_is_shown(
        self, index: ResultIndex, owner: str
    ) -> None:
        first = result(owner)
        replayed = result(owner, pipeline="trial@1", promoted=False, of=first.origin, replay=origin(60))
        await index.save_results([first, replayed])
        assert [item.pipeline for item in await search(index, owner)] == ["standard@1"]
        await index.save_results([replayed], promoted="trial@1")
        await index.save_results([first])
        assert [item.pipeline for item in await search(index, owner)] == ["trial@1"]

    async def test_a_replay_by_the_promoted_pipeline_takes_the_place_of_the_older_answer_and_of_no_newer_reference(
        self, index: ResultIndex, owner: str
    ) -> None:
        first, newer = result(owner), result(owner, of=origin(30))
        replayed = result(owner, pipeline="next@1", of=first.origin, replay=origin(60))
        for saved in (first, replayed, first):
            await index.save_results([saved])
        assert [item.pipeline for item in await search(index, owner)] == ["next@1"]
        for saved in (newer, replayed):
            await index.save_results([saved])
        assert [item.pipeline for item in await search(index, owner)] == ["standard@1"]

    async def test_a_replay_does_not_bring_a_deleted_image_back(self, index: ResultIndex, owner: str) -> None:
        first = result(owner)
        await index.save_deletions([deletion(owner, of=origin(30))])
        await index.save_results([result(owner, pipeline="next@1", of=first.origin, replay=origin(60))])
        assert await found(index, owner) == []


def _classified(tree: Mapping[str, float], label: str) -> FeatureAnswers:
    """Return an answer with these nodes, one label, and the category that its tree's surest node stands for."""
    nodes = tuple(TreeNode(name=name, confidence=confidence) for name, confidence in tree.items())
    categories = (Category(name="Animals and Pets", confidence=nodes[0].confidence),)
    own = Label(name=label, confidence=0.1, parents=tuple(tree), aliases=("hound",))
    return FeatureAnswers(labels=LabelsAnswer(model="lite0@1", labels=(own,), label_tree=nodes, categories=categories))


def _looking(components: bytes) -> FeatureAnswers:
    values = base64.b64encode(components).decode()
    return FeatureAnswers(embedding=EmbeddingAnswer(model="lite0@1", dimensions=256, values=values))
