"""Metrics, backups, the audit trail, erasures and activity."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from infra.errors import ConfigurationError
from infra.settings.keys import HOW_TO_MAKE_A_KEY, Key, decode_key
from infra.settings.section import Section, folder_or_bucket, split_commas


class MetricsSettings(Section):
    """Where a worker or the API exposes `/metrics`, `/healthz` and `/readyz`."""

    host: str = Field(
        default="127.0.0.1",
        description="The address on which metrics and health checks are served. `0.0.0.0` lets Prometheus on "
        "other machines read them.",
    )
    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="The port on which metrics and health checks are served. Nothing is served by default.",
    )


class BackupSettings(Section):
    """Where backups of both stores are stored, and which key encrypts them."""

    place: str | None = Field(
        default=None,
        description="Where backups are stored: a folder on another disk, or `s3://`, `gs://` or `az://` and "
        "`bucket/prefix`.",
    )
    key: Key | None = Field(
        default=None,
        description="The key that encrypts backups: 32 random bytes in Base64. No backup can be read without its "
        "key, so keep a copy elsewhere.",
    )
    s3: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for an S3 bucket of backups. If you set none, those of the sources apply.",
    )
    gs: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for a Google Cloud Storage bucket of backups. If you set none, those of "
        "the sources apply.",
    )
    az: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for an Azure container of backups. If you set none, those of the sources "
        "apply.",
    )
    every_h: float = Field(
        default=24.0, gt=0, le=24 * 31, description="The hours between two backups of `vedette backup run`."
    )
    keep_last: int = Field(default=3, ge=1, description="How many of the newest backups `vedette backup prune` keeps.")
    keep_daily: int = Field(
        default=7, ge=0, description="For how many days `vedette backup prune` keeps one backup a day."
    )
    keep_weekly: int = Field(
        default=4, ge=0, description="For how many weeks `vedette backup prune` keeps one backup a week."
    )

    _place = field_validator("place")(folder_or_bucket)

    def key_bytes(self) -> bytes:
        """Return the key; raises ``ConfigurationError`` where none is set."""
        if self.key is None:
            raise ConfigurationError(f"VEDETTE_BACKUP__KEY is not set: {HOW_TO_MAKE_A_KEY}")
        return decode_key(self.key)


class AuditSettings(Section):
    """What signs the audit trail."""

    key: Key | None = Field(
        default=None,
        description="The key that signs the audit trail: 32 random bytes in Base64. If you set none, the audit "
        "worker creates one in its home folder.",
    )
    older_keys: Annotated[list[Key], NoDecode] = Field(
        default_factory=list,
        description="The keys that signed the trail before this one. Entries that they signed can still be verified.",
    )

    _split = field_validator("older_keys", mode="before")(split_commas)


class ErasureSettings(Section):
    """What signs the lists of what erasures have deleted, and how often retention deletes something."""

    key: Key | None = Field(
        default=None,
        description="The key that signs the lists of erasures: 32 random bytes in Base64. If you set none, the API "
        "creates one in its home folder.",
    )

    retention_every_h: float = Field(
        default=6.0,
        gt=0,
        le=24 * 31,
        description="How often the API deletes what workspaces keep for no longer, in hours.",
    )


class ActivitySettings(Section):
    """What the API publishes about its requests, and how long Elasticsearch keeps it."""

    index: str = Field(
        default="vedette-activity",
        pattern=r"^[a-z][a-z0-9._-]{0,100}$",
        description="The alias of the index of activity.",
    )
    retention_days: int = Field(
        default=90,
        ge=1,
        le=36_500,
        description="How long Elasticsearch keeps activity. A month is deleted once all of it is older.",
    )
    access_share: float = Field(default=1.0, ge=0, le=1, description="The share of requests that become access events.")
    slow_request_ms: float = Field(
        default=1000.0, gt=0, description="A request that takes longer becomes a performance event."
    )
    buffer: int = Field(
        default=10_000, ge=1, le=1_000_000, description="The most events that wait to be published. More are dropped."
    )
    key_refusals: int = Field(
        default=20,
        ge=1,
        description="How often one API key may be refused within five minutes before an alert is published.",
    )
