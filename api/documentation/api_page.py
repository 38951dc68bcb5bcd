"""``docs/reference/api.md``: every route with its parameters and answers, out of the OpenAPI document."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from fastapi import FastAPI

from api.app import DESCRIPTION, add_routes
from api.http.openapi import describe
from infra.documentation.json_schema import fields, kind
from infra.documentation.markdown import page, table

HEADING = f"""# API

{DESCRIPTION.strip()}

Generated from the OpenAPI document, which every API serves at `/openapi.json`; `/docs` shows it with a form for each
route. [Query the API](../how-to/query-the-api.md) has examples, and [scopes, roles and routes](access.md) says who may
call what."""

EVERYWHERE = """## Responses of every route

Any route may return these responses, in addition to those in its own section. Each error is a problem with a `title`
and a `detail`."""
OBJECTS = """## Objects

The objects in requests and responses. A field that is not required may be absent or null."""
METHODS = ("get", "post", "put", "patch", "delete")
# A response that at least so many routes share, word for word, is told once for all of them.
SHARED = 25

Operation = dict[str, Any]


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document, without services behind it."""
    app = FastAPI(title="Vedette", version="1", docs_url=None, redoc_url=None, separate_input_output_schemas=False)
    add_routes(app)
    return describe(app, oauth=False)


def api_page() -> str:
    """Return the page: one section for each tag, in it one for each route, and then the objects that they name."""
    document = api_document()
    operations = list(_operations(document))
    counted = Counter(each for _, operation in operations for each in _responses(operation))
    shared = {response for response, count in counted.items() if count >= SHARED}
    by_tag: defaultdict[str, list[str]] = defaultdict(list)
    for name, operation in operations:
        by_tag[operation.get("tags", ["others"])[0]] += _route(name, operation, shared)
    lines = [line for tag in sorted(by_tag, key=str.lower) for line in ("", f"## {_title(tag)}", *by_tag[tag])]
    everywhere = table(("status", "response"), sorted(shared))
    objects = _objects(document["components"]["schemas"])
    return page(HEADING, "", EVERYWHERE, "", *everywhere, *lines, "", OBJECTS, *objects)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, operations in document["paths"].items():
        yield from ((f"{method.upper()} {path}", operations[method]) for method in METHODS if method in operations)


def _title(tag: str) -> str:
    return tag[:1].upper() + tag[1:]


def _route(name: str, operation: Operation, shared: Collection[tuple[str, str]]) -> Iterator[str]:
    yield from ("", f"### {name}", "", str(operation.get("description", operation["summary"])))
    if body := _body(operation.get("requestBody", {})):
        yield from ("", f"Request body: {body}.")
    parameters = [each for each in operation.get("parameters", ()) if each["in"] != "header"]
    if parameters:
        yield ""
        yield from table(("parameter", "in", "type", "meaning"), map(_parameter, parameters))
    own = [response for response in _responses(operation) if response not in shared]
    yield from ("", *table(("status", "response"), own))


def _parameter(parameter: dict[str, Any]) -> tuple[str, str, str, str]:
    schema = parameter["schema"]
    name = f"`{parameter['name']}`{' (required)' if parameter.get('required') else ''}"
    return name, parameter["in"], kind(schema), parameter.get("description", "")


def _responses(operation: Operation) -> Iterator[tuple[str, str]]:
    for status, response in sorted(operation["responses"].items()):
        told = response["description"].replace("Successful Response", "The request succeeded.")
        body = _body(response) if status < "300" else ""
        yield status, f"{told} Body: {body}." if body else told


def _objects(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        told = schema.get("description", "").replace("``", "`")
        if "properties" in schema:
            yield from ("", f"### {name}", "", told, "", *fields(schema))
        elif "enum" in schema:
            yield from ("", f"### {name}", "", told, "", f"One of {', '.join(f'`{each}`' for each in schema['enum'])}.")


def _body(holder: dict[str, Any]) -> str:
    kinds = (kind(content.get("schema", {})) for content in holder.get("content", {}).values())
    return " or ".join(dict.fromkeys(each for each in kinds if each))
