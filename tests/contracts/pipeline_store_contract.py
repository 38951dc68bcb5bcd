"""What every pipeline store promises: the one in Cassandra, and the one in memory that stands in for it.

All tests of one store share its list of promotions, so each looks only at what it added itself.
"""

from uuid import uuid4

import pytest

from infra.cassandra.pipelines import PipelineStore
from infra.errors import AlreadyExists, NotFound
from schemas.images import Feature
from schemas.records.pipelines import DEFAULT_PIPELINE, ParitySummary, PipelineSpec
from tests.samples import START, promotion

PARITY = ParitySummary(model="lite0@1", sha256="0" * 64, pictures=6, passed=True, verified_at=START)


async def next_number(pipelines: PipelineStore) -> int:
    last = await pipelines.find_last_promotion()
    return last.number + 1 if last else 1


class PipelineStoreContract:
    """Tests on the fixture ``pipelines``."""

    @pytest.fixture
    def name(self) -> str:
        return f"shoes-{uuid4().hex[:12]}"

    async def test_the_default_pipeline_is_there_without_anyone_having_created_it(
        self, pipelines: PipelineStore
    ) -> None:
        assert await pipelines.find(DEFAULT_PIPELINE.id) == DEFAULT_PIPELINE
        assert DEFAULT_PIPELINE in await pipelines.list_pipelines()

    async def test_a_pipeline_reads_back_as_it_was_created(self, pipelines: PipelineStore, name: str) -> None:
        created = PipelineSpec(name=name, version=7, models={Feature.LABELS: "lite0@1", Feature.HASH: "phash@1"})
        await pipelines.create(created)
        assert await pipelines.find(created.id) == created
        assert created in await pipelines.list_pipelines()

    async def test_a_pipeline_never_changes(self, pipelines: PipelineStore, name: str) -> None:
        first = PipelineSpec(name=name, version=1, models={Feature.LABELS: "lite0@1"})
        await pipelines.create(first)
        with pytest.raises(AlreadyExists, match=first.id):
            await pipelines.create(PipelineSpec(name=name, version=1, models={Feature.LABELS: "other@1"}))
        assert await pipelines.find(first.id) == first

    async def test_creating_a_pipeline_again_after_a_lost_answer_is_no_error(
        self, pipelines: PipelineStore, name: str
    ) -> None:
        created = PipelineSpec(name=name, version=1, models={Feature.LABELS: "lite0@1"})
        await pipelines.create(created)
        await pipelines.create(created)
        assert [one for one in await pipelines.list_pipelines() if one.name == name] == [created]

    async def test_a_removed_pipeline_is_found_no_longer_and_its_version_never_used_again(
        self, pipelines: PipelineStore, name: str
    ) -> None:
        removed = PipelineSpec(name=name, version=3, models={Feature.LABELS: "lite0@1"})
        await pipelines.create(removed)
        await pipelines.remove(removed.id)
        await pipelines.remove(removed.id)
        assert await pipelines.find(removed.id) is None
        assert removed not in await pipelines.list_pipelines()
        assert await pipelines.find_last_version(name) == 3
        for again in (removed, PipelineSpec(name=name, version=3, models={Feature.LABELS: "other@1"})):
            with pytest.raises(AlreadyExists):
                await pipelines.create(again)
        await pipelines.restore(removed.id)
        assert await pipelines.find(removed.id) == removed

    async def test_a_pipeline_that_never_was_cannot_be_removed(self, pipelines: PipelineStore, name: str) -> None:
        with pytest.raises(NotFound, match=f"{name}@1"):
            await pipelines.remove(f"{name}@1")
        assert await pipelines.find_last_version(name) == 0

    async def test_versions_are_listed_newest_first(self, pipelines: PipelineStore, name: str) -> None:
        versions = {
            version: PipelineSpec(name=name, version=version, models={Feature.LABELS: "lite0@1"})
            for version in (2, 10, 1)
        }
        for pipeline in versions.values():
            await pipelines.create(pipeline)
        listed = [one for one in await pipelines.list_pipelines() if one.name == name]
        assert listed == [versions[10], versions[2], versions[1]]

    async def test_the_name_of_the_default_pipeline_is_kept(self, pipelines: PipelineStore) -> None:
        with pytest.raises(AlreadyExists, match="choose another"):
            await pipelines.create(PipelineSpec(name="standard", version=999, models={Feature.LABELS: "lite0@1"}))
        assert await pipelines.find("standard@999") is None

    async def test_an_unknown_pipeline_is_not_found(self, pipelines: PipelineStore, name: str) -> None:
        assert await pipelines.find(f"{name}@1") is None

    async def test_the_last_promotion_is_what_counts(self, pipelines: PipelineStore, name: str) -> None:
        number = await next_number(pipelines)
        before = await pipelines.find_promoted()
        first = promotion(number, f"{name}@1", replaced=before, parity=(PARITY,))
        second = promotion(number + 1, f"{name}@2", replaced=first.pipeline)
        for one in (first, second):
            await pipelines.add_promotion(one)
            assert await pipelines.find_promoted() == one.pipeline
            assert await pipelines.find_last_promotion() == one
        assert (await pipelines.list_promotions())[-2:] == (first, second)

    async def test_of_two_promotions_at_one_moment_one_is_refused(self, pipelines: PipelineStore, name: str) -> None:
        number = await next_number(pipelines)
        await pipelines.add_promotion(promotion(number, f"{name}@1"))
        with pytest.raises(AlreadyExists, match="at the same moment"):
            await pipelines.add_promotion(promotion(number, f"{name}@2"))
        assert await pipelines.find_promoted() == f"{name}@1"

    async def test_promoting_again_after_a_lost_answer_is_no_error(self, pipelines: PipelineStore, name: str) -> None:
        made = promotion(await next_number(pipelines), f"{name}@1")
        await pipelines.add_promotion(made)
        await pipelines.add_promotion(made)
        assert [one for one in await pipelines.list_promotions() if one.pipeline == made.pipeline] == [made]

    async def test_it_answers_a_ping(self, pipelines: PipelineStore) -> None:
        await pipelines.ping()
