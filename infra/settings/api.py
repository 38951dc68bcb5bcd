"""The HTTP API, its mail and what is uploaded to it."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from infra.settings.section import Section, folder_or_bucket, require_strong, split_commas

ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
PUBLIC_ORIGIN = re.compile(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
LOOPBACK_ORIGIN = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]{1,5})?")


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
