"""What is checked before a body is read."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security.base import SecurityBase

from tests.api_world import ApiWorld


@pytest.mark.parametrize("body", [b"{", b"", b'{"images": 7}'])
async def test_without_a_token_no_body_is_looked_at(anonymous: httpx.AsyncClient, body: bytes) -> None:
    answer = await anonymous.post("/v1/images", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_misspelt_filter_is_refused_and_named(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/v1/results", params={"lable": "cat"})
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert [error["field"] for error in answer.json()["errors"]] == ["lable"]


async def test_a_filter_of_one_value_that_is_given_twice_is_refused_and_named(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/v1/results", params=[("label", "cat"), ("label", "dog"), ("status", "recognised")])
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    [error] = answer.json()["errors"]
    assert (error["field"], error["message"]) == ("label", "This parameter is given several times. Give it once.")


async def test_a_filter_of_several_values_is_given_several_times(shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/v1/results", params=[("exclude_label", "cat"), ("exclude_label", "dog")])
    assert answer.status_code == httpx.codes.OK


@pytest.mark.parametrize("path", ["/v1/results", "/v1/search?q=cat", "/v1/images", "/v1/images/none"])
async def test_every_known_parameter_is_taken(shop: httpx.AsyncClient, path: str) -> None:
    answer = await shop.get(path, params={"owner": "shop", **dict(httpx.URL(path).params)})
    assert answer.status_code in {httpx.codes.OK, httpx.codes.NOT_FOUND}


def test_nothing_that_a_request_needs_is_sent_to_a_thread(world: ApiWorld) -> None:
    contexts = iter_route_contexts(world.app.routes)
    routes = [context.original_route for context in contexts if isinstance(context.original_route, APIRoute)]
    assert routes
    calls = {call for route in routes for call in _calls_of(route.dependant)}
    assert {call.__qualname__ for call in calls if not inspect.iscoroutinefunction(call)} == set()


def _calls_of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None and not isinstance(dependant.call, SecurityBase):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls_of(inner)
