"""Metrics, backups, the audit trail and activity."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from infra.errors import ConfigurationError
from infra.settings.keys import HOW_TO_MAKE_A_KEY, decode_key
from infra.settings.section import Section, folder_or_bucket, split_commas


class MetricsSettings(Section):
    """Where a worker or the API tells of itself: /metrics, /healthz and /readyz."""

    host: str = Field(default="127.0.0.1", description="0.0.0.0 lets Prometheus on other machines read it.")
    port: int | None = Field(default=None, ge=0, le=65535, description="None, the default: nothing listens.")


class BackupSettings(Section):
    """Where backups of both stores lie, and with which key they are encrypted."""

    place: str | None = Field(
        default=None, description="A folder on another disk, or s3://, gs:// or az://bucket/prefix."
    )
    key: SecretStr | None = Field(
        default=None, description="32 random bytes in Base64. Without it no backup can be read: keep a copy elsewhere."
    )
    s3: dict[str, str] = Field(
        default_factory=dict, repr=False, description="obstore options of the place; those of sources if none."
    )
    gs: dict[str, str] = Field(default_factory=dict, repr=False)
    az: dict[str, str] = Field(default_factory=dict, repr=False)
    every_h: float = Field(default=24.0, gt=0, le=24 * 31, description="Between two backups of `vedette backup run`.")
    keep_last: int = Field(default=3, ge=1, description="Backups that are kept: the newest,")
    keep_daily: int = Field(default=7, ge=0, description="one a day of so many days,")
    keep_weekly: int = Field(default=4, ge=0, description="and one a week of so many weeks.")

    _place = field_validator("place")(folder_or_bucket)

    @field_validator("key")
    @classmethod
    def _whole(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            decode_key(key)
        return key

    def key_bytes(self) -> bytes:
        """Return the key; raises ``ConfigurationError`` where none is set."""
        if self.key is None:
            raise ConfigurationError(f"VEDETTE_BACKUP__KEY is not set: {HOW_TO_MAKE_A_KEY}")
        return decode_key(self.key)


class AuditSettings(Section):
    """What signs the audit trail."""

    key: SecretStr | None = Field(
        default=None, description="32 random bytes in Base64; made in the home folder of the audit worker if none."
    )
    older_keys: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list, description="Keys that signed before this one: entries stay verifiable."
    )

    _split = field_validator("older_keys", mode="before")(split_commas)

    @field_validator("key", "older_keys")
    @classmethod
    def _whole(cls, given: SecretStr | list[SecretStr] | None) -> SecretStr | list[SecretStr] | None:
        for key in given if isinstance(given, list) else [given]:
            if key is not None:
                decode_key(key)
        return given


class ActivitySettings(Section):
    """What the API tells of itself on topic ``activity``, and how long Elasticsearch keeps it."""

    index: str = Field(default="vedette-activity", pattern=r"^[a-z][a-z0-9._-]{0,100}$")
    retention_days: int = Field(default=90, ge=1, le=36_500, description="A month goes once all of it is older.")
    access_share: float = Field(default=1.0, ge=0, le=1, description="Of requests, those that an access event tells.")
    slow_request_ms: float = Field(default=1000.0, gt=0, description="A request that takes longer is told.")
    buffer: int = Field(default=10_000, ge=1, le=1_000_000, description="Events that may wait; more are dropped.")
    key_refusals: int = Field(default=20, ge=1, description="Of one API key within five minutes: then it is told.")
