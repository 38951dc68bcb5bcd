"""The OpenAPI document: FastAPI's, with problems and with both ways to show who one is."""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from api.http import problems
from api.http.routing import scopes_of
from schemas.access.accounts import SCOPE_PURPOSES, Scope
from schemas.access.oauth import FOR_CLIENTS, FOR_CLIENTS_THEMSELVES
from schemas.messages.live import LiveOutcome, StreamEnd, StreamTime
from schemas.webhooks.events import WebhookEvent

OAUTH = "OAuth2"
# What no route returns by itself: problems, the messages of streams, and what webhooks send.
UNRETURNED: tuple[type[BaseModel], ...] = (
    *(problems.Problem, problems.InvalidFields, problems.Refusal, problems.Unavailable),
    *(LiveOutcome, StreamEnd, StreamTime),
    WebhookEvent,
)
# Of two classes with one name the generator makes names by their modules. What is published stays where a class moves.
PUBLISHED_NAMES = {
    "schemas__records__pipelines__Action": "schemas__pipelines__Action",
    "PipelineSpec": "Pipeline",
}


def describe(app: FastAPI, *, oauth: bool) -> dict[str, Any]:
    """Return FastAPI's document, with the schemas of problems, streams' messages and webhooks, which no route returns.

    With ``oauth`` every route that a client can be allowed names its scopes.
    """
    if app.openapi_schema is None:
        document = _with_published_names(
            get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        )
        _add_unreturned(document["components"]["schemas"])
        for path, operations in document["paths"].items():
            for operation in operations.values():
                everywhere = problems.documented_everywhere(path, has_body="requestBody" in operation)
                operation["responses"] = everywhere | operation["responses"]
        for schema in document["components"]["schemas"].values():
            _say_what_is_meant(schema)
        if oauth:
            document["components"]["securitySchemes"][OAUTH] = _scheme()
            _name_scopes(app, document["paths"])
        app.openapi_schema = document
    return app.openapi_schema


def _with_published_names(document: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(document)
    for name, published in PUBLISHED_NAMES.items():
        text = text.replace(name, published)
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _add_unreturned(schemas: dict[str, Any]) -> None:
    for model in UNRETURNED:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema


def _say_what_is_meant(schema: Any) -> None:
    """Correct what pydantic says of sets and of mappings.

    Items need not differ: to name one twice is harmless, and taken as once. Of a mapping whose keys have a pattern, no
    other key may be there.
    """
    if isinstance(schema, dict):
        schema.pop("uniqueItems", None)
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _say_what_is_meant(inner)


def _scheme() -> dict[str, Any]:
    """Addresses are relative to the document, since an installation may have more than one name."""
    for_people = {"authorizationUrl": "/oauth/authorize", "tokenUrl": "/oauth/token", "refreshUrl": "/oauth/token"}
    return {
        "type": "oauth2",
        "description": "Authorization code with PKCE (S256), or a client's own credentials.",
        "flows": {
            "authorizationCode": {**for_people, "scopes": _told(FOR_CLIENTS)},
            "clientCredentials": {"tokenUrl": "/oauth/token", "scopes": _told(FOR_CLIENTS_THEMSELVES)},
        },
    }


def _told(scopes: frozenset[Scope]) -> dict[str, str]:
    return {scope.value: SCOPE_PURPOSES[scope] for scope in sorted(scopes)}


def _name_scopes(app: FastAPI, paths: dict[str, Any]) -> None:
    for path, method, scopes in _scopes_of_routes(app):
        operation = paths.get(path, {}).get(method)
        if operation is not None and scopes and scopes <= FOR_CLIENTS:
            operation["security"] = [*operation.get("security", []), {OAUTH: sorted(scopes)}]


def _scopes_of_routes(app: FastAPI) -> Iterator[tuple[str, str, frozenset[str]]]:
    for route in iter_route_contexts(app.routes):
        if isinstance(original := route.original_route, APIRoute):
            for method in route.methods or ():
                yield str(route.path), method.lower(), scopes_of(original.dependant)
