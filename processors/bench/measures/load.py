"""What a run publishes, and the publishing: references made beforehand, since their making is no part of the time."""

import asyncio
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from infra.kafka.event_bus import EventPublisher, Record
from infra.settings.servers import KafkaSettings
from schemas.images import Feature, ImageReference
from schemas.messages.cloud_events import REFERENCE_TYPE, headers_for
from schemas.topics import IMAGE_REFERENCES

SOURCE = "vedette/bench"


@dataclass(frozen=True)
class Load:
    """``images`` references to ``pictures`` beneath ``folder``, again from the first where there are fewer.

    They ask for ``features``, or name none.
    """

    folder: Path
    pictures: Sequence[Path]
    images: int
    features: tuple[Feature, ...] = ()

    @property
    def asked(self) -> list[str]:
        """The options of `vedette plain-loop` that have it answer the same features."""
        return [word for feature in self.features for word in ("--feature", feature.value)]

    def records(self, workspace: str, topic: str = IMAGE_REFERENCES) -> list[Record]:
        """Return one message for each image, to be published for ``workspace``; every image has a name of its own."""
        return [record_of(reference, topic) for reference in self._references(workspace)]

    def _references(self, workspace: str) -> Iterator[ImageReference]:
        now = datetime.now(UTC)
        uris = [picture.as_uri() for picture in self.pictures]
        asked = {"features": self.features} if self.features else {}
        for number, uri in enumerate(islice(cycle(uris), self.images)):
            named = {"owner": workspace, "uri": uri, "image_id": f"image-{number:06d}", "submitted_at": now}
            yield ImageReference.model_validate(named | asked)


def record_of(reference: ImageReference, topic: str) -> Record:
    """Return the message that a producer would publish."""
    headers = headers_for(
        REFERENCE_TYPE, event_id=str(uuid.uuid4()), source=SOURCE, time=reference.submitted_at or datetime.now(UTC)
    )
    value = reference.model_dump_json(exclude_none=True, exclude_unset=True).encode()
    return Record(topic, value, reference.identity.image_key.encode(), headers)


def publish(kafka: KafkaSettings, records: Sequence[Record], pace: float | None = None) -> None:
    """Return once the broker has every record: sent at once, or ``pace`` a second."""
    asyncio.run(_publish(kafka, records, pace))


async def _publish(kafka: KafkaSettings, records: Sequence[Record], pace: float | None) -> None:
    async with EventPublisher(kafka) as publisher:
        if pace is None:
            await publisher.publish(records)
            return
        # The pace is that of sending: no record waits until another is confirmed.
        began, sent = time.monotonic(), []
        for number, record in enumerate(records):
            await asyncio.sleep(began + number / pace - time.monotonic())
            sent.append(asyncio.create_task(publisher.publish([record])))
        await asyncio.gather(*sent)
