"""API keys for programs, managed by the people who answer for them."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field

from api.dependencies import AuditDep, CallersDep, Person
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.keys.service import ApiKeyView, KeyService, KeyWish, view_of_key
from infra.recorded_acts import records
from schemas.access.credentials import KeyPrefix
from schemas.activity import Action
from schemas.queries import Page

router = APIRouter(prefix="/v1/api-keys", tags=["API keys"], route_class=CallerFirstRoute)


class MadeKey(ApiKeyView):
    """A new API key. The key is shown only now and stored nowhere."""

    key: str = Field(examples=["vdt_k3v9x0c1ab_…"], description="The key. Send it as `Authorization: Bearer …`.")


async def get_key_service(request: Request) -> KeyService:
    return cast(KeyService, request.app.state.key_service)


KeyServiceDep = Annotated[KeyService, Depends(get_key_service)]
Prefix = Annotated[
    KeyPrefix, Path(description="The part of the key between `vdt_` and the secret.", examples=["k3v9x0c1ab"])
]


@router.post(
    "", status_code=201, response_model_exclude_none=True, responses=documented(400, 401, 403, 409, 413, 422, 503)
)
@records(Action.KEY_CREATED)
async def make_key(wish: KeyWish, caller: Person, keys: KeyServiceDep, audit: AuditDep) -> MadeKey:
    """Create an API key for a program, limited to the given scopes and workspaces.

    A key never has more rights than you have.

    You must be logged in to create, list or revoke keys. No key can create keys.
    """
    made, view = await keys.make(caller, wish, audit.act)
    return MadeKey(**view.model_dump(), key=made.text)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_keys(caller: Person, keys: KeyServiceDep) -> Page[ApiKeyView]:
    """List your API keys, newest first, including those that are no longer valid."""
    return Page(items=await keys.list_keys(caller.account_id))


@router.get("/{prefix}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_key(prefix: Prefix, caller: Person, keys: KeyServiceDep) -> ApiKeyView:
    """Return the key with this prefix.

    Administrators find everybody's keys, for example to learn whose key was leaked.
    """
    return view_of_key(await keys.find(caller, prefix))


@router.delete("/{prefix}", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.KEY_REVOKED)
async def revoke_key(prefix: Prefix, caller: Person, keys: KeyServiceDep, callers: CallersDep, audit: AuditDep) -> None:
    """Revoke a key. This cannot be undone. Within two seconds the key is not accepted any more."""
    await keys.revoke(await keys.find(caller, prefix), caller.account_id, audit.act)
    callers.forget(prefix)
