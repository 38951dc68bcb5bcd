"""How Kafka, Cassandra and Elasticsearch are reached."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from infra.settings.section import Section, require_strong, split_commas


class KafkaSettings(Section):
    """How to reach Kafka. Every client receives the SASL and TLS settings."""

    bootstrap_servers: str = Field(
        default="", description="The brokers to connect to first, as `host:port`, separated by commas."
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How clients connect to the brokers."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="How clients authenticate. Required with `SASL_PLAINTEXT` and `SASL_SSL`."
    )
    sasl_username: str | None = Field(default=None, description="The user name for SASL.")
    sasl_password: SecretStr | None = Field(default=None, description="The password for SASL.")
    ssl_ca_location: Path | None = Field(
        default=None, description="A PEM file with the certificate authorities that sign the brokers' certificates."
    )
    ssl_certificate_location: Path | None = Field(
        default=None, description="A PEM file with the client's certificate, if the brokers ask for one."
    )
    ssl_key_location: Path | None = Field(
        default=None, description="A PEM file with the private key of the client's certificate."
    )
    ssl_key_password: SecretStr | None = Field(default=None, description="The password of that private key.")
    max_batch_bytes: int = Field(
        default=67_108_864,
        ge=4_194_304,
        le=1_073_741_824,
        description="The most bytes that a compressed batch of messages may unpack to. A larger batch becomes one"
        " dead letter.",
    )
    partitions: int = Field(
        default=6, ge=1, le=1000, description="The number of partitions of each topic that `vedette migrate` creates."
    )
    replication_factor: int = Field(
        default=1,
        ge=1,
        le=10,
        description="The number of brokers that keep a copy of each topic that `vedette migrate` creates.",
    )
    topic_owners: dict[str, list[str]] = Field(
        default_factory=dict,
        description="The workspaces that each topic may name. A topic that is not listed may name any workspace.",
    )


class CassandraSettings(Section):
    """How to reach Cassandra."""

    contact_points: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="The nodes to connect to first."
    )
    port: int = Field(default=9042, ge=1, le=65535, description="The port of every node.")
    username: str | None = Field(default=None, description="The user name.")
    password: SecretStr | None = Field(default=None, description="The password.")
    keyspace: str = Field(
        default="vedette", pattern=r"^[a-z][a-z0-9_]{0,47}$", description="The keyspace that holds all tables."
    )
    local_datacenter: str = Field(default="datacenter1", description="The data centre whose nodes answer queries.")
    replication_factor: int = Field(
        default=1,
        ge=1,
        le=10,
        description="The number of nodes that keep a copy of each row. It applies when `vedette migrate` creates "
        "the keyspace.",
    )
    ssl_ca_location: Path | None = Field(
        default=None,
        description="A PEM file with the certificate authorities that sign the nodes' certificates. Setting it "
        "enables TLS.",
    )
    ssl_certificate_location: Path | None = Field(
        default=None, description="A PEM file with the client's certificate, if the nodes ask for one."
    )
    ssl_key_location: Path | None = Field(
        default=None, description="A PEM file with the private key of the client's certificate."
    )
    request_timeout_s: float = Field(default=10.0, gt=0, description="The longest time that one request may take.")
    max_concurrent_requests: int = Field(
        default=64, ge=1, le=4096, description="The most requests that one process sends at the same time."
    )

    _split = field_validator("contact_points", mode="before")(split_commas)
    _strong = field_validator("password")(require_strong)


class ElasticsearchSettings(Section):
    """How to reach Elasticsearch. The embedded one has no security of its own and listens on loopback only."""

    urls: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="The nodes' addresses, for example `https://es-1:9200`."
    )
    username: str | None = Field(
        default=None, description="The user name. Use it with a password, or set an API key instead."
    )
    password: SecretStr | None = Field(default=None, description="The password.")
    api_key: SecretStr | None = Field(
        default=None, description="An API key of Elasticsearch, instead of a user name and password."
    )
    ca_location: Path | None = Field(
        default=None, description="A PEM file with the certificate authorities that sign the nodes' certificates."
    )
    index: str = Field(
        default="vedette-results",
        pattern=r"^[a-z][a-z0-9._-]{0,100}$",
        description="The alias of the index of results.",
    )
    shards: int = Field(default=1, ge=1, le=100, description="The number of shards of an index that is created.")
    replicas: int = Field(
        default=0, ge=0, le=5, description="The number of copies of each shard of an index that is created."
    )
    request_timeout_s: float = Field(default=30.0, gt=0, description="The longest time that one request may take.")

    _split = field_validator("urls", mode="before")(split_commas)
    _strong = field_validator("password")(require_strong)
