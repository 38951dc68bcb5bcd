"""What the Cassandra driver's errors mean to us: wait, change a setting, or a bug."""

import re

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
from cassandra.connection import ConnectionBusy, ConnectionException  # type: ignore[import-untyped]

from infra.errors import ConfigurationError, NotSetUp, OutsideSystem, TransientError

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


# What Cassandra calls what it misses, and what we call it.
MISSING = (
    (re.compile(r"keyspace '?\"?(\w+)'?\"? does not exist", re.IGNORECASE), "keyspace {}"),
    (re.compile(r"unconfigured table (\w+)", re.IGNORECASE), "table {}"),
    (re.compile(r"undefined column name (\w+) in table (?:\w+\.)?(\w+)", re.IGNORECASE), "column {} in table {}"),
    (re.compile(r"unknown identifier (\w+)", re.IGNORECASE), "column {}"),
    (re.compile(r"(?:table|columnfamily) '?(?:\w+\.)?(\w+)'? does not exist", re.IGNORECASE), "table {}"),
)


class MissingSchema(NotSetUp):
    """The keyspace, a table or a column does not exist."""

    def __init__(self, missing: str) -> None:
        super().__init__("Cassandra", missing, "vedette migrate")


def was_not_sent(error: Exception) -> bool:
    """Whether a request never left, since what was written before it still fills the connections to every host."""
    answers = error.errors if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict) else {}
    return bool(answers) and all(isinstance(answer, ConnectionBusy) for answer in answers.values())


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
    if isinstance(cause, InvalidRequest) and (missing := _missing_in(str(cause))) is not None:
        return MissingSchema(missing)
    if isinstance(error, TRANSIENT):
        return TransientError(f"Cassandra does not answer: {_message(error)}", part=OutsideSystem.CASSANDRA)
    return error


def _refusal(error: Exception) -> Exception:
    """Return what a host answered where the driver only says that no host was left to ask."""
    answers = error.errors if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict) else {}
    refusals = (answer for answer in answers.values() if isinstance(answer, REFUSALS) or _is_untrusted(answer))
    return next(refusals, error)


def _is_untrusted(error: Exception) -> bool:
    return isinstance(error, OSError) and UNTRUSTED in str(error)


def _missing_in(text: str) -> str | None:
    """Return what a refusal says is missing, in our words."""
    found = ((pattern.search(text), words) for pattern, words in MISSING)
    return next((words.format(*match.groups()) for match, words in found if match is not None), None)


def _message(error: Exception) -> str:
    if isinstance(error, protocol.ErrorMessage):
        return str(error.message)
    return str(error)
