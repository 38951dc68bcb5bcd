"""How Kafka, Cassandra and Elasticsearch are reached."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from infra.settings.section import Section, require_strong, split_commas


class KafkaSettings(Section):
    """How the brokers are reached; SASL and TLS fields are passed through to every client."""

    bootstrap_servers: str = ""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_ca_location: Path | None = None
    ssl_certificate_location: Path | None = None
    ssl_key_location: Path | None = None
    ssl_key_password: SecretStr | None = None
    max_batch_bytes: int = Field(
        default=67_108_864,
        ge=4_194_304,
        le=1_073_741_824,
        description="How much a compressed batch of messages may unpack to; a larger one becomes one dead letter.",
    )
    partitions: int = Field(default=6, ge=1, le=1000)
    replication_factor: int = Field(default=1, ge=1, le=10)
    topic_owners: dict[str, list[str]] = Field(
        default_factory=dict, description="Owners that each topic may name; a topic not listed may name any."
    )


class CassandraSettings(Section):
    """How Cassandra is reached."""

    contact_points: Annotated[list[str], NoDecode] = Field(default_factory=list)
    port: int = Field(default=9042, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    keyspace: str = Field(default="vedette", pattern=r"^[a-z][a-z0-9_]{0,47}$")
    local_datacenter: str = "datacenter1"
    replication_factor: int = Field(default=1, ge=1, le=10)
    ssl_ca_location: Path | None = None
    ssl_certificate_location: Path | None = None
    ssl_key_location: Path | None = None
    request_timeout_s: float = Field(default=10.0, gt=0)
    max_concurrent_requests: int = Field(default=64, ge=1, le=4096)

    _split = field_validator("contact_points", mode="before")(split_commas)
    _strong = field_validator("password")(require_strong)


class ElasticsearchSettings(Section):
    """How Elasticsearch is reached. Security is the cluster's; the embedded one listens on loopback alone."""

    urls: Annotated[list[str], NoDecode] = Field(default_factory=list)
    username: str | None = None
    password: SecretStr | None = None
    api_key: SecretStr | None = None
    ca_location: Path | None = None
    index: str = Field(default="vedette-results", pattern=r"^[a-z][a-z0-9._-]{0,100}$")
    shards: int = Field(default=1, ge=1, le=100)
    replicas: int = Field(default=0, ge=0, le=5)
    request_timeout_s: float = Field(default=30.0, gt=0)

    _split = field_validator("urls", mode="before")(split_commas)
    _strong = field_validator("password")(require_strong)
