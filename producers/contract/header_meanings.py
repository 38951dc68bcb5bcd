"""What each Kafka header of our messages tells: ``contract.py`` publishes it, and every header has its line."""

EVENT = {
    "content-type": "The media type of the value.",
    "ce_specversion": "The version of the CloudEvents specification.",
    "ce_id": "The event's id. A message that is delivered twice keeps it.",
    "ce_type": "What kind of event it is.",
    "ce_source": "The part of the platform, or the producer, that published the event.",
    "ce_time": "When the event happened, in ISO 8601.",
    "traceparent": "The W3C trace context of the request that led to the event.",
    "correlation-id": "The producer's own id for the request. The result repeats it.",
}

DEAD_LETTER = {
    "dlq-reason": "The code of the reason why the message was not recognised.",
    "dlq-detail": "One sentence for people. It never contains a query string or a credential.",
    "dlq-topic": "The topic of the reference.",
    "dlq-partition": "The partition of the reference.",
    "dlq-offset": "The offset of the reference.",
    "dlq-appended-at-ms": "The broker's append time of the reference, in milliseconds since 1970.",
    "dlq-sequence": "The number that orders the references to one image.",
    "dlq-owner": "The workspace that the message named. Absent if it named none.",
    "dlq-image-id": "The image that the message named, or whose id follows from its URI. Absent if it named none.",
    "dlq-uri": "The reference's URI without query string, fragment and user name.",
    "dlq-pipeline": "The pipeline that should have answered.",
    "dlq-promoted": "`false` if that pipeline was not the promoted one. Absent otherwise.",
    "dlq-replay": "The position of the message that replayed the reference, as topic:partition:offset:milliseconds.",
    "dlq-replay-sequence": "The sequence of the message that replayed the reference.",
    "dlq-cut": "JSON that tells the sizes and digests of a message that was too large to be kept whole.",
    "dlq-last-offset": "If the dead letter stands for several messages of a partition: the offset of the last one.",
    "dlq-group": "The consumer group that had not read the messages when they were deleted.",
    "dlq-topic-id": "The id of the topic that held the messages. A topic that is created again gets another id.",
    "dlq-host": "The machine on which the worker ran.",
    "dlq-time": "When the message was rejected, in ISO 8601.",
    "dlq-resolution": "What somebody did about the dead letter. Absent until then.",
    "dlq-resolved-by": "Who did it: the account's id, or user@machine.",
    "dlq-resolved-at": "When somebody did it, in ISO 8601.",
}

RETRY = {
    "retry-attempt": "How often the image could not be fetched so far.",
    "retry-not-before": "The moment before which nobody tries again, in ISO 8601.",
    "retry-topic": "The topic of the reference as it was first published.",
    "retry-partition": "The partition of that message.",
    "retry-offset": "The offset of that message.",
    "retry-appended-at-ms": "The broker's append time of that message, in milliseconds since 1970.",
    "retry-sequence": "The number that orders the references to one image.",
    "retry-detail": "One sentence for people: why the image could not be fetched.",
}

QUESTION = {
    "question": "What is asked, as JSON. Every part of a picture carries the same.",
    "question-part": "The number of this part of the picture. The first part has the number 0.",
    "reply-to": "The API process that waits for the answer.",
}

MEANINGS = EVENT | DEAD_LETTER | RETRY | QUESTION
