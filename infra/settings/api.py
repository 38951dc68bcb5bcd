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

    host: str = Field(default="127.0.0.1", description="The address that the API listens on.")
    port: int = Field(default=8800, ge=0, le=65535, description="The port that the API listens on.")
    signing_key_file: Path | None = Field(
        default=None,
        description="A PEM file with Ed25519 private keys, the newest first. If you set none, the API creates one"
        " in the home folder.",
    )
    issuer: str = Field(default="vedette", description="The issuer that access tokens name.")
    audience: str = Field(default="vedette-api", description="The audience that access tokens name.")
    token_lifetime_s: int = Field(default=900, ge=60, le=3600, description="How long an access token is valid.")
    session_lifetime_s: int = Field(
        default=1_209_600,
        ge=3600,
        le=31_536_000,
        description="How long a log-in lasts at most, however often it is refreshed.",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="The addresses of proxies whose `X-Forwarded-For` header is trusted."
    )
    log_in_failures: int = Field(
        default=10, ge=1, le=1000, description="How many failed log-ins one network may cause for one account."
    )
    log_in_failures_network: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description="How many failed log-ins one network may cause for all accounts together.",
    )
    log_in_failures_account: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="How many failed log-ins to one account all networks together may cause, except those from "
        "which it has logged in before.",
    )
    log_in_window_s: int = Field(default=900, ge=10, le=86_400, description="How long a failed log-in counts.")
    public_url: str | None = Field(
        default=None,
        description="The address at which callers reach the API, for example `https://vedette.shop.example`. "
        "OAuth needs it, unless the API listens on loopback only.",
    )
    interactive_docs: bool = Field(
        default=True, description="Whether Swagger UI is available at `/docs`. It needs no network."
    )
    registration: Literal["closed", "invitation", "open"] = Field(
        default="closed",
        description="Who gets an account: only people for whom an administrator creates one (`closed`), also "
        "people whom an administrator invites (`invitation`), or anybody (`open`).",
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1024, description="The largest body of a request, uploads excepted."
    )
    requests_per_s: float = Field(
        default=200.0,
        gt=0,
        description="How many requests per second each account and each API key may send. Each API process counts "
        "separately.",
    )
    request_burst: int = Field(
        default=400, ge=1, description="How many requests each account and each API key may send at once after a pause."
    )
    images_per_day: int | None = Field(
        default=None,
        ge=1,
        description="How many images an account and its keys may send per day, with its jobs. All API processes count "
        "together. Not limited by default. Set it for the activity worker too, which carries out jobs.",
    )
    images_per_day_key: int | None = Field(
        default=None, ge=1, description="How many images each API key may send per day. Not limited by default."
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="The origins whose web pages may call the API, for example `https://app.example`.",
    )
    hsts: bool = Field(
        default=False,
        description="Whether responses tell browsers to use only HTTPS. Set it if a TLS proxy is in front of the API.",
    )
    max_requests: int = Field(
        default=512, ge=1, le=65535, description="The most requests that are processed at the same time."
    )
    max_submissions: int = Field(
        default=8, ge=1, le=4096, description="The most requests that send images and are processed at the same time."
    )
    max_waiting_submissions: int = Field(
        default=64, ge=0, le=65535, description="The most further requests that send images and wait for their turn."
    )
    submission_wait_s: float = Field(
        default=0.075, gt=0, le=60, description="The longest time that a request that sends images waits for its turn."
    )
    max_backlog: int = Field(
        default=100_000, ge=1, description="The most images that may wait on `image-references`. The API refuses more."
    )
    max_batch_backlog: int = Field(
        default=1_000_000,
        ge=1,
        description="The most images that may wait on `image-references-batch`. The API refuses more.",
    )
    max_exports: int = Field(
        default=8, ge=1, le=1024, description="The most exports that each API process sends at the same time."
    )
    max_exports_per_caller: int = Field(
        default=2, ge=1, le=1024, description="How many of these each account and each API key may have."
    )
    export_patience_s: float = Field(
        default=60.0, gt=0, le=600, description="How long the caller of an export may take to receive a part of it."
    )
    password_hash_threads: int = Field(
        default=1, ge=1, le=16, description="The number of passwords that are checked at the same time."
    )
    password_hash_queue: int = Field(
        default=8, ge=1, le=1000, description="The number of further passwords that may wait for their check."
    )

    _split = field_validator("trusted_proxies", "cors_origins", mode="before")(split_commas)

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: list[str]) -> list[str]:
        if not all(ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError(
                "must each be an origin as browsers send it, for example https://app.example; * is not allowed"
            )
        return origins

    @field_validator("public_url")
    @classmethod
    def _origin(cls, url: str | None) -> str | None:
        if url is not None and not (PUBLIC_ORIGIN.fullmatch(url) or LOOPBACK_ORIGIN.fullmatch(url)):
            raise ValueError("must be https://, a host in lower case and an optional port, with nothing after it")
        return url

    @property
    def own_url(self) -> str | None:
        """Where callers reach the API; None where that is not known."""
        if self.public_url is not None:
            return self.public_url
        here = f"http://{self.host}:{self.port}"
        return here if self.port and LOOPBACK_ORIGIN.fullmatch(here) else None


class MailSettings(Section):
    """How the API sends messages to people."""

    smtp_host: str | None = Field(
        default=None,
        description="The mail server. If you set none, each message becomes a file in `outbox` in the home folder.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="The port of the mail server.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the mail server is encrypted."
    )
    username: str | None = Field(default=None, description="The user name at the mail server.")
    password: SecretStr | None = Field(default=None, description="The password at the mail server.")
    ca_location: Path | None = Field(
        default=None, description="A PEM file with the certificate authorities that sign the mail server's certificate."
    )
    sender: str = Field(
        default="vedette@localhost",
        pattern=r"^[^\s@<>]+@[^\s@<>]+$",
        description="The address that messages come from.",
    )
    link: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s#]+$",
        description="A page of yours that accepts tokens. Messages link to it, with `#PURPOSE=TOKEN` at the end.",
    )
    invitation_lifetime_s: int = Field(
        default=604_800, ge=300, le=2_592_000, description="How long an invitation is valid."
    )
    token_lifetime_s: int = Field(
        default=3600, ge=60, le=86_400, description="How long the token of a registration or password reset is valid."
    )
    messages_per_hour: int = Field(
        default=5,
        ge=1,
        le=100,
        description="How many messages per hour may be sent to one address because of requests without a log-in.",
    )
    messages_per_hour_network: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="How many messages per hour may be sent because of requests from one network.",
    )

    _strong = field_validator("password")(require_strong)


