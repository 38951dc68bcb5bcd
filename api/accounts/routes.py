"""Accounts, for administrators."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from api.accounts.service import AccountService
from api.accounts.views import AccountChanges, AccountView, AccountWish, view_of
from api.dependencies import AuditDep, CallersDep, Keeper, ServicesDep
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.keys.routes import KeyServiceDep
from api.keys.service import ApiKeyView
from infra.recorded_acts import records
from schemas.activity import Action
from schemas.images import Owner
from schemas.queries import Page

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=CallerFirstRoute)


async def get_account_service(request: Request) -> AccountService:
    return cast(AccountService, request.app.state.account_service)


AccountServiceDep = Annotated[AccountService, Depends(get_account_service)]
AccountId = Annotated[UUID, Path(description="The account's `id`.")]


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_accounts(
    _keeper: Keeper,
    services: ServicesDep,
    paging: PagingDep,
    workspace: Annotated[Owner | None, Query(description="Only members of this workspace.")] = None,
    limit: Limit = 50,
) -> Page[AccountView]:
    """List accounts, in no particular order.

    A page may be short or empty although more follow: continue until there is no `next_cursor`.
    """
    page = await services.accounts.list_accounts(limit, paging.cursor, workspace)
    return paging.sealed(Page(items=tuple(map(view_of, page.items)), next_cursor=page.next_cursor))


@router.post(
    "",
    status_code=201,
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 409, 413, 422, 429, 503),
)
@records(Action.ACCOUNT_CREATED)
async def create_account(
    wish: AccountWish, keeper: Keeper, accounts: AccountServiceDep, audit: AuditDep
) -> AccountView:
    """Create an account with an initial password. Its owner should change the password."""
    return view_of(await accounts.create(wish, keeper.account_id, audit.act))


@router.get("/{account_id:uuid}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_account(account_id: AccountId, _keeper: Keeper, accounts: AccountServiceDep) -> AccountView:
    """Return one account."""
    return view_of(await accounts.find(account_id))


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
    accounts: AccountServiceDep,
    callers: CallersDep,
    audit: AuditDep,
) -> AccountView:
    """Change an account's name, role or workspaces, or close or reopen it. The change takes effect at once."""
    changed = await accounts.change(account_id, changes, keeper.account_id, audit.act)
    callers.forget(account_id)
    return view_of(changed)


@router.delete("/{account_id:uuid}/sessions", status_code=204, responses=documented(401, 403, 404, 409, 422, 503))
@records(Action.SESSIONS_ENDED)
async def end_sessions(
    account_id: AccountId, keeper: Keeper, accounts: AccountServiceDep, callers: CallersDep, audit: AuditDep
) -> None:
    """End all sessions of an account."""
    await accounts.end_sessions(account_id, keeper.account_id, audit.act)
    callers.forget(account_id)


@router.get(
    "/{account_id:uuid}/api-keys", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503)
)
async def list_account_keys(
    account_id: AccountId, _keeper: Keeper, accounts: AccountServiceDep, keys: KeyServiceDep
) -> Page[ApiKeyView]:
    """List an account's API keys. `DELETE /v1/api-keys/{prefix}` revokes one."""
    return Page(items=await keys.list_keys((await accounts.find(account_id)).id))
