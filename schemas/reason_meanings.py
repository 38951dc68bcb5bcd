"""What each reason code of a rejection means, in words for people."""

from collections.abc import Mapping

from schemas.dead_letters import Reason

REASON_MEANINGS: Mapping[Reason, str] = {
    Reason.INVALID_JSON: "The value is not JSON.",
    Reason.INVALID_REFERENCE: "A field is missing or wrong, or the message is too large. The detail names the field.",
    Reason.OWNER_NOT_ALLOWED: "This topic may not name that workspace.",
    Reason.UNKNOWN_WORKSPACE: "The workspace does not exist.",
    Reason.UNKNOWN_PIPELINE: "No pipeline has that name and version, or its models cannot be loaded.",
    Reason.SOURCE_NOT_ALLOWED: "The workspace may not read that address.",
    Reason.ADDRESS_NOT_ALLOWED: "The address leads into the platform's own network.",
    Reason.UNSUPPORTED_SCHEME: "The address does not start with `s3`, `gs`, `az`, `https` or `file`.",
    Reason.NOT_FOUND: "The object does not exist.",
    Reason.ACCESS_DENIED: "The source does not let the platform read the object.",
    Reason.SOURCE_UNAVAILABLE: "The image did not arrive, and neither did any of the retries.",
    Reason.TOO_LARGE: "The file has more bytes than `VEDETTE_SOURCES__MAX_BYTES` allows.",
    Reason.EMPTY: "The file has no bytes.",
    Reason.UNSUPPORTED_FORMAT: (
        "The file is not a picture of a known format, or it is of a kind that is not read, such as a TIFF of 16-bit "
        "real numbers. The detail names the kind."
    ),
    Reason.TOO_MANY_PIXELS: "The picture has more pixels than `VEDETTE_MODELS__MAX_PIXELS` allows.",
    Reason.CORRUPT_IMAGE: "The picture is damaged, or its data end before half of its rows.",
    Reason.DECODE_TIMEOUT: "Decoding took longer than `VEDETTE_MODELS__DECODE_TIMEOUT_S` and was stopped.",
    Reason.DECODE_OUT_OF_MEMORY: "Decoding took more memory than one image may use and was stopped.",
    Reason.CRASHED_DECODER: "The picture crashes the process that decodes it.",
    Reason.DEADLINE_PASSED: "The deadline of the reference passed before a worker reached it.",
    Reason.CRASHED_WORKER: (
        "A worker died three times while it held the image, and the process that then tried the image alone died too."
    ),
    Reason.INVALID_NOTIFICATION: "A message on `object-created` is no S3 event, or its bucket belongs to no workspace.",
    Reason.INVALID_RESULT: "A message on `recognition-results` is no result event.",
    Reason.INVALID_DEAD_LETTER: "A message on `dead-letters` does not say why it is there.",
    Reason.INVALID_RETRY: (
        "A message on a retry topic does not say where its first message stood. Only the platform may write there."
    ),
    Reason.MESSAGE_TOO_LARGE: (
        "The message is larger than the platform takes. Its dead letter holds the beginning, the sizes and the SHA-256."
    ),
    Reason.OVERSIZED_BATCH: (
        "A compressed batch unpacks to more than the platform takes. One dead letter stands for all of its messages."
    ),
    Reason.CORRUPT_BATCH: (
        "A batch does not hold what its header and its codec say. One dead letter stands for the messages that cannot "
        "be read."
    ),
    Reason.EXPIRED_UNREAD: (
        "Kafka deleted the messages before a consumer group had read them. One dead letter stands for all of them."
    ),
}
