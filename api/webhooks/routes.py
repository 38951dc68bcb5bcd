"""Endpoints of webhooks, for administrators."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from api.dependencies import AuditDep, Keeper, OwnerQuery, owner_meant
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.webhooks.service import WebhookService
from api.webhooks.wishes import (
    EndpointView,
    MadeEndpoint,
    NewSecret,
    Rotation,
    WebhookChanges,
    WebhookWish,
    old_secret_until,
    view_of_endpoint,
)
from infra.recorded_acts import records
from schemas.activity import Action
from schemas.queries import Page
from schemas.webhooks.endpoints import EndpointId

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=CallerFirstRoute)


async def get_webhooks(request: Request) -> WebhookService:
    return cast(WebhookService, request.app.state.webhooks)


WebhooksDep = Annotated[WebhookService, Depends(get_webhooks)]
EndpointName = Annotated[EndpointId, Path(description="The endpoint's `id`.")]


@router.post(
    "", status_code=201, response_model_exclude_none=True, responses=documented(400, 401, 403, 404, 409, 413, 422, 503)
)
@records(Action.WEBHOOK_CREATED)
async def create_webhook(
    wish: WebhookWish, keeper: Keeper, webhooks: WebhooksDep, audit: AuditDep, owner: OwnerQuery = None
) -> MadeEndpoint:
    """Create an endpoint for a workspace's events.

    Events are signed as the Standard Webhooks specification says. The secret is shown only now. The endpoint hears of
    what happens from about a second after this response on.
    """
    endpoint, secret = await webhooks.create(owner_meant(keeper, owner), wish, keeper.account_id, audit.act)
    return MadeEndpoint(**dict(view_of_endpoint(endpoint)), secret=secret)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def list_webhooks(keeper: Keeper, webhooks: WebhooksDep, owner: OwnerQuery = None) -> Page[EndpointView]:
    """List a workspace's endpoints, oldest first."""
    return Page(items=tuple(map(view_of_endpoint, await webhooks.list(owner_meant(keeper, owner)))))


@router.get("/{endpoint_id}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_webhook(
    endpoint_id: EndpointName, keeper: Keeper, webhooks: WebhooksDep, owner: OwnerQuery = None
) -> EndpointView:
    """Return one endpoint."""
    return view_of_endpoint(await webhooks.find(owner_meant(keeper, owner), endpoint_id))


@router.patch(
    "/{endpoint_id}",
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
@records(Action.WEBHOOK_CHANGED)
async def change_webhook(
    endpoint_id: EndpointName,
    changes: WebhookChanges,
    keeper: Keeper,
    webhooks: WebhooksDep,
    audit: AuditDep,
    owner: OwnerQuery = None,
) -> EndpointView:
    """Change an endpoint, or enable one that the platform has disabled.

    The worker applies the change within seconds. What is already due is sent to the new address.
    """
    meant = owner_meant(keeper, owner)
    return view_of_endpoint(await webhooks.change(meant, endpoint_id, changes, keeper.account_id, audit.act))


@router.delete("/{endpoint_id}", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.WEBHOOK_DELETED)
async def delete_webhook(
    endpoint_id: EndpointName, keeper: Keeper, webhooks: WebhooksDep, audit: AuditDep, owner: OwnerQuery = None
) -> None:
    """Delete an endpoint with its log of deliveries. What is still due to it is not sent. This cannot be undone."""
    await webhooks.delete(owner_meant(keeper, owner), endpoint_id, keeper.account_id, audit.act)


@router.post(
    "/{endpoint_id}/secret",
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
@records(Action.WEBHOOK_ROTATED)
async def rotate_webhook_secret(
    endpoint_id: EndpointName,
    rotation: Rotation,
    keeper: Keeper,
    webhooks: WebhooksDep,
    audit: AuditDep,
    owner: OwnerQuery = None,
) -> NewSecret:
    """Give an endpoint a new secret, which is shown only now.

    For a while deliveries carry the signatures of both secrets, so that you can replace the earlier one in peace.
    """
    meant = owner_meant(keeper, owner)
    endpoint, secret = await webhooks.rotate(meant, endpoint_id, rotation, keeper.account_id, audit.act)
    return NewSecret(secret=secret, old_secret_until=old_secret_until(endpoint))
