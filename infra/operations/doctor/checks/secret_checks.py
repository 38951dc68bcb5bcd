"""Whether secrets in the settings are strong, and each used once; no finding ever repeats one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pydantic import BaseModel, SecretStr

from infra.operations.doctor.findings import Finding, Severity, listed
from infra.settings.section import SHORTEST_SECRET, WEAK_SECRETS
from infra.settings.settings import Settings

# What object stores and examples are delivered with.
DEFAULTS = WEAK_SECRETS | {"minioadmin", "minio123", "test", "testing", "example", "s3cr3t", "changeit", "kafka"}
# Options of object stores that are secrets, by parts of their names.
SECRET_OPTIONS = ("secret", "password", "account_key", "account_master_key", "sas_token")
# What everybody may know: they name an account, and prove nothing.
PUBLIC = "access_key_id"
SHARED_ON_PURPOSE = frozenset({"s3", "gs", "az"})


def secret_findings(settings: Settings) -> Iterator[Finding]:
    """Tell of weak secrets, and of those that several systems share."""
    found = dict(secrets_of(settings))
    yield from weak(found)
    yield from shared(found)


def secrets_of(model: BaseModel, above: str = "VEDETTE") -> Iterator[tuple[str, str]]:
    """Yield the setting and the value of every secret that is set."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        setting = f"{above}{'_' if above == 'VEDETTE' else '__'}{name.upper()}"
        if isinstance(value, BaseModel):
            yield from secrets_of(value, setting)
        elif isinstance(value, SecretStr):
            yield setting, value.get_secret_value()
        elif isinstance(value, list):
            yield from ((setting, one.get_secret_value()) for one in value if isinstance(one, SecretStr))
        elif isinstance(value, Mapping) and name in SHARED_ON_PURPOSE:
            yield from ((f"{setting} ({key})", text) for key, text in value.items() if is_secret_option(key))


def is_secret_option(name: str) -> bool:
    """Whether an option of an object store is a secret."""
    return PUBLIC not in name.lower() and any(part in name.lower() for part in SECRET_OPTIONS)


def weak(secrets: Mapping[str, str]) -> Iterator[Finding]:
    """Tell of secrets that are short, or that everybody tries first."""
    for setting, value in secrets.items():
        if len(value) < SHORTEST_SECRET or value.strip().lower() in DEFAULTS:
            yield Finding(
                check="secrets.weak",
                severity=Severity.ERROR,
                subject=setting,
                problem=f"The secret has fewer than {SHORTEST_SECRET} characters, or is a well-known default.",
                risk="It can be guessed.",
                remedy="Give the server another one, for example of `openssl rand -hex 16`, and set it here.",
            )


def shared(secrets: Mapping[str, str]) -> Iterator[Finding]:
    """Tell of one secret that is set for several systems."""
    settings = defaultdict(list)
    for setting, value in secrets.items():
        # Options of object stores stand in for each other, and are often one account's.
        if not setting.endswith(")"):
            settings[value].append(setting)
    for names in settings.values():
        if len(names) > 1:
            yield Finding(
                check="secrets.shared",
                severity=Severity.WARNING,
                subject=listed(names, most=6),
                problem="Several systems have the same secret.",
                risk="Whoever learns the secret of one system can use the others too.",
                remedy="Give each system a secret of its own.",
            )
