"""Examples of what a request may hold, as the documentation shows them, found by where an error says that it lies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel


def example_of(request: Request, location: Sequence[int | str]) -> object:
    """Return the example of the parameter or field at this place of the request; None where there is none."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or len(location) < 2:
        return None
    if location[0] == "body":
        return _within(_body_example(route), location[1:])
    found = (one for one in _parameters(route.dependant) if one.alias == location[1] and one.field_info.examples)
    return next((one.field_info.examples[0] for one in found), None)


def _parameters(dependant: Dependant) -> Iterator[Any]:
    yield from (*dependant.query_params, *dependant.path_params, *dependant.header_params)
    for inner in dependant.dependencies:
        yield from _parameters(inner)


def _body_example(route: APIRoute) -> object:
    """Return what the documentation shows as the body, put together of its fields' examples where it shows none."""
    kind = route.body_field.field_info.annotation if route.body_field is not None else None
    if not isinstance(kind, type) or not issubclass(kind, BaseModel):
        return None
    extra = kind.model_config.get("json_schema_extra")
    shown = extra.get("examples") if isinstance(extra, dict) else None
    fields = {name: field.examples[0] for name, field in kind.model_fields.items() if field.examples}
    return {**fields, **(shown[0] if isinstance(shown, list) and isinstance(shown[0], dict) else {})}


def _within(example: object, place: Sequence[int | str]) -> object:
    """Return the part of an example at ``place``: any item of a list stands for all."""
    for step in place:
        if isinstance(step, int) and isinstance(example, list) and example:
            example = example[0]
        elif isinstance(example, Mapping) and step in example:
            example = example[step]
        else:
            return None
    return example if isinstance(example, (str, int, float)) else None
