"""Requests that may be sent again without being carried out again: whose, under which key, and what came of them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.images import Frozen, Owner

IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")]


class IdempotencyScope(Frozen):
    """Within which a key stands for one request: nobody else's key is ever met."""

    account_id: UUID
    owner: Owner
    key: IdempotencyKey


class Attempt(Frozen):
    """One attempt to answer a request."""

    scope: IdempotencyScope
    fingerprint: str = Field(description="SHA-256 of what is asked, in hexadecimal.")
    holder: UUID = Field(description="Tells this attempt from others at the same request.")


class EarlierRequest(Frozen):
    """A request that came before under the same key; without an answer while it is being answered."""

    fingerprint: str
    answer: str | None = None
