"""Every setting of the platform, read from the environment, then from the embedded stack's own folder.

Names are ``VEDETTE_`` and the path of fields joined by ``__``: ``VEDETTE_KAFKA__BOOTSTRAP_SERVERS``. What the
environment does not give is taken from ``<home>/endpoints.json``, which ``vedette up`` writes, so that every
command finds a running embedded stack with nothing set.
"""

from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from infra.errors import ConfigurationError
from infra.settings.api import ApiSettings, MailSettings, UploadSettings
from infra.settings.environment import EnvironmentSource
from infra.settings.live import LiveSettings
from infra.settings.operations import ActivitySettings, AuditSettings, BackupSettings, ErasureSettings, MetricsSettings
from infra.settings.recognition import ModelSettings, SourceSettings, WorkerSettings
from infra.settings.section import split_commas
from infra.settings.servers import CassandraSettings, ElasticsearchSettings, KafkaSettings
from infra.settings.webhooks import WebhookSettings

ENDPOINTS_FILE = "endpoints.json"
# What says which servers a section of settings is about.
ADDRESSES = {"kafka": "bootstrap_servers", "cassandra": "contact_points", "elasticsearch": "urls"}


class Settings(BaseSettings):
    """All settings; build one at an entry point and pass its sections on."""

    model_config = SettingsConfigDict(
        env_prefix="VEDETTE_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    home: Path = Field(
        default=Path(".vedette"), description="The folder that holds the data, secrets and logs of this installation."
    )
    cache: Path = Field(
        default=Path.home() / ".cache" / "vedette",
        description="The folder for downloaded servers and built models. Installations may share it.",
    )
    state: Path = Field(
        default=Path.home() / ".local" / "state" / "vedette",
        description="The folder that lists the homes of this user.",
    )
    java_home: Path | None = Field(
        default=None,
        description="The Java 17 that runs the embedded servers. If you set none, it is searched for, and "
        "downloaded if there is none.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least important messages that are logged."
    )
    log_format: Literal["json", "text"] = Field(default="json", description="The format of log lines.")
    kafka: KafkaSettings = KafkaSettings()
    cassandra: CassandraSettings = CassandraSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    api: ApiSettings = ApiSettings()
    live: LiveSettings = LiveSettings()
    webhooks: WebhookSettings = WebhookSettings()
    mail: MailSettings = MailSettings()
    sources: SourceSettings = SourceSettings()
    models: ModelSettings = ModelSettings()
    worker: WorkerSettings = WorkerSettings()
    metrics: MetricsSettings = MetricsSettings()
    backup: BackupSettings = BackupSettings()
    uploads: UploadSettings = UploadSettings()
    audit: AuditSettings = AuditSettings()
    erasure: ErasureSettings = ErasureSettings()
    activity: ActivitySettings = ActivitySettings()

    @field_validator("home", "cache", "state")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        environment = EnvironmentSource(settings_cls)
        return init_settings, environment, EndpointsSource(settings_cls, init_settings, environment)


class EndpointsSource(PydanticBaseSettingsSource):
    """The endpoints of the embedded stack, as ``vedette up`` left them; weaker than everything else."""

    def __init__(self, settings_cls: type[BaseSettings], *stronger: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._stronger = stronger

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        path = self._home() / ENDPOINTS_FILE
        if not path.is_file():
            return {}
        try:
            endpoints = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError:
            endpoints = None
        if not isinstance(endpoints, dict):
            raise ConfigurationError(f"{path} is damaged: delete it, then run `vedette up`, which writes it anew")
        given = [source() for source in self._stronger]
        return {
            section: fields
            for section, fields in endpoints.items()
            if section in Settings.model_fields
            and not any(_is_elsewhere(section, fields, stronger.get(section)) for stronger in given)
        }

    def _home(self) -> Path:
        for source in self._stronger:
            if (home := source().get("home")) is not None:
                return Path(home).expanduser().absolute()
        return Path(Settings.model_fields["home"].default).absolute()


def _is_elsewhere(section: str, fields: dict[str, Any], given: Any) -> bool:
    """Tell whether what is given names another server than the embedded one, whose password must not reach it."""
    name = ADDRESSES.get(section, "")
    return isinstance(given, dict) and name in given and split_commas(given[name]) != split_commas(fields.get(name))
