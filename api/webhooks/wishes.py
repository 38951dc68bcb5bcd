"""What administrators ask of endpoints, and how endpoints are shown."""

from datetime import datetime

from pydantic import ConfigDict, Field, StrictBool

from schemas.images import Frozen, Owner
from schemas.texts.moments import Moment
from schemas.texts.numbers import WholeNumber
from schemas.webhooks.deliveries import Delivery
from schemas.webhooks.endpoints import (
    EVERY_OUTCOME,
    MOST_URL_CHARACTERS,
    Description,
    Endpoint,
    EndpointId,
    OutcomeFilters,
)
from schemas.webhooks.events import WebhookType

DEFAULT_OVERLAP_H, LONGEST_OVERLAP_H = 24, 168
URL = Field(
    min_length=1,
    max_length=MOST_URL_CHARACTERS,
    description="The address that events are sent to, by `POST`: `https://…`, or a private host that an operator has "
    "allowed.",
    examples=["https://hooks.shop.example/vedette"],
)
EVENTS = Field(min_length=1, description="The types of events that are sent.")
FILTERS = Field(
    default=EVERY_OUTCOME,
    description="Only images that match all of these filters, which are those of `/v1/results`. They do not concern "
    "`job.finished`. A deletion says nothing about an image's contents, so such filters leave deletions out.",
)


class WebhookWish(Frozen):
    """The endpoint to create."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "url": "https://hooks.shop.example/vedette",
                    "events": ["image.recognised", "image.rejected"],
                    "filters": {"label": "dog"},
                    "description": "The shop's stock system",
                }
            ]
        },
    )

    url: str = URL
    events: frozenset[WebhookType] = EVENTS
    filters: OutcomeFilters = FILTERS
    replayed: StrictBool = Field(default=False, description="Also send answers to replays of history.")
    unpromoted: StrictBool = Field(default=False, description="Also send answers of pipelines that are not promoted.")
    enabled: StrictBool = Field(default=True, description="Whether events are sent.")
    description: Description = Field(default="", description="A note for people.")


class WebhookChanges(Frozen):
    """The changes to an endpoint. Fields that are left out stay as they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": True}]})

    url: str | None = Field(default=None, min_length=1, max_length=MOST_URL_CHARACTERS)
    events: frozenset[WebhookType] | None = Field(default=None, min_length=1)
    filters: OutcomeFilters | None = Field(default=None, description="All filters: they replace the present ones.")
    replayed: StrictBool | None = None
    unpromoted: StrictBool | None = None
    enabled: StrictBool | None = Field(
        default=None, description="With true, an endpoint that the platform has disabled is enabled again."
    )
    description: Description | None = None


class Rotation(Frozen):
    """How long the secret that is replaced still signs, beside the new one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"overlap_h": 24}]})

    overlap_h: WholeNumber = Field(
        default=DEFAULT_OVERLAP_H,
        ge=0,
        le=LONGEST_OVERLAP_H,
        description="For how many hours each delivery carries the signatures of both secrets. With 0, the earlier "
        "secret signs nothing more, for example because somebody else has learned it.",
    )


class Recovery(Frozen):
    """Which failed deliveries are sent again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"since": "2026-03-01T00:00:00Z"}]})

    since: Moment = Field(description="Only deliveries of events at or after this time.")


class Recovered(Frozen):
    """How many failed deliveries are due again."""

    deliveries: int = Field(description="The number of deliveries that are due again.")
    complete: bool = Field(
        description="Whether these are all. Otherwise send the request again once they were delivered."
    )


class EndpointView(Frozen):
    """An endpoint without its secret."""

    id: EndpointId = Field(examples=["we_mfzwc3tfmn2gk4tjmfzwc3tfmn"])
    owner: Owner = Field(description="The workspace.", examples=["shop"])
    url: str
    events: tuple[WebhookType, ...]
    filters: OutcomeFilters
    replayed: bool
    unpromoted: bool
    enabled: bool = Field(description="Whether an administrator wants events to be sent.")
    description: str
    created_at: datetime
    changed_at: datetime
    failing_since: datetime | None = Field(
        default=None, description="When the first delivery failed after the last one that succeeded."
    )
    disabled_at: datetime | None = Field(
        default=None, description="When the platform disabled it. Enable it with `enabled: true`."
    )
    disabled_because: str | None = Field(default=None, description="Why the platform disabled it.")
    old_secret_until: datetime | None = Field(
        default=None, description="Until when deliveries also carry the signature of the earlier secret."
    )


class MadeEndpoint(EndpointView):
    """A new endpoint. Its secret is shown only now."""

    secret: str = Field(examples=["whsec_…"], description="The secret that verifies deliveries.")


class NewSecret(Frozen):
    """A new secret. It is shown only now."""

    secret: str = Field(examples=["whsec_…"], description="The secret that verifies deliveries.")
    old_secret_until: datetime | None = Field(
        default=None, description="Until when deliveries also carry the signature of the earlier secret."
    )


class DeliveryView(Delivery):
    """A delivery, and what it sends."""

    body: str = Field(description="The body that is sent, as text: what is signed are exactly these bytes.")


def view_of_endpoint(endpoint: Endpoint) -> EndpointView:
    """Return the endpoint as it may be shown."""
    shown = endpoint.model_dump(include=set(EndpointView.model_fields) - {"events", "filters"})
    return EndpointView(
        events=tuple(sorted(endpoint.events)),
        filters=endpoint.filters,
        old_secret_until=old_secret_until(endpoint),
        **shown,
    )


def old_secret_until(endpoint: Endpoint) -> datetime | None:
    """Return until when an earlier secret still signs."""
    return max((one.until for one in endpoint.secrets if one.until is not None), default=None)
