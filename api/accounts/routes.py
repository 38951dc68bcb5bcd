"""Accounts, for administrators."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from api.accounts.service import (
    AccountChanges,
    AccountKeeping,
    AccountView,
    AccountWish,
    view_of,
)
from api.dependencies import CallersDep, Keeper, ServicesDep, WitnessDep
from api.http.errors import documented
from api.http.paging import Limit, PagingDep
from api.http.routing import CallerFirstRoute
from api.keys.routes import KeyMakingDep
from api.keys.service import ApiKeyView
from infra.recorded_acts import records
from schemas.activity import Action
from schemas.images import Owner
from schemas.queries import Page

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=CallerFirstRoute)


async def get_keeping(request: Request) -> AccountKeeping:
    return cast(AccountKeeping, request.app.state.account_keeping)


KeepingDep = Annotated[AccountKeeping, Depends(get_keeping)]
AccountId = Annotated[UUID, Path(description="The account's `id`.")]


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_accounts(
    _keeper: Keeper,
    services: ServicesDep,
    paging: PagingDep,
    workspace: Annotated[Owner | None, Query(description="Members of this workspace alone.")] = None,
    limit: Limit = 50,
) -> Page[AccountView]:
    """List accounts, in no order. A page may be short, or even empty, although more follow: go by `next_cursor`."""
    page = await services.accounts.list_accounts(limit, paging.cursor, workspace)
    return paging.sealed(Page(items=tuple(map(view_of, page.items)), next_cursor=page.next_cursor))


@router.post(
    "",
    status_code=201,
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 409, 413, 422, 429, 503),
)
@records(Action.ACCOUNT_CREATED)
async def create_account(wish: AccountWish, keeper: Keeper, keeping: KeepingDep, witness: WitnessDep) -> AccountView:
    """Make an account with a first password, which its owner should change."""
    return view_of(await keeping.create(wish, keeper, witness))


@router.get("/{account_id:uuid}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_account(account_id: AccountId, _keeper: Keeper, keeping: KeepingDep) -> AccountView:
    """Return one account."""
    return view_of(await keeping.find(account_id))


@router.patch(
    "/{account_id:uuid}",
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
@records(Action.ACCOUNT_CHANGED, Action.ACCOUNT_CLOSED, Action.ACCOUNT_REOPENED)
async def change_account(
    account_id: AccountId,
    changes: AccountChanges,
    keeper: Keeper,
    keeping: KeepingDep,
    callers: CallersDep,
    witness: WitnessDep,
) -> AccountView:
    """Change name, role or workspaces, or close an account or open it again; it counts at once."""
    changed = await keeping.change(account_id, changes, keeper, witness)
    callers.forget(account_id)
    return view_of(changed)


@router.delete("/{account_id:uuid}/sessions", status_code=204, responses=documented(401, 403, 404, 409, 422, 503))
@records(Action.SESSIONS_ENDED)
async def end_sessions(
    account_id: AccountId, keeper: Keeper, keeping: KeepingDep, callers: CallersDep, witness: WitnessDep
) -> None:
    """End every log-in of an account."""
    await keeping.end_sessions(account_id, keeper, witness)
    callers.forget(account_id)


@router.get(
    "/{account_id:uuid}/api-keys", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503)
)
async def list_account_keys(
    account_id: AccountId, _keeper: Keeper, keeping: KeepingDep, keys: KeyMakingDep
) -> Page[ApiKeyView]:
    """List an account's keys, which `DELETE /v1/api-keys/{prefix}` revokes."""
    return Page(items=await keys.list_keys((await keeping.find(account_id)).id))