class UploadSettings(Section):
    """Where the pictures that callers upload are stored. Only the platform should reach that place."""

    place: str | None = Field(
        default=None,
        description="Where uploads are stored: a folder that the API and the workers share, or `s3://`, `gs://` "
        "or `az://` and `bucket/prefix`. Default: `uploads` in the home folder.",
    )
    s3: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for an S3 bucket of uploads. If you set none, those of the sources apply.",
    )
    gs: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for a Google Cloud Storage bucket of uploads. If you set none, those of "
        "the sources apply.",
    )
    az: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for an Azure container of uploads. If you set none, those of the sources "
        "apply.",
    )
    memory_bytes: int = Field(
        default=134_217_728,
        ge=1024,
        description="The memory for uploads that are being received. As many bytes again may wait.",
    )
    account_memory_bytes: int = Field(
        default=67_108_864,
        ge=1024,
        description="How much of the memory for uploads, and of the queue for it, one account may use. A single "
        "picture is always accepted.",
    )
    min_bytes_per_s: int = Field(
        default=16_384,
        ge=1,
        description="The slowest upload that is accepted. One that is slower for ten seconds is refused.",
    )
    timeout_s: float = Field(default=60.0, gt=0, le=3600, description="The longest time that an upload may take.")
    questions_at_once: int = Field(
        default=8,
        ge=1,
        le=256,
        description="The most pictures that callers of one API process wait for at the same time, to have them "
        "recognised or to search for similar images. One account may use half of them.",
    )
    question_timeout_s: float = Field(
        default=10.0,
        gt=0,
        le=300,
        description="How long a caller waits for the recognition of a picture that is not stored.",
    )

    _place = field_validator("place")(folder_or_bucket)
