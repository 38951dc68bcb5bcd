"""Questions that a server may refuse to answer, although it answers others."""

from collections.abc import Awaitable
from typing import TypeVar

from elasticsearch import ApiError

from infra.errors import ConfigurationError, TransientError
from infra.operations.doctor.findings import Refused

Answer = TypeVar("Answer")


async def ask(question: Awaitable[Answer]) -> Answer | Refused:
    """Return the answer, or why there is none: for what is not the first question to a server."""
    try:
        return await question
    except (ConfigurationError, TransientError) as error:
        return Refused(str(error))
    except ApiError as error:
        # A question that this release does not know, or that its parts were left out for.
        return Refused(f"Elasticsearch answers {error.status_code}: {error.message}")
