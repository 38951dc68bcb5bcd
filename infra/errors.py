"""The three kinds of error that the platform tells apart.

Transient errors are retried and nothing is acknowledged meanwhile. A rejection is one image's own fault and
becomes a dead letter. Anything else is a bug: the process ends, so that the batch is delivered again.
"""

from schemas.dead_letters import Reason


class VedetteError(Exception):
    """Base of every error that Vedette raises on purpose."""


class ConfigurationError(VedetteError):
    """A setting is missing, contradictory or unsafe; the message says what to change."""


class TransientError(VedetteError):
    """An outside system cannot answer now and may later; retrying is right, giving up loses work."""


class Rejected(VedetteError):
    """One message or image cannot be recognised, through no fault of the platform.

    ``reason`` is the code that callers and dashboards group by; ``detail`` is one sentence for people, and never
    holds a query string, a credential or image bytes.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class SourceUnavailable(TransientError):
    """One image's source did not answer, however often it was asked; the caller decides whether to wait or to reject.

    The message is one sentence for people, and never holds a query string or a credential.
    """
