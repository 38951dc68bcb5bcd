"""Webhooks: where they may go, how long a delivery is tried, and the key that encrypts their secrets."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from infra.settings.keys import Key
from infra.settings.section import Section, split_commas

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
# As the Standard Webhooks specification suggests: after the first attempt, for a little over three days.
RETRY_DELAYS_S = [
    5.0,
    5.0 * MINUTE_S,
    30.0 * MINUTE_S,
    2.0 * HOUR_S,
    5.0 * HOUR_S,
    10.0 * HOUR_S,
    14.0 * HOUR_S,
    20.0 * HOUR_S,
    24.0 * HOUR_S,
]
LONGEST_DELAY_S = 7.0 * DAY_S


class WebhookSettings(Section):
    """Webhooks."""

    key: Key | None = Field(
        default=None,
        description="The key that encrypts the secrets of endpoints: 32 random bytes in Base64. If you set none, the "
        "API creates one in its home folder, and the webhooks worker must have the same home folder.",
    )
    older_keys: Annotated[list[Key], NoDecode] = Field(
        default_factory=list,
        description="The keys that encrypted secrets before this one. Secrets are still decrypted with them.",
    )
    allowed_private_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="The `host:port` pairs inside your network to which webhooks may be sent, also by `http`.",
    )
    allowed_private_networks: Annotated[list[IPv4Network | IPv6Network], NoDecode] = Field(
        default_factory=list,
        description="The networks inside yours to which webhooks may be sent, for example `192.168.1.0/24`, also by "
        "`http` to an address in them.",
    )
    ca_location: Path | None = Field(
        default=None,
        description="A PEM file with the certificate authorities that sign the certificates of endpoints.",
    )
    timeout_s: float = Field(
        default=15.0, gt=0, le=60, description="The longest time that an endpoint may take for its answer."
    )
    at_once: int = Field(
        default=256,
        ge=4,
        le=4096,
        description="The most deliveries that a worker makes at the same time. Endpoints that fail or are slow share "
        "half of them.",
    )
    at_once_endpoint: int = Field(
        default=8,
        ge=1,
        le=256,
        description="The most deliveries to one endpoint at the same time. While it fails, it gets one at a time.",
    )
    retry_delays_s: Annotated[list[float], NoDecode] = Field(
        default_factory=lambda: list(RETRY_DELAYS_S),
        min_length=1,
        max_length=20,
        description="How long a delivery waits before each retry. Each wait is up to a fifth shorter or longer. After "
        "the last retry the delivery has failed; it can be sent again.",
    )
    disable_after_s: float = Field(
        default=5.0 * DAY_S,
        gt=0,
        le=90.0 * DAY_S,
        description="How long an endpoint may fail without one success before it is disabled. The administrators are "
        "told by mail.",
    )
    retention_days: int = Field(
        default=30, ge=4, le=3650, description="How long the log of deliveries is kept, with what was sent."
    )

    _split = field_validator(
        "older_keys", "allowed_private_hosts", "allowed_private_networks", "retry_delays_s", mode="before"
    )(split_commas)

    @field_validator("retry_delays_s")
    @classmethod
    def _waits_are_moments(cls, delays_s: list[float]) -> list[float]:
        if not all(0 <= delay_s <= LONGEST_DELAY_S for delay_s in delays_s):
            raise ValueError(f"must each lie between 0 and {LONGEST_DELAY_S:.0f} seconds")
        return delays_s
