"""The topics that the platform reads and writes, and what they promise."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS

IMAGE_REFERENCES = "image-references"
IMAGE_REFERENCES_BATCH = "image-references-batch"
OBJECT_CREATED = "object-created"
RECOGNITION_RESULTS = "recognition-results"
DEAD_LETTERS = "dead-letters"
ACTIVITY = "activity"
# The ends of jobs, for those who wait for them: see schemas/messages/job_endings.py.
JOB_ENDINGS = "job-endings"
# Pictures that are kept nowhere, and what was recognised in them: no store, reconciliation, replay or backup reads it.
QUESTIONS = "questions"
ANSWERS = "answers"

REFERENCE_TOPICS = (IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH)

# Where references wait whose image did not come, one topic for each wait: see schemas/messages/retries.py.
RETRY_TOPICS = ("image-references-retry-1", "image-references-retry-2", "image-references-retry-3")

# A reference above this is rejected, with a reason; it can still be read, so that it is not lost without a trace.
MAX_REFERENCE_BYTES = 256 * KIB

# A broker's limit counts batches, not messages, and clients fill batches of up to 1 MB unless told otherwise: with a
# lower limit, small messages of a busy producer would be refused.
FOREIGN_BATCH_BYTES = MIB + 64 * KIB

# Every producer of ours may send the largest of these; what travels above it is refused at the broker.
LARGEST_MESSAGE_BYTES = 2 * MIB + 64 * KIB


@dataclass(frozen=True)
class Topic:
    """One topic: its name, the largest message (and batch of messages) it takes and how long it keeps them.

    Kafka deletes whole segments: where ``segment_ms`` is given, none takes messages for longer than that.
    """

    name: str
    max_message_bytes: int
    retention_ms: int
    segment_ms: int | None = None


TOPICS = (
    Topic(IMAGE_REFERENCES, FOREIGN_BATCH_BYTES, 30 * DAY_MS),
    Topic(IMAGE_REFERENCES_BATCH, FOREIGN_BATCH_BYTES, 30 * DAY_MS),
    # What waits here is nowhere else in hand: kept as long as the references themselves. Headers add to their size.
    *(Topic(name, LARGEST_MESSAGE_BYTES, 30 * DAY_MS) for name in RETRY_TOPICS),
    Topic(OBJECT_CREATED, FOREIGN_BATCH_BYTES, 7 * DAY_MS),
    Topic(RECOGNITION_RESULTS, LARGEST_MESSAGE_BYTES, 30 * DAY_MS),
    Topic(DEAD_LETTERS, LARGEST_MESSAGE_BYTES, 90 * DAY_MS),
    Topic(ACTIVITY, FOREIGN_BATCH_BYTES, 90 * DAY_MS),
    Topic(JOB_ENDINGS, FOREIGN_BATCH_BYTES, 30 * DAY_MS),
    Topic(QUESTIONS, LARGEST_MESSAGE_BYTES, 10 * MINUTE_MS, MINUTE_MS),
    Topic(ANSWERS, LARGEST_MESSAGE_BYTES, 10 * MINUTE_MS, MINUTE_MS),
)

RECOGNISE_GROUP = "vedette-recognise"
RETRY_GROUP = "vedette-recognise-retry"
STORE_GROUP = "vedette-store"
INDEX_GROUP = "vedette-index"
ACTIVITY_GROUP = "vedette-activity"
AUDIT_GROUP = "vedette-audit"
WEBHOOKS_GROUP = "vedette-webhooks"
QUESTION_GROUP = "vedette-recognise-questions"
"""Shares the questions among the recognise workers. It has nothing to lose: nobody waits for an answer for long."""
IMAGE_GROUPS = (RECOGNISE_GROUP, RETRY_GROUP, STORE_GROUP, INDEX_GROUP)
"""The consumer groups whose work every image passes through."""

GROUP_TOPICS = {
    RECOGNISE_GROUP: (*REFERENCE_TOPICS, OBJECT_CREATED),
    RETRY_GROUP: RETRY_TOPICS,
    STORE_GROUP: (*REFERENCE_TOPICS, RECOGNITION_RESULTS, DEAD_LETTERS),
    INDEX_GROUP: (RECOGNITION_RESULTS, DEAD_LETTERS),
    ACTIVITY_GROUP: (ACTIVITY,),
    AUDIT_GROUP: (ACTIVITY,),
    WEBHOOKS_GROUP: (RECOGNITION_RESULTS, DEAD_LETTERS, JOB_ENDINGS),
}
"""What each consumer group reads."""
