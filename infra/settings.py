"""Every setting of the platform, read from the environment, then from the embedded stack's own folder.

Names are ``VEDETTE_`` and the path of fields joined by ``__``: ``VEDETTE_KAFKA__BOOTSTRAP_SERVERS``. What the
environment does not give is taken from ``<home>/endpoints.json``, which ``vedette up`` writes, so that every
command finds a running embedded stack with nothing set.
"""

import base64
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from infra.environment import EnvironmentSource
from infra.errors import ConfigurationError
from schemas.images import DEFAULT_MAX_IMAGE_BYTES
from schemas.topics import RETRY_TOPICS
from schemas.uris import OBJECT_STORES

ENDPOINTS_FILE = "endpoints.json"
# What says which servers a section of settings is about.
ADDRESSES = {"kafka": "bootstrap_servers", "cassandra": "contact_points", "elasticsearch": "urls"}
SHORTEST_SECRET = 12
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
PUBLIC_ORIGIN = re.compile(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
LOOPBACK_ORIGIN = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]{1,5})?")
LONGEST_DELAY_S = 7 * 86_400
KEY_BYTES = 32
# Of 32 random bytes more than 24 are different, but for one key in a great many.
FEWEST_DIFFERENT_BYTES = 16
HOW_TO_MAKE_A_KEY = "make one with `openssl rand -base64 32`, and keep a copy away from this machine"
WEAK_SECRETS = frozenset({"cassandra", "password", "changeme", "secret", "admin", "elastic", "vedette"})


def require_strong(secret: SecretStr | None) -> SecretStr | None:
    """Refuse a secret that is short or well known; the message never repeats it."""
    if secret is None:
        return None
    value = secret.get_secret_value()
    if len(value) < SHORTEST_SECRET or value.strip().lower() in WEAK_SECRETS:
        raise ValueError(f"is too weak: use at least {SHORTEST_SECRET} characters that nobody can guess")
    return secret


def split_commas(value: object) -> object:
    """Accept ``a,b`` beside a JSON list, since that is what people type in a shell."""
    if isinstance(value, str):
        text = value.strip()
        return (
            orjson.loads(text) if text.startswith("[") else [part.strip() for part in text.split(",") if part.strip()]
        )
    return value


def folder_or_bucket(place: str | None) -> str | None:
    """Refuse what is neither a folder nor a prefix of an object store."""
    scheme, is_url, bucket = (place or "").partition("://")
    if is_url and (scheme not in OBJECT_STORES or not bucket.strip("/") or "?" in bucket):
        raise ValueError("is neither a folder nor s3://, gs:// or az:// and the name of a bucket")
    return place


