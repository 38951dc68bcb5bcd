"""What routes ask for by type: the services, the caller, and the workspace that is meant."""

from typing import Annotated, cast

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import FieldError, InvalidRequest, forbidden
from api.security.callers import Callers
from api.security.tokens import MissingToken
from api.services import Services
from schemas.accounts import Principal, Role
from schemas.images import Owner
from schemas.queries import MAX_PAGE_SIZE

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A token from POST /v1/auth/token.")


def get_services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


def get_request_id(request: Request) -> str:
    return cast(str, request.state.request_id)


async def get_caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Principal:
    """Return who is asking, found out once a request; raises ``InvalidToken``."""
    if hasattr(request.state, "caller"):
        return cast(Principal, request.state.caller)
    if credentials is None:
        raise MissingToken("no token")
    callers = cast(Callers, request.app.state.callers)
    request.state.caller = await callers.identify(credentials.credentials)
    return cast(Principal, request.state.caller)


def require_admin(caller: Annotated[Principal, Depends(get_caller)]) -> Principal:
    if caller.role is not Role.ADMIN:
        raise forbidden()
    return caller


ServicesDep = Annotated[Services, Depends(get_services)]
RequestId = Annotated[str, Depends(get_request_id)]
Caller = Annotated[Principal, Depends(get_caller)]
Admin = Annotated[Principal, Depends(require_admin)]

OwnerQuery = Annotated[
    Owner | None, Query(description="The workspace; the caller's own where there is just one.", examples=["shop"])
]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="The most items of one page.")]
Cursor = Annotated[str | None, Query(max_length=2048, description="next_cursor of the page before.")]


def owner_meant(caller: Principal, owner: str | None) -> str:
    """Return ``owner``, or the caller's only workspace; raises ``InvalidRequest`` where it must be named."""
    if owner is not None:
        return owner
    if len(caller.workspaces) != 1:
        raise InvalidRequest([FieldError(field="owner", message="Name the workspace: this account has not just one.")])
    return next(iter(caller.workspaces))


def owners_in_reach(caller: Principal, owner: str | None) -> frozenset[str] | None:
    """Return the workspaces to search, ``None`` for all; raises 403 for one that the caller may not see.

    The answer is the same whether or not there is such a workspace.
    """
    if owner is not None:
        require_sight(caller, owner)
        return frozenset({owner})
    return None if caller.sees_all else caller.workspaces


def require_sight(caller: Principal, owner: str) -> None:
    if not caller.may_see(owner):
        raise forbidden("This account may not see that workspace.")
