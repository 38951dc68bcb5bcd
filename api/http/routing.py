"""Routes that look at who is asking before they look at what is asked, and pass over nothing that is asked."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import SecurityScopes
from pydantic import TypeAdapter

from api.dependencies import bearer, get_caller, require_scopes, take_turn
from api.http.errors import LONGEST_FIELD_NAME
from infra.errors import FieldError, InvalidRequest


class CallerFirstRoute(APIRoute):
    """A route for callers with a token or an API key.

    FastAPI parses the body before it asks any dependency: without this, whoever may not make a request would be told
    what is wrong with it. A query parameter that the route does not know is refused, since a misspelt filter must not
    answer with more than was asked for; so is one that is given twice and holds one value, of which one would be lost.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler behind the checks."""
        handle = super().get_route_handler()
        parameters = dict(_query_parameters(self.dependant))
        known = frozenset(parameters)
        single = frozenset(name for name, takes_several in parameters.items() if not takes_several)
        needed = SecurityScopes(sorted(scopes_of(self.dependant)))

        async def check_first(request: Request) -> Response:
            caller = await get_caller(request, await bearer(request))
            take_turn(request, caller.bucket)
            await require_scopes(needed, caller)
            _refuse_unknown(request, known)
            _refuse_repeated(request, single)
            return await handle(request)

        return check_first


def scopes_of(dependant: Dependant) -> frozenset[str]:
    """Return the scopes that a route declares, whichever of its dependencies does."""
    own = dependant.own_oauth_scopes if dependant.call is require_scopes else None
    return frozenset(own or ()).union(*map(scopes_of, dependant.dependencies))


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Yield the name of each, and whether it may be given several times."""
    for parameter in dependant.query_params:
        annotation: Any = parameter.field_info.annotation
        yield parameter.alias, _is_list(TypeAdapter(annotation).json_schema())
    for inner in dependant.dependencies:
        yield from _query_parameters(inner)


def _is_list(schema: dict[str, Any]) -> bool:
    return any(part.get("type") == "array" for part in (schema, *schema.get("anyOf", ())))


def _refuse_unknown(request: Request, known: frozenset[str]) -> None:
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        message = (
            f"There is no such parameter. Use {', '.join(sorted(known))}." if known else "This route has no parameters."
        )
        raise InvalidRequest([FieldError(field=name[:LONGEST_FIELD_NAME], message=message) for name in unknown])


def _refuse_repeated(request: Request, single: frozenset[str]) -> None:
    given = Counter(name for name, _ in request.query_params.multi_items())
    repeated = [name for name, times in given.items() if times > 1 and name in single]
    if repeated:
        message = "This parameter is given several times. Give it once."
        raise InvalidRequest([FieldError(field=name, message=message) for name in repeated])