class Section(BaseModel):
    """One group of settings; an unknown name is an error, since a typing mistake must not be silent."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


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


class ApiSettings(Section):
    """The HTTP API."""

    host: str = "127.0.0.1"
    port: int = Field(default=8800, ge=0, le=65535)
    signing_key_file: Path | None = Field(
        default=None,
        description="Ed25519 private keys, PEM, the newest first; made under the home folder where not given.",
    )
    issuer: str = "vedette"
    audience: str = "vedette-api"
    token_lifetime_s: int = Field(default=900, ge=60, le=3600)
    session_lifetime_s: int = Field(
        default=1_209_600, ge=3600, le=31_536_000, description="After this even a refreshed log-in ends."
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Addresses of proxies whose X-Forwarded-For is believed."
    )
    log_in_failures: int = Field(default=10, ge=1, le=1000, description="Of one account from one network.")
    log_in_failures_network: int = Field(default=100, ge=1, le=100_000, description="Of all accounts from one network.")
    log_in_failures_account: int = Field(
        default=50, ge=1, le=10_000, description="Of one account from all networks that it never logged in from."
    )
    log_in_window_s: int = Field(default=900, ge=10, le=86_400, description="How long a failure counts.")
    public_url: str | None = Field(
        default=None,
        description="Where callers reach the API, as https://vedette.shop.example. OAuth is off without it, "
        "unless the API listens on loopback alone.",
    )
    interactive_docs: bool = Field(default=True, description="Swagger UI at /docs, without a network.")
    registration: Literal["closed", "invitation", "open"] = Field(
        default="closed", description="Who may get an account: whom administrators make one for, invite, or anybody."
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    requests_per_s: float = Field(
        default=200.0, gt=0, description="Of each account's log-ins together, and of each API key; by each process."
    )
    request_burst: int = Field(default=400, ge=1, description="Requests that each may send at once, after a pause.")
    images_per_day: int | None = Field(
        default=None, ge=1, description="That an account may send, its keys included; by all processes together. None."
    )
    images_per_day_key: int | None = Field(default=None, ge=1, description="The same, for each API key by itself.")
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Origins whose pages may call the API, as in https://app.example; none."
    )
    hsts: bool = Field(
        default=False, description="Tell browsers to come by https alone; set it where TLS stands in front."
    )
    max_requests: int = Field(default=512, ge=1, le=65535, description="At work at once, of all kinds.")
    max_submissions: int = Field(default=8, ge=1, le=4096, description="Requests that send images, at work at once.")
    max_waiting_submissions: int = Field(default=64, ge=0, le=65535, description="More of these that wait their turn.")
    submission_wait_s: float = Field(default=0.075, gt=0, le=60, description="How long each of these waits at most.")
    max_backlog: int = Field(
        default=100_000, ge=1, description="Images that may wait on image-references; more are refused."
    )
    max_batch_backlog: int = Field(default=1_000_000, ge=1, description="The same on image-references-batch.")
    password_hash_threads: int = Field(default=1, ge=1, le=16)
    password_hash_queue: int = Field(default=8, ge=1, le=1000)

    _split = field_validator("trusted_proxies", "cors_origins", mode="before")(split_commas)

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: list[str]) -> list[str]:
        if not all(ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError("must each be an origin as browsers send it, as in https://app.example; * is not taken")
        return origins

    @field_validator("public_url")
    @classmethod
    def _origin(cls, url: str | None) -> str | None:
        if url is not None and not (PUBLIC_ORIGIN.fullmatch(url) or LOOPBACK_ORIGIN.fullmatch(url)):
            raise ValueError("must be https:// and a host in lower case, with a port or not, and nothing behind")
        return url

    @property
    def own_url(self) -> str | None:
        """Where callers reach the API; None where that is not known."""
        if self.public_url is not None:
            return self.public_url
        here = f"http://{self.host}:{self.port}"
        return here if self.port and LOOPBACK_ORIGIN.fullmatch(here) else None


class MailSettings(Section):
    """How messages to people are sent; without a server each becomes a file in the home folder's ``outbox``."""

    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    ca_location: Path | None = None
    sender: str = Field(default="vedette@localhost", pattern=r"^[^\s@<>]+@[^\s@<>]+$")
    link: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s#]+$",
        description="A page of yours that takes tokens; messages link to it with #PURPOSE=TOKEN behind.",
    )
    invitation_lifetime_s: int = Field(default=604_800, ge=300, le=2_592_000)
    token_lifetime_s: int = Field(default=3600, ge=60, le=86_400, description="Of registrations and password resets.")
    messages_per_hour: int = Field(default=5, ge=1, le=100, description="That strangers can cause, to one address.")
    messages_per_hour_network: int = Field(default=50, ge=1, le=10_000, description="The same, from one network.")

    _strong = field_validator("password")(require_strong)


