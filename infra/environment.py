"""Settings from environment variables, where a mistake is told and not passed over."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from infra.errors import ConfigurationError

# Read by single commands and by the tests.
OTHER_VARIABLES = frozenset({"ADMIN_PASSWORD", "OWNER", "TEST_STACK"})
# What Kubernetes puts into every container of a namespace that has a service called vedette-api.
SERVICE_LINKS = ("tcp://", "udp://", "sctp://")
LIKENESS = 0.75


class EnvironmentSource(EnvSettingsSource):
    """The environment; raises ``ConfigurationError`` for broken JSON and for names that are nearly those of settings.

    Messages name the variable and never repeat its value.
    """

    def __call__(self) -> dict[str, Any]:
        for name, value in self.env_vars.items():
            self._refuse_misspelt(name, value or "")
        return super().__call__()

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            names = [
                name.upper() for name, text in self.env_vars.items() if name.endswith(field_name) and text == value
            ]
            raise ConfigurationError(
                f'setting {" or ".join(names)}: the value is not JSON; quote it for the shell, as in \'{{"a": "b"}}\''
            ) from None

    def _refuse_misspelt(self, name: str, value: str) -> None:
        if not name.startswith(self.env_prefix.lower()) or value.startswith(SERVICE_LINKS):
            return
        path = name.removeprefix(self.env_prefix.lower())
        fields = self.settings_cls.model_fields
        head, is_nested, rest = path.partition("__")
        if head in fields or path.upper() in OTHER_VARIABLES:
            return
        meant = _section_meant(path, fields) or _alike(head, fields, f"__{rest}" if rest else "")
        if meant or is_nested:
            advice = f"; did you mean {self.env_prefix}{meant.upper()}?" if meant else ""
            raise ConfigurationError(f"there is no setting {name.upper()}{advice}")


def _section_meant(path: str, fields: Mapping[str, FieldInfo]) -> str | None:
    """Return ``kafka__partitions`` for ``kafka_partitions``: one underscore is easily forgotten."""
    for section, field in fields.items():
        inner = path.removeprefix(f"{section}_")
        if inner != path and inner in _fields_of(field):
            return f"{section}__{inner}"
    return None


def _fields_of(field: FieldInfo) -> Mapping[str, FieldInfo]:
    kind = field.annotation
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _alike(head: str, fields: Mapping[str, FieldInfo], rest: str) -> str | None:
    found = get_close_matches(head, fields, n=1, cutoff=LIKENESS)
    return f"{found[0]}{rest}" if found else None
