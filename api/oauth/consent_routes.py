"""What one lets applications do."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from api.dependencies import AuditDep, CallersDep, Person, ServicesDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.oauth.clients.routes import ClientName
from api.oauth.consents import ConsentService
from api.oauth.directory import ClientDirectory
from infra.recorded_acts import records
from schemas.access.accounts import Scope
from schemas.access.oauth import ClientId, Consent
from schemas.activity import Action
from schemas.images import Frozen
from schemas.queries import Page

router = APIRouter(prefix="/v1/me/consents", tags=["account"], route_class=CallerFirstRoute)


async def get_directory(request: Request) -> ClientDirectory:
    return cast(ClientDirectory, request.app.state.client_directory)


DirectoryDep = Annotated[ClientDirectory, Depends(get_directory)]


class ConsentView(Frozen):
    """An application that may act for you."""

    client_id: ClientId
    name: str = Field(examples=["The shop's album"])
    scopes: tuple[Scope, ...]
    given_at: datetime


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_consents(caller: Person, services: ServicesDep, directory: DirectoryDep) -> Page[ConsentView]:
    """List the applications that you let act for you."""
    consents = await ConsentService(services.oauth_grants).list(caller.account_id)
    return Page(items=tuple([await _view_of(directory, consent) for consent in consents]))


@router.delete("/{client_id}", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.CONSENT_WITHDRAWN)
async def withdraw_consent(
    client_id: ClientName, caller: Person, services: ServicesDep, callers: CallersDep, audit: AuditDep
) -> None:
    """Withdraw your consent to an application. Within two seconds, none of its tokens for you is valid any more."""
    await ConsentService(services.oauth_grants).withdraw(caller.account_id, client_id, audit.act)
    callers.forget_consent(caller.account_id, client_id)


async def _view_of(directory: ClientDirectory, consent: Consent) -> ConsentView:
    client = await directory.find_client(consent.client_id)
    return ConsentView(
        client_id=consent.client_id,
        name=consent.client_id if client is None else client.name,
        scopes=tuple(sorted(consent.scopes)),
        given_at=consent.given_at,
    )