class SourceSettings(Section):
    """Where images may be fetched from, and within which limits."""

    file_roots: Annotated[list[Path], NoDecode] = Field(
        default_factory=list, description="Folders that file:// references may name; none by default."
    )
    max_bytes: int = Field(default=DEFAULT_MAX_IMAGE_BYTES, ge=1024)
    timeout_s: float = Field(default=20.0, gt=0, le=300, description="At most, for one that was put off before.")
    patience_s: float = Field(
        default=5.0, gt=0, le=300, description="For an image's first fetch; one that takes longer is put off."
    )
    attempts: int = Field(default=3, ge=1, le=10, description="At once, within the patience, before it is put off.")
    retry_delays_s: Annotated[list[float], NoDecode] = Field(
        default=[30.0, 300.0, 3600.0],
        description="How long a reference waits whose image did not come, each time; at most three times.",
        min_length=1,
        max_length=len(RETRY_TOPICS),
    )
    max_redirects: int = Field(default=3, ge=0, le=10)
    concurrent_fetches: int = Field(default=16, ge=1, le=256)
    fetches_per_host: int = Field(default=8, ge=1, le=256, description="Of concurrent_fetches, from one web server.")
    memory_bytes: int = Field(
        default=805_306_368, ge=1024, description="For images that are being fetched or wait to be decoded."
    )
    allowed_private_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="host:port pairs inside your network that https references may name.",
    )
    https_ca_location: Path | None = None
    bucket_owners: dict[str, str] = Field(
        default_factory=dict, description="Workspace of each bucket whose notifications arrive on object-created."
    )
    s3: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="obstore S3 options: endpoint, region, access_key_id, secret_access_key, …",
    )
    gs: dict[str, str] = Field(default_factory=dict, repr=False, description="obstore GCS options.")
    az: dict[str, str] = Field(default_factory=dict, repr=False, description="obstore Azure options.")

    _split = field_validator("file_roots", "allowed_private_hosts", "retry_delays_s", mode="before")(split_commas)

    @field_validator("retry_delays_s")
    @classmethod
    def _waits_are_moments(cls, delays_s: list[float]) -> list[float]:
        if not all(0 <= delay_s <= LONGEST_DELAY_S for delay_s in delays_s):
            raise ValueError(f"must each lie between 0 and {LONGEST_DELAY_S} seconds")
        return delays_s

    @model_validator(mode="after")
    def _one_image_fits(self) -> "SourceSettings":
        if self.memory_bytes < self.max_bytes:
            raise ValueError("memory_bytes must not be smaller than max_bytes: no image could be fetched")
        return self


class ModelSettings(Section):
    """The models and the pipeline that workers run."""

    repository: str | None = Field(
        default=None,
        description="A folder, or s3://, gs:// or az://bucket/prefix, for models that are added; "
        "models beneath the home folder if none.",
    )
    s3: dict[str, str] = Field(
        default_factory=dict, repr=False, description="obstore options of the repository; those of sources if none."
    )
    gs: dict[str, str] = Field(default_factory=dict, repr=False)
    az: dict[str, str] = Field(default_factory=dict, repr=False)
    more_pipelines: int = Field(
        default=2, ge=1, le=32, description="Pipelines that references name, kept loaded beside the promoted one."
    )
    max_labels: int = Field(default=10, ge=1, le=100)
    min_confidence: float = Field(default=0.01, ge=0, le=1)
    max_objects: int = Field(default=100, ge=1, le=1000)
    min_object_confidence: float = Field(default=0.25, ge=0, le=1)
    max_pixels: int = Field(default=64_000_000, ge=10_000, le=178_956_970, description="At most what Pillow allows.")
    accept_truncated: bool = Field(
        default=True,
        description="Recognise images whose data end early if at least half of their rows are there, with a warning.",
    )
    decode_timeout_s: float = Field(default=10.0, gt=0, le=300, description="Decoding that takes longer is ended.")
    batch_size: int = Field(default=0, ge=0, le=256, description="Images a run; 0: what suits the device, 4 or 32.")
    threads: int = Field(
        default=0, ge=0, description="They decode, and infer as well where there is no GPU; 0: as many as processors."
    )
    provider: Literal["auto", "cpu", "cuda", "tensorrt"] = Field(
        default="auto", description="Where models run; a GPU that is asked for by name and missing is an error."
    )
    cpu_arena: bool = Field(default=True, description="Keep inference memory between runs: faster, and larger.")
    gpu_device: int = Field(default=0, ge=0, le=63)
    gpu_memory_limit_mib: int = Field(default=0, ge=0, description="Of each session; 0: what the GPU has.")
    gpu_arena: Literal["as_requested", "power_of_two"] = "as_requested"
    sessions_per_gpu: int = Field(default=1, ge=1, le=16, description="Loaded copies of each model on the GPU.")
    tensorrt_cache: Path | None = Field(default=None, description="Folder for TensorRT's engines, which build slowly.")

    def __hash__(self) -> int:
        """Equal settings are equal keys of caches, although options of stores are dictionaries."""
        return hash(self.model_dump_json())

    _repository = field_validator("repository")(folder_or_bucket)


