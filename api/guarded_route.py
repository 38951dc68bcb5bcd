"""Routes that check what comes before the body: the token's presence, and that every query parameter is known."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.dependencies import get_caller
from api.errors import FieldError, InvalidRequest
from api.security.tokens import MissingToken

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """Answers 401 before it reads a body, and 422 to a query parameter that it does not have.

    FastAPI reads bodies first, so that a stranger would be told what is wrong with theirs; and it ignores parameters
    that it does not know, so that a misspelt filter would answer with everything.
    """

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        known = frozenset(_query_names(self.dependant))
        needs_token = any(dependant.call is get_caller for dependant in _all(self.dependant))

        async def guarded(request: Request) -> Response:
            if needs_token and not request.headers.get("authorization", "").lower().startswith("bearer "):
                raise MissingToken("no token")
            if unknown := sorted(set(request.query_params) - known):
                raise InvalidRequest([FieldError(field=name, message="No such parameter.") for name in unknown])
            return await handle(request)

        return guarded


def _all(dependant: Dependant) -> Iterable[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _all(each)


def _query_names(dependant: Dependant) -> Iterable[str]:
    return (parameter.alias for each in _all(dependant) for parameter in each.query_params)
