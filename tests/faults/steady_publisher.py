"""Publishes at a steady pace whatever happens to the brokers, and keeps its own count of what they confirmed."""

import json
import threading
import time
from pathlib import Path

from confluent_kafka import KafkaError, Message, Producer

from infra.kafka.event_bus import producer_configuration
from infra.settings.servers import KafkaSettings
from schemas.topics import IMAGE_REFERENCES
from tests.faults.fault_plan import Load

CONFIRM_WITHIN_S = 900.0
REPEAT_EVERY = 100


class SteadyPublisher:
    """References to pictures, every hundredth to an image that was referenced before, and batches of bad messages."""

    def __init__(self, kafka: KafkaSettings, load: Load, owner: str, pictures: Path) -> None:
        # That a killed broker does not answer is no news.
        quiet = {"log_level": 0}
        configuration = producer_configuration(kafka, delivery_timeout_s=CONFIRM_WITHIN_S, linger_ms=5) | quiet
        self._producer = Producer(configuration)
        self._load = load
        self._owner = owner
        self._pictures = sorted(pictures.glob("*.jpg"))
        self.good: set[str] = set()
        """Names of images of which a reference was confirmed."""
        self.confirmed = 0
        self.bad_confirmed = 0
        self.failed: list[str] = []
        self.ended_at = 0.0
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Return once the brokers have confirmed everything."""
        self._thread.join()

    def _run(self) -> None:
        started_at = time.monotonic()
        for number in range(self._load.images):
            while (ahead_s := started_at + number / self._load.pace - time.monotonic()) > 0:
                self._producer.poll(min(ahead_s, 0.1))
            self._publish_picture(number)
            if number % self._load.bad_every == self._load.bad_every // 2:
                self._publish_bad_batch()
        self._producer.flush()
        self.ended_at = time.monotonic()

    def _publish_picture(self, number: int) -> None:
        repeats = number % REPEAT_EVERY == REPEAT_EVERY - 1
        image_id = f"image-{number - REPEAT_EVERY // 2 if repeats else number:06}"
        picture = self._pictures[number % len(self._pictures)]
        self._send({"owner": self._owner, "uri": picture.as_uri(), "image_id": image_id}, image_id)

    def _publish_bad_batch(self) -> None:
        """Messages that recognition rejects, each in another way; the last name no image."""
        missing = self._pictures[0].with_name("missing.jpg").as_uri()
        for number in range(self._load.bad_batch):
            image_id = f"bad-{number}"
            match number % 4:
                case 0:
                    self._send({"owner": self._owner, "uri": missing, "image_id": image_id})
                case 1:
                    self._send({"owner": self._owner, "uri": "ftp://elsewhere/a.jpg", "image_id": image_id})
                case 2:
                    self._send({"owner": self._owner, "image_id": image_id, "features": ["telepathy"]})
                case _:
                    self._send("this is no reference")

    def _send(self, payload: object, image_id: str | None = None) -> None:
        def settle(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                self.failed.append(str(error))
                return
            self.confirmed += 1
            if image_id is None:
                self.bad_confirmed += 1
            else:
                self.good.add(image_id)

        self._producer.produce(IMAGE_REFERENCES, json.dumps(payload).encode(), on_delivery=settle)