class WorkerSettings(Section):
    """How the stream processors batch, wait and stop."""

    batch_size: int = Field(default=32, ge=1, le=1000)
    sink_batch_size: int = Field(default=500, ge=1, le=5000)
    batch_wait_s: float = Field(default=0.02, gt=0, le=1)
    batches_in_flight: int = Field(default=3, ge=1, le=8)
    sink_pause_s: float = Field(default=0.25, ge=0, le=5, description="Pause between full batches of a sink.")
    stop_grace_s: float = Field(default=20.0, gt=0)
    stall_s: float = Field(
        default=120.0, gt=0, description="With messages waiting and no progress for so long, a worker ends itself."
    )
    batch_share: float = Field(
        default=0.125,
        gt=0,
        le=0.5,
        description="Of recognition's time, for image-references-batch while image-references is busy.",
    )


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


def decode_key(key: SecretStr) -> bytes:
    """Return the 32 bytes of a key in Base64; raises ``ValueError`` for what is none, or is too weak to be one."""
    try:
        decoded = base64.b64decode(key.get_secret_value().strip(), validate=True)
    except ValueError:
        raise ValueError(f"is not Base64: {HOW_TO_MAKE_A_KEY}") from None
    if len(decoded) != KEY_BYTES:
        raise ValueError(f"has {len(decoded)} bytes and not {KEY_BYTES}: {HOW_TO_MAKE_A_KEY}")
    if len(set(decoded)) < FEWEST_DIFFERENT_BYTES:
        raise ValueError(f"is too weak to keep anything secret: {HOW_TO_MAKE_A_KEY}")
    return decoded


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


class UploadSettings(Section):
    """Where pictures lie that callers upload: nobody but the platform should reach it."""

    place: str | None = Field(
        default=None,
        description="A folder that API and workers share, or s3://, gs:// or az://bucket/prefix; "
        "uploads beneath the home folder if none.",
    )
    s3: dict[str, str] = Field(
        default_factory=dict, repr=False, description="obstore options of the place; those of sources if none."
    )
    gs: dict[str, str] = Field(default_factory=dict, repr=False)
    az: dict[str, str] = Field(default_factory=dict, repr=False)
    memory_bytes: int = Field(
        default=134_217_728, ge=1024, description="For pictures that are being received; as much again waits."
    )
    account_memory_bytes: int = Field(
        default=67_108_864, ge=1024, description="Of both, what one account may take; one picture always fits."
    )
    min_bytes_per_s: int = Field(
        default=16_384, ge=1, description="A picture that comes more slowly for ten seconds is refused."
    )
    timeout_s: float = Field(default=60.0, gt=0, le=3600, description="A picture that takes longer is refused.")
    questions_at_once: int = Field(default=8, ge=1, le=256, description="Pictures that are recognised for a question.")
    question_timeout_s: float = Field(default=10.0, gt=0, le=300, description="For how long the caller waits.")

    _place = field_validator("place")(folder_or_bucket)


class Settings(BaseSettings):
    """All settings; build one at an entry point and pass its sections on."""

    model_config = SettingsConfigDict(
        env_prefix="VEDETTE_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    home: Path = Field(default=Path(".vedette"), description="Data, secrets and logs of this installation.")
    cache: Path = Field(default=Path.home() / ".cache" / "vedette", description="Jars and models, shared.")
    state: Path = Field(
        default=Path.home() / ".local" / "state" / "vedette", description="Where the homes of this user are listed."
    )
    java_home: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"
    kafka: KafkaSettings = KafkaSettings()
    cassandra: CassandraSettings = CassandraSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    api: ApiSettings = ApiSettings()
    mail: MailSettings = MailSettings()
    sources: SourceSettings = SourceSettings()
    models: ModelSettings = ModelSettings()
    worker: WorkerSettings = WorkerSettings()
    metrics: MetricsSettings = MetricsSettings()
    backup: BackupSettings = BackupSettings()
    uploads: UploadSettings = UploadSettings()
    audit: AuditSettings = AuditSettings()
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
