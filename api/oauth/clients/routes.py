"""OAuth clients, for administrators."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field

from api.dependencies import AuditDep, CallersDep, Keeper
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.oauth.clients.service import ClientChanges, ClientService, ClientView, ClientWish, view_of_client
from infra.recorded_acts import records
from schemas.access.oauth import ClientId
from schemas.activity import Action
from schemas.queries import Page

router = APIRouter(prefix="/v1/clients", tags=["OAuth"], route_class=CallerFirstRoute)


class MadeClient(ClientView):
    """A new OAuth client. Its secret is shown only now and stored nowhere."""

    client_secret: str | None = Field(
        default=None, examples=["vds_…"], description="The client's secret. Only confidential clients have one."
    )


async def get_client_service(request: Request) -> ClientService:
    return cast(ClientService, request.app.state.client_service)


ClientServiceDep = Annotated[ClientService, Depends(get_client_service)]
ClientName = Annotated[ClientId, Path(description="The `client_id`.")]


@router.post(
    "", status_code=201, response_model_exclude_none=True, responses=documented(400, 401, 403, 409, 413, 422, 503)
)
@records(Action.CLIENT_CREATED)
async def create_client(wish: ClientWish, keeper: Keeper, clients: ClientServiceDep, audit: AuditDep) -> MadeClient:
    """Create an OAuth client: an application that acts for people who consent, or as itself."""
    client, secret = await clients.create(wish, keeper.account_id, audit.act)
    return MadeClient(**view_of_client(client).model_dump(), client_secret=secret)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_clients(_keeper: Keeper, clients: ClientServiceDep) -> Page[ClientView]:
    """List OAuth clients, newest first, including revoked ones."""
    return Page(items=tuple(map(view_of_client, await clients.list_clients())))


@router.get("/{client_id}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_client(client_id: ClientName, _keeper: Keeper, clients: ClientServiceDep) -> ClientView:
    """Return one client."""
    return view_of_client(await clients.find(client_id))


@router.patch(
    "/{client_id}",
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
@records(Action.CLIENT_CHANGED)
async def change_client(
    client_id: ClientName,
    changes: ClientChanges,
    keeper: Keeper,
    clients: ClientServiceDep,
    callers: CallersDep,
    audit: AuditDep,
) -> ClientView:
    """Change a client's name, redirect URIs, scopes or workspaces.

    Its existing tokens lose at once the rights that you take away.
    """
    changed = await clients.change(client_id, changes, keeper.account_id, audit.act)
    callers.forget_client(client_id)
    return view_of_client(changed)


@router.delete("/{client_id}", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.CLIENT_REVOKED)
async def revoke_client(
    client_id: ClientName, keeper: Keeper, clients: ClientServiceDep, callers: CallersDep, audit: AuditDep
) -> None:
    """Revoke a client.

    This cannot be undone. Within two seconds neither the client nor any of its tokens is accepted.
    """
    await clients.revoke(client_id, keeper.account_id, audit.act)
    callers.forget_client(client_id)
