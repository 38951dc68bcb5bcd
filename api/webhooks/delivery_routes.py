"""Deliveries of webhooks, for administrators: the log, and what is sent again."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from api.dependencies import AuditDep, Keeper, OwnerQuery, owner_meant
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.webhooks.deliveries import DeliveryOffice
from api.webhooks.routes import EndpointName
from api.webhooks.wishes import DeliveryView, Recovered, Recovery
from infra.recorded_acts import records
from schemas.activity import Action
from schemas.queries import Page
from schemas.webhooks.deliveries import Delivery, DeliveryId, DeliveryState

router = APIRouter(prefix="/v1/webhooks/{endpoint_id}", tags=["webhooks"], route_class=CallerFirstRoute)


async def get_office(request: Request) -> DeliveryOffice:
    return cast(DeliveryOffice, request.app.state.webhook_deliveries)


OfficeDep = Annotated[DeliveryOffice, Depends(get_office)]
DeliveryName = Annotated[
    DeliveryId, Path(description="The delivery's `id`.", examples=["0195a1b2c3d4-0a1b2c3d4e5f60718293"])
]


@router.get("/deliveries", response_model_exclude_none=True, responses=documented(400, 401, 403, 404, 422, 503))
async def list_deliveries(
    endpoint_id: EndpointName,
    keeper: Keeper,
    office: OfficeDep,
    paging: PagingDep,
    owner: OwnerQuery = None,
    state: Annotated[DeliveryState | None, Query(description="Only deliveries that stand so.")] = None,
    limit: Limit = 50,
) -> Page[Delivery]:
    """List deliveries to an endpoint, newest first: how each stands, and how its last attempt went.

    A page may be short, or empty, although there is more: go on as long as there is a `next_cursor`.
    """
    return paging.sealed(await office.page(owner_meant(keeper, owner), endpoint_id, limit, paging.cursor, state))


@router.get(
    "/deliveries/{delivery_id}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503)
)
async def read_delivery(
    endpoint_id: EndpointName, delivery_id: DeliveryName, keeper: Keeper, office: OfficeDep, owner: OwnerQuery = None
) -> DeliveryView:
    """Return one delivery with the body that it sends."""
    delivery, body = await office.find(owner_meant(keeper, owner), endpoint_id, delivery_id)
    return DeliveryView(**dict(delivery), body=body)


@router.post(
    "/deliveries/{delivery_id}/resend",
    status_code=202,
    response_model_exclude_none=True,
    responses=documented(401, 403, 404, 409, 422, 503),
)
@records(Action.WEBHOOK_RESENT)
async def resend_delivery(
    endpoint_id: EndpointName,
    delivery_id: DeliveryName,
    keeper: Keeper,
    office: OfficeDep,
    audit: AuditDep,
    owner: OwnerQuery = None,
) -> Delivery:
    """Send one delivery again within seconds, whether or not it was delivered. Its `webhook-id` stays the same."""
    return await office.resend(owner_meant(keeper, owner), endpoint_id, delivery_id, keeper.account_id, audit.act)


@router.post(
    "/recover",
    status_code=202,
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
@records(Action.WEBHOOK_RESENT)
async def recover_deliveries(
    endpoint_id: EndpointName,
    recovery: Recovery,
    keeper: Keeper,
    office: OfficeDep,
    audit: AuditDep,
    owner: OwnerQuery = None,
) -> Recovered:
    """Send all failed deliveries since a time again, at most 1,000 with one request, newest first."""
    return await office.recover(owner_meant(keeper, owner), endpoint_id, recovery.since, keeper.account_id, audit.act)


@router.post(
    "/test", status_code=202, response_model_exclude_none=True, responses=documented(401, 403, 404, 409, 422, 503)
)
@records(Action.WEBHOOK_TESTED)
async def send_test(
    endpoint_id: EndpointName, keeper: Keeper, office: OfficeDep, audit: AuditDep, owner: OwnerQuery = None
) -> Delivery:
    """Send a test event of type `webhook.test` within seconds. The log shows what came of it."""
    return await office.test(owner_meant(keeper, owner), endpoint_id, keeper.account_id, audit.act)
