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
    """A new key. Its text is shown this once and kept nowhere."""

    key: str = Field(examples=["vdt_k3v9x0c1ab_…"], description="Send it as Authorization: Bearer …")


async def get_key_service(request: Request) -> KeyService:
    return cast(KeyService, request.app.state.key_service)


KeyServiceDep = Annotated[KeyService, Depends(get_key_service)]
Prefix = Annotated[KeyPrefix, Path(description="What stands between vdt_ and the secret.", examples=["k3v9x0c1ab"])]


@router.post(
    "", status_code=201, response_model_exclude_none=True, responses=documented(400, 401, 403, 409, 413, 422, 503)
)
@records(Action.KEY_CREATED)
async def make_key(wish: KeyWish, caller: Person, keys: KeyServiceDep, audit: AuditDep) -> MadeKey:
    """Make a key for a program, for these actions and workspaces alone; it never reaches further than you do.

    Made, listed and revoked with a log-in: no key makes keys.
    """
    made, view = await keys.make(caller, wish, audit.act)
    return MadeKey(**view.model_dump(), key=made.text)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_keys(caller: Person, keys: KeyServiceDep) -> Page[ApiKeyView]:
    """List your keys, the newest first, those that count no longer among them."""
    return Page(items=await keys.list_keys(caller.account_id))


@router.get("/{prefix}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_key(prefix: Prefix, caller: Person, keys: KeyServiceDep) -> ApiKeyView:
    """Return the key that begins so; administrators find anybody's, as when one was found in a wrong place."""
    return view_of_key(await keys.find(caller, prefix))


@router.delete("/{prefix}", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.KEY_REVOKED)
async def revoke_key(prefix: Prefix, caller: Person, keys: KeyServiceDep, callers: CallersDep, audit: AuditDep) -> None:
    """Revoke a key for good; it counts nowhere two seconds later."""
    await keys.revoke(await keys.find(caller, prefix), caller.account_id, audit.act)
    callers.forget(prefix)
