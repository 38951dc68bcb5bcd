"""``docs/reference/settings.md``: every setting with its default and meaning, out of the models."""

from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import orjson
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.documentation.markdown import page, table
from infra.settings.settings import Settings

INTRODUCTION = """# Settings

Every setting is an environment variable. Its name is `VEDETTE_` and the path of the setting, joined by two underscores.
A name that does not exist is an error, and the error suggests the name that was probably meant.

A setting in the environment overrides what `vedette up` wrote to `endpoints.json` in the home folder. Lists are JSON
arrays; a list of plain words may also be written with commas. Mappings are JSON objects.

`VEDETTE_REQUIREMENTS` is no setting of the platform: the container build reads it."""


def settings_page() -> str:
    """Return the page; one section for each group of settings."""
    own = [(name, field) for name, field in Settings.model_fields.items() if _section(field) is None]
    sections = [(name, section) for name, field in Settings.model_fields.items() if (section := _section(field))]
    lines = [INTRODUCTION, "", "## The installation", "", *_rows(own, ())]
    for name, section in sections:
        lines += ["", f"## {_heading(name)}", "", _told(section), "", *_rows(section.model_fields.items(), (name,))]
    return page(*lines)


def _rows(fields: Any, above: Sequence[str]) -> Iterator[str]:
    rows = ((f"`{_name(name, above)}`", _default(field), _meaning(field)) for name, field in fields)
    yield from table(("setting", "default", "meaning"), rows)


def _name(name: str, above: Sequence[str]) -> str:
    return f"VEDETTE_{'__'.join((*above, name))}".upper()


def _heading(name: str) -> str:
    return name.upper() if name == "api" else name.capitalize()


def _told(section: type[BaseModel]) -> str:
    return (section.__doc__ or "").strip().splitlines()[0]


def _section(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _meaning(field: FieldInfo) -> str:
    choices = ", ".join(f"`{choice}`" for choice in _choices(field.annotation))
    return f"{field.description or ''} {f'One of {choices}.' if choices else ''}".strip()


def _choices(annotation: Any) -> list[str]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ("", [], (), {}, frozenset()):
        return "not set"
    if isinstance(value, Path):
        return f"`{_at_home(value)}`"
    if isinstance(value, (str, int, float)):
        return f"`{str(value).lower() if isinstance(value, bool) else value}`"
    return f"`{orjson.dumps(value).decode()}`"


def _at_home(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_absolute() and path.is_relative_to(home) else str(path)
