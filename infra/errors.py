"""The three kinds of error that the platform tells apart.

Transient errors are retried and nothing is acknowledged meanwhile. A rejection is one image's own fault and
becomes a dead letter. Anything else is a bug: the process ends, so that the batch is delivered again.
"""

from collections.abc import Sequence
from enum import StrEnum

from schemas.dead_letters import Reason
from schemas.images import Frozen


class VedetteError(Exception):
    """Base of every error that Vedette raises on purpose."""


class ConfigurationError(VedetteError):
    """A setting is missing, contradictory or unsafe; the message says what to change."""


class NoServer(ConfigurationError):
    """No server of a kind is known: none is set, and none runs in this home."""


class AlreadyExists(VedetteError):
    """What was to be created exists already; nothing was changed."""


class ChangedMeanwhile(VedetteError):
    """What was to be changed was changed by another since it was read; nothing was changed, looking again is right."""


class NotFound(VedetteError):
    """What was to be changed does not exist."""


class Conflict(VedetteError):
    """What is asked cannot be done as things stand; nothing was changed, and the message says what to do first."""


class NotAllowed(VedetteError):
    """What is asked is not allowed here, or not to whoever asks; nothing was changed, and the message says why."""


class FieldError(Frozen):
    """One invalid field of a request: its path, for example ``images[0].uri``, and a sentence about what is wrong."""

    field: str
    message: str


class InvalidRequest(VedetteError):
    """The request is well-formed, and what it asks cannot be done; each field at fault is named."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = list(errors)


class InvalidCursor(VedetteError, ValueError):
    """A page cursor was altered, or belongs to another list; asking without a cursor starts at the first page."""


class OutsideSystem(StrEnum):
    """What the platform is made of, as callers may know it."""

    KAFKA = "Kafka"
    CASSANDRA = "Cassandra"
    ELASTICSEARCH = "Elasticsearch"
    MAIL = "mail"
    OBJECT_STORE = "object store"
    RECOGNITION = "recognition"


class TransientError(VedetteError):
    """An outside system cannot answer now and may later; retrying is right, giving up loses work.

    ``part`` is the one that cannot, where it is known; the message is for the log, and ``part`` for callers too.
    """

    def __init__(self, message: str = "", *, part: str | None = None) -> None:
        super().__init__(message)
        self.part = part


class NotSetUp(TransientError):
    """Something that the platform keeps is not there: a topic, a table, an index.

    Waiting is right, since it may be brought back at any time: ``command`` does that. ``part`` is the system that
    should hold it. The message tells nothing that a caller may not know.
    """

    part: str

    def __init__(self, part: str, missing: str, command: str) -> None:
        super().__init__(f"{part} has no {missing}. An administrator brings it back with `{command}`", part=part)
        self.missing = missing
        self.command = command


class Rejected(VedetteError):
    """One message or image cannot be recognised, through no fault of the platform.

    ``reason`` is the code that callers and dashboards group by; ``detail`` is one sentence for people, and never
    holds a query string, a credential or image bytes.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class UnknownWorkspace(Rejected):
    """A reference names a workspace that does not exist; ``alike`` is one of nearly the same name."""

    def __init__(self, owner: str, alike: str | None = None) -> None:
        meant = f" Did you mean {alike}?" if alike else ""
        super().__init__(
            Reason.UNKNOWN_WORKSPACE,
            f"owner: there is no workspace {owner}.{meant} An administrator creates it with: "
            f"vedette admin workspace create {owner}",
        )


class SourceUnavailable(TransientError):
    """One image's source did not answer, however often it was asked; the caller decides whether to wait or to reject.

    The message is one sentence for people, and never holds a query string or a credential. ``unreachable`` says that
    nothing answered at all, whatever it was asked for.
    """

    def __init__(self, message: str, *, unreachable: bool = False) -> None:
        super().__init__(message)
        self.unreachable = unreachable
