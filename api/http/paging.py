"""Pages of a list: where one begins, and how the caller is told where the next one does."""

from typing import Annotated, Any, Protocol, TypeVar, cast

from fastapi import Depends, Query, Request

from api.security.tokens.cursor_seal import CursorSeal
from schemas.queries import MAX_PAGE_SIZE

# How far each chain of the audit trail was read stands in one of its list.
MOST_CHARACTERS = 16_384

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="The maximum number of items on a page.")]


class HasNext(Protocol):
    """An answer that may go on."""

    @property
    def next_cursor(self) -> str | None: ...
    def model_copy(self, *, update: dict[str, Any] | None = None) -> Any: ...


Answer = TypeVar("Answer", bound=HasNext)


class Paging:
    """Where the page begins that a request asks for; no cursor reaches a store, or a caller, but through here."""

    def __init__(self, seal: CursorSeal, given: str | None) -> None:
        self._seal = seal
        self._given = given

    @property
    def cursor(self) -> str | None:
        """The store's cursor, None for the first page; raises ``InvalidCursor`` for one that was not given out."""
        return None if self._given is None else self._seal.open(self._given)

    def sealed(self, page: Answer) -> Answer:
        """Return the page with its cursor as the caller may see it."""
        if page.next_cursor is None:
            return page
        return cast(Answer, page.model_copy(update={"next_cursor": self._seal.seal(page.next_cursor)}))


async def get_paging(
    request: Request,
    cursor: Annotated[
        str | None, Query(max_length=MOST_CHARACTERS, description="The `next_cursor` of the previous page.")
    ] = None,
) -> Paging:
    return Paging(cast(CursorSeal, request.app.state.cursor_seal), cursor)


PagingDep = Annotated[Paging, Depends(get_paging)]
