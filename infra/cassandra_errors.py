"""What the Cassandra driver's errors mean to us: wait, change a setting, or a bug."""

# The driver ships no type information.
from cassandra import (  # type: ignore[import-untyped]
    AuthenticationFailed,
    InvalidRequest,
    OperationTimedOut,
    RequestExecutionException,
    Unauthorized,
    UnresolvableContactPoints,
    protocol,
)
from cassandra.cluster import NoHostAvailable  # type: ignore[import-untyped]
from cassandra.connection import ConnectionException  # type: ignore[import-untyped]

from infra.errors import ConfigurationError, TransientError

TRANSIENT = (
    NoHostAvailable,
    OperationTimedOut,
    RequestExecutionException,
    UnresolvableContactPoints,
    ConnectionException,
    protocol.RequestExecutionException,
    protocol.ServerError,
)

REFUSALS = (AuthenticationFailed, Unauthorized, InvalidRequest)
# The driver makes an error of another class of Python's own, and keeps its text.
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"


class MissingSchema(ConfigurationError):
    """The keyspace or a table does not exist."""


def explain(error: Exception) -> Exception:
    """Return the error to raise instead of the driver's ``error``; one that is a bug is returned as it is."""
    cause = _refusal(error)
    if isinstance(cause, AuthenticationFailed):
        return ConfigurationError(
            "Cassandra refuses the login: check VEDETTE_CASSANDRA__USERNAME and VEDETTE_CASSANDRA__PASSWORD"
        )
    if _is_untrusted(cause):
        return ConfigurationError(
            f"Cassandra's certificate is not trusted: check VEDETTE_CASSANDRA__SSL_CA_LOCATION ({cause})"
        )
    if isinstance(cause, Unauthorized):
        return ConfigurationError(f"the Cassandra account lacks a permission: {_message(cause)}")
    if isinstance(cause, InvalidRequest) and _names_something_missing(cause):
        return MissingSchema(f"Cassandra is not set up: {_message(cause)}. Run `vedette migrate`")
    if isinstance(error, TRANSIENT):
        return TransientError(f"Cassandra does not answer: {_message(error)}")
    return error


def _refusal(error: Exception) -> Exception:
    """Return what a host answered where the driver only says that no host was left to ask."""
    answers = error.errors if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict) else {}
    refusals = (answer for answer in answers.values() if isinstance(answer, REFUSALS) or _is_untrusted(answer))
    return next(refusals, error)


def _is_untrusted(error: Exception) -> bool:
    return isinstance(error, OSError) and UNTRUSTED in str(error)


def _names_something_missing(error: Exception) -> bool:
    text = str(error).lower()
    signs = ("does not exist", "unconfigured table", "unknown identifier", "undefined column")
    return any(sign in text for sign in signs)


def _message(error: Exception) -> str:
    if isinstance(error, protocol.ErrorMessage):
        return str(error.message)
    return str(error)
