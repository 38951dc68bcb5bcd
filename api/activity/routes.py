"""What happened on the platform: searched in Elasticsearch, or read from the audit trail itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import ActivityReader, Auditor, ServicesDep, owners_in_reach
from api.http.errors import forbidden
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.search.filters import require_order
from infra.operations.audit.listing import AuditList
from schemas.access.accounts import Scope
from schemas.activity import Action
from schemas.activity_queries import ActivityItem, ActivityKind, ActivityQuery
from schemas.images import MAX_NAME_CHARACTERS, Owner
from schemas.queries import Page
from schemas.records.audit import AuditEntry, AuditQuery, ChainHead
from schemas.texts.moments import Moment

router = APIRouter(prefix="/v1", tags=["activity"], route_class=CallerFirstRoute)

NO_ACTS = "Log-ins and administrative acts are for administrators, and for their keys and clients with audit:read."

Since = Annotated[Moment | None, Query(description="At or after this time.")]
Until = Annotated[Moment | None, Query(description="Before this time.")]
Actor = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=MAX_NAME_CHARACTERS,
        description="Only acts of this account id, or of this user@machine.",
    ),
]


class AuditPage(Page[AuditEntry]):
    """A page of the audit trail, and the present end of each chain."""

    chains: tuple[ChainHead, ...]


async def get_query(
    caller: ActivityReader,
    paging: PagingDep,
    event: Annotated[ActivityKind | None, Query(description="Only events of this kind.")] = None,
    actor: Actor = None,
    action: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=MAX_NAME_CHARACTERS,
            description="Only this act, this alert, or one of access, error and performance.",
            examples=["account.logged_in"],
        ),
    ] = None,
    owner: Annotated[Owner | None, Query(description="Only events about this workspace.", examples=["shop"])] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
) -> ActivityQuery:
    """Return what is asked for, within what the caller may see."""
    require_order(since, until)
    acts = Scope.AUDIT_READ in caller.scopes
    if event is ActivityKind.AUDIT and not acts:
        raise forbidden(NO_ACTS)
    return ActivityQuery(
        owners=owners_in_reach(caller, owner),
        event=event,
        acts=acts,
        actor=actor,
        action=action,
        since=since,
        until=until,
        limit=limit,
        cursor=paging.cursor,
    )


@router.get("/activity", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_activity(
    query: Annotated[ActivityQuery, Depends(get_query)], services: ServicesDep, paging: PagingDep
) -> Page[ActivityItem]:
    """List what happened, newest first: requests, errors, slow requests and alerts. Events appear after about a second.

    For analysts and administrators. Log-ins and administrative acts are included if you also have `audit:read`. A key
    that is limited to some workspaces sees only events about these.
    """
    return paging.sealed(await services.activity.search(query))


@router.get("/audit", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_audit(
    _auditor: Auditor,
    services: ServicesDep,
    paging: PagingDep,
    actor: Actor = None,
    action: Action | None = None,
    subject: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=1024,
            description="Only acts on this subject, for example a workspace or a pipeline.",
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
) -> AuditPage:
    """List the audit trail, newest first, with the present end of each chain. For administrators.

    Times are the broker's. A page may be short or empty although more follow: continue until there is no `next_cursor`.
    To check that the trail is intact, run `vedette audit verify`, which has its key.
    """
    require_order(since, until)
    query = AuditQuery(
        actor=actor,
        action=None if action is None else action.value,
        subject=subject,
        since=since,
        until=until,
    )
    trail = AuditList(services.audit_trail)
    page = await trail.page(query, limit, paging.cursor)
    return paging.sealed(AuditPage(items=page.items, next_cursor=page.next_cursor, chains=await trail.heads()))
