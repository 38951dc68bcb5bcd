"""What can go wrong with the embedded servers, in words that tell the user what to do next."""

from infra.errors import VedetteError


class StackError(VedetteError):
    """A server cannot be fetched, started or stopped; the message says why and what to do."""
