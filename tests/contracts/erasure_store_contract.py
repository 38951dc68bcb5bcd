"""What every store of erasures promises: the one in Cassandra, and the one in memory that stands in for it."""

from uuid import UUID

from infra.cassandra.erasures.erasures import ErasureStore
from schemas.records.erasures import ErasurePhase, ErasureSearch, MeantImage
from tests.samples import erasure

SEARCH = ErasureSearch(owner="shop", metadata={"customer": "c-1042"})


def images(count: int) -> list[MeantImage]:
    return [MeantImage(owner="shop", image_id=f"{number}.jpg") for number in range(count)]


async def lines_of(erasures: ErasureStore, erasure_id: UUID) -> list[str]:
    return [line async for line in erasures.lines(erasure_id)]


class ErasureStoreContract:
    """Tests on the fixture ``erasures``; each has an erasure of its own."""

    async def test_an_erasure_is_found_with_what_it_looks_for(self, erasures: ErasureStore) -> None:
        begun = erasure()
        await erasures.create(begun, SEARCH)
        assert await erasures.find(begun.id) == begun
        assert await erasures.search_of(begun.id) == SEARCH
        assert await erasures.frame_of(begun.id) is None
        assert begun in await erasures.list_erasures()

    async def test_one_that_is_not_there_is_not_found(self, erasures: ErasureStore) -> None:
        nobody = erasure().id
        assert await erasures.find(nobody) is None
        assert await erasures.search_of(nobody) is None
        assert await erasures.frame_of(nobody) is None
        assert await lines_of(erasures, nobody) == []

    async def test_what_is_saved_counts_and_the_search_stays(self, erasures: ErasureStore) -> None:
        begun = erasure()
        await erasures.create(begun, SEARCH)
        later = begun.model_copy(update={"erased": 7, "phase": ErasurePhase.WAITING})
        await erasures.save(later)
        assert await erasures.find(begun.id) == later
        assert await erasures.search_of(begun.id) == SEARCH

    async def test_at_its_end_what_it_looked_for_is_forgotten(self, erasures: ErasureStore) -> None:
        begun = erasure()
        await erasures.create(begun, SEARCH)
        done = begun.model_copy(update={"phase": ErasurePhase.DONE})
        await erasures.finish(done, "header", "seal")
        assert await erasures.find(begun.id) == done
        assert await erasures.search_of(begun.id) is None
        assert await erasures.frame_of(begun.id) == ("header", "seal")

    async def test_an_image_is_unfinished_until_its_line_is_noted(self, erasures: ErasureStore) -> None:
        begun, meant = erasure(), images(120)
        assert await erasures.mean(begun.id, meant) == meant
        first, *rest = meant
        await erasures.note_erased(begun.id, {first.image_key: "gone"})
        left = [image async for image in erasures.unfinished(begun.id)]
        assert {image.image_key for image in left} == {image.image_key for image in rest}
        assert await lines_of(erasures, begun.id) == ["gone"]

    async def test_what_was_meant_first_stays(self, erasures: ErasureStore) -> None:
        begun, (image,) = erasure(), images(1)
        uploaded = image.model_copy(update={"uploaded": True})
        assert await erasures.mean(begun.id, [uploaded]) == [uploaded]
        assert await erasures.mean(begun.id, [image]) == [uploaded]

    async def test_lines_come_in_the_order_of_the_images_keys(self, erasures: ErasureStore) -> None:
        begun, meant = erasure(), images(300)
        await erasures.mean(begun.id, meant)
        keys = [image.image_key for image in meant]
        await erasures.note_erased(begun.id, {key: f"line {key}" for key in keys})
        assert await lines_of(erasures, begun.id) == [f"line {key}" for key in sorted(keys)]
