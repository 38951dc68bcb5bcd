"""What a new standard pipeline means for an installation with an earlier one: nothing, until it is promoted there.

What another version of a model in it means is told: answers that are stored stay as they are, and each names its model.
"""

from contextlib import suppress

from infra.errors import AlreadyExists
from infra.operations.audit.acts import Act, whoever
from infra.operations.promotion.service import Pipelines, PromotionService
from schemas.images import Feature
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


TOLD_OF_MODELS = (
    f"note: the pipeline {STANDARD_3.id} now answers labels with {STANDARD_3.models[Feature.LABELS]}: the same labels"
    " in the same order, with confidences that mean what they say, and so mostly higher ones. It answers objects with"
    f" {STANDARD_3.models[Feature.OBJECTS]}, which leaves out boxes below 0.4 where a reference asks for no other"
    " confidence. Results that are stored stay as they are, and embeddings stay comparable. Look at the thresholds of"
    " your own programs. To go on with the earlier models: vedette pipelines create earlier --like"
    f" {STANDARD_3.id} --model labels=lite0@1 --model objects=nanodet@1 && vedette pipelines promote earlier@1"
)


def told(promoted: VersionedName) -> str:
    """Return what an operator is told, once, of the pipeline that came with an upgrade."""
    return (
        f"note: this version of Vedette comes with the pipeline {STANDARD_3.id}, which also answers objects and text."
        f" Pipeline {promoted} stays promoted. Change over with: vedette pipelines promote {STANDARD_3.id}"
    )
