"""Settings from environment variables, where a mistake is told and not passed over."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from infra.errors import ConfigurationError

# Read by single commands and by the tests.
OTHER_VARIABLES = frozenset({"ADMIN_PASSWORD", "OWNER", "TEST_STACK"})
# What Kubernetes puts into every container of a namespace that has a service called vedette-api.
SERVICE_NAMES = ("*_SERVICE_*", "*_PORT", "*_PORT_*")
SERVICE_LINKS = ("tcp://", "udp://", "sctp://")
DELIMITER = "__"
LIKENESS = 0.75

Fields = Mapping[str, FieldInfo]


class EnvironmentSource(EnvSettingsSource):
    """The environment; raises ``ConfigurationError`` for broken JSON and for names that are no settings.

    Messages name the variable and never repeat its value.
    """

    def __call__(self) -> dict[str, Any]:
        for name, value in self.env_vars.items():
            self._refuse_unknown(name, value or "")
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

    def _refuse_unknown(self, name: str, value: str) -> None:
        prefix = self.env_prefix.lower()
        path = name.removeprefix(prefix)
        if path == name or path.upper() in OTHER_VARIABLES or is_setting(path, self.settings_cls.model_fields):
            return
        meant = setting_meant(path, self.settings_cls.model_fields)
        if _is_of_kubernetes(name.upper(), value, is_near_a_setting=meant is not None):
            return
        raise ConfigurationError(f"there is no setting {name.upper()}{did_you_mean(self.env_prefix, meant)}")


def is_setting(path: str, fields: Fields) -> bool:
    """Whether ``kafka__partitions`` names a setting; beneath a setting that is a table any name does."""
    head, _, rest = path.partition(DELIMITER)
    if (field := fields.get(head)) is None:
        return False
    return not rest or _is_table(field) or is_setting(rest, _fields_of(field))


def setting_meant(path: str, fields: Fields) -> str | None:
    """Return the setting whose name is most like ``path``; None where none is."""
    return _meant_by_parts(path, fields) or next(
        iter(get_close_matches(path, list(_all_names(fields)), n=1, cutoff=LIKENESS)), None
    )


def did_you_mean(prefix: str, meant: str | None) -> str:
    """Return the end of a sentence that tells of an unknown setting."""
    return f"; did you mean {prefix}{meant.upper()}?" if meant else ""


def _is_of_kubernetes(name: str, value: str, *, is_near_a_setting: bool) -> bool:
    """Whether Kubernetes gave this variable; where it may also be a slip of the pen, its value decides."""
    if DELIMITER in name or not any(fnmatchcase(name, pattern) for pattern in SERVICE_NAMES):
        return False
    return not is_near_a_setting or value.startswith(SERVICE_LINKS) or "_SERVICE_" in name or "_PORT_" in name


def _meant_by_parts(path: str, fields: Fields) -> str | None:
    """Correct one part after the other, so that what follows a misspelt part is kept."""
    head, _, rest = path.partition(DELIMITER)
    found = head if head in fields else next(iter(get_close_matches(head, fields, n=1, cutoff=LIKENESS)), None)
    if found is None or not rest:
        return found
    if _is_table(fields[found]):
        return f"{found}{DELIMITER}{rest}"
    inner = _meant_by_parts(rest, _fields_of(fields[found]))
    return f"{found}{DELIMITER}{inner}" if inner else None


def _all_names(fields: Fields) -> Iterator[str]:
    for name, field in fields.items():
        yield name
        yield from (f"{name}{DELIMITER}{inner}" for inner in _all_names(_fields_of(field)))


def _fields_of(field: FieldInfo) -> Fields:
    kind = field.annotation
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _is_table(field: FieldInfo) -> bool:
    return getattr(field.annotation, "__origin__", None) is dict
