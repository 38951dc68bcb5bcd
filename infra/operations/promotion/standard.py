"""What a new standard pipeline means for an installation with an earlier one: nothing, until it is promoted there."""

from contextlib import suppress

from infra.errors import AlreadyExists
from infra.operations.audit.acts import Act, whoever
from infra.operations.promotion.service import Pipelines, PromotionService
from schemas.records.pipelines import STANDARD_2, STANDARD_3
from schemas.results import VersionedName

BY = "vedette migrate"


async def keep_promoted(store: Pipelines, act: Act) -> VersionedName:
    """Return the pipeline that counts in an installation of before ``standard@3``, and let it go on to count.

    Where nothing was promoted ``standard@2`` counted; it is promoted now, so that no image is answered by another
    pipeline because Vedette was upgraded.
    """
    if not await store.list_promotions():
        # Where somebody promotes one at the same moment, theirs counts.
        with suppress(AlreadyExists):
            await PromotionService(store).promote(STANDARD_2.id, (), BY, whoever(), act)
    return await store.find_promoted()


def told(promoted: VersionedName) -> str:
    """Return what an operator is told, once, of the pipeline that came with an upgrade."""
    return (
        f"note: this version of Vedette comes with the pipeline {STANDARD_3.id}, which also answers objects and text."
        f" Pipeline {promoted} stays promoted. Change over with: vedette pipelines promote {STANDARD_3.id}"
    )
