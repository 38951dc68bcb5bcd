"""Fields of a JSON Schema as rows of a table."""

from collections.abc import Iterator
from typing import Any

from infra.documentation.markdown import table

Schema = dict[str, Any]

MOST_CODES = 12


def fields(schema: Schema) -> Iterator[str]:
    """Yield a table of an object's fields."""
    required = set(schema.get("required", ()))
    rows = (
        (f"`{name}`", kind(field), "yes" if name in required else "no", meaning(field))
        for name, field in schema["properties"].items()
    )
    yield from table(("field", "type", "required", "meaning"), rows)


def meaning(field: Schema) -> str:
    """Return what a field's description says."""
    return str(field.get("description", "")).replace("``", "`")


def kind(schema: Schema) -> str:
    """Return a schema's type in a few words."""
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        codes = [f"`{value}`" for value in schema["enum"]]
        return ", ".join(codes) if len(codes) <= MOST_CODES else "one of the codes"
    if alternatives := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        kinds = (kind(each) for each in alternatives if each.get("type") != "null")
        return " or ".join(dict.fromkeys(each for each in kinds if each))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {})) or 'values'}"
    return str(schema.get("format") or schema.get("type") or "")
