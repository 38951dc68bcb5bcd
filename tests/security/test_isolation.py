"""Who may do what, for every route that there is: a new one fails here until somebody has decided."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from api.http.routing import scopes_of
from api.security.api_keys import GRANTABLE
from infra.operations.audit.chain import chained
from infra.settings.api import ApiSettings
from schemas.access.accounts import Role, Scope
from schemas.activity import Action, AuditEvent
from schemas.answers import EmbeddingAnswer, FeatureAnswers, Label, LabelsAnswer
from schemas.records.jobs import Job, JobItem, PrefixSource
from tests import samples
from tests.api_world import PASSWORD, RIVAL, SHOP, ApiWorld
from tests.contracts.activity_index_contract import document
from tests.fakes.audit import KEY, one_published
from tests.fakes.pictures import encoded, quarters

OK, CREATED, ACCEPTED, EMPTY = 200, 201, 202, 204
BAD, UNAUTHENTICATED, FORBIDDEN, ABSENT, CONFLICT, INVALID = 400, 401, 403, 404, 409, 422
SECRET = "unannounced gadget"  # noqa: S105 - what a rival must not learn


@dataclass(frozen=True)
class Access:
    """One request about workspace ``rival``, and the status that each kind of caller gets.

    ``stranger`` is a user of workspace ``shop``, ``member`` one of ``rival``; ``anyone`` has no token.
    A key must be for all ``scopes``; a route without any is for everybody.
    """

    path: str
    stranger: int
    member: int
    analyst: int
    admin: int
    anyone: int = UNAUTHENTICATED
    json: Mapping[str, Any] | None = None
    content: bytes | None = None
    scopes: frozenset[Scope] = frozenset()


PICTURE = encoded(quarters(16), "PNG")
SUBMISSION = {"owner": RIVAL, "images": [{"uri": "s3://rival-media/new.jpg"}]}
LETTER = "/v1/dead-letters/image-references:0:7:1741073672241"
KEY_WISH = {"name": "Scanner", "scopes": ["results:read"], "workspaces": ["rival"]}
MEMBER_ID = UUID("0b8f4a5e-6c7d-4e5f-8a9b-0c1d2e3f4a5b")
RIVALS_ACCOUNT = f"/v1/accounts/{MEMBER_ID}"
ACCOUNT_WISH = {"email": "new@rival.example", "password": PASSWORD, "workspaces": ["rival"]}
JOB_ID = UUID("7f6f1c1e-cd1f-11f0-8de9-0242ac120002")
JOB_WISH = {"owner": RIVAL, "source": {"kind": "prefix", "uri": "s3://rival-media/"}}
CLIENT_WISH = {
    "name": "Album",
    "redirect_uris": ["https://album.example/back"],
    "scopes": ["results:read"],
    "workspaces": ["rival"],
}
WEBHOOK, DELIVERY = "we_rivalsendpointrivalsendpoi", "0195a1b2c3d4-0a1b2c3d4e5f60718293"
WEBHOOK_WISH = {"url": "https://hooks.rival.example/", "events": ["image.recognised"]}
ERASURE_WISH = {"search": {"owner": "rival"}, "confirm": 99}
# Pages for people, which the document of the API does not describe, and the document itself.
UNDOCUMENTED = {"/openapi.json", "/oauth/authorize", "/docs", "/docs/{name}"}
WRITE, READ = frozenset({Scope.IMAGES_WRITE}), frozenset({Scope.RESULTS_READ})
WATCH, KEEP, SELF = frozenset({Scope.ACTIVITY_READ}), frozenset({Scope.ACCOUNTS_ADMIN}), frozenset({Scope.ACCOUNT})
PROFILE, MODELS = frozenset({Scope.PROFILE_READ}), frozenset({Scope.MODELS_ADMIN})
AUDIT, LETTERS = frozenset({Scope.AUDIT_READ}), frozenset({Scope.LETTERS_READ})
RESOLVE = frozenset({Scope.LETTERS_WRITE})
ACCESS = {
    "POST /v1/images": Access("/v1/images", FORBIDDEN, ACCEPTED, FORBIDDEN, ACCEPTED, json=SUBMISSION, scopes=WRITE),
    "POST /v1/images/upload": Access(
        "/v1/images/upload?owner=rival&image_id=new",
        FORBIDDEN,
        ACCEPTED,
        FORBIDDEN,
        ACCEPTED,
        content=PICTURE,
        scopes=WRITE,
    ),
    "POST /v1/images/similar": Access(
        "/v1/images/similar?owner=rival", FORBIDDEN, OK, FORBIDDEN, OK, content=PICTURE, scopes=WRITE | READ
    ),
    "POST /v1/recognise": Access(
        "/v1/recognise?owner=rival", FORBIDDEN, OK, FORBIDDEN, OK, content=PICTURE, scopes=WRITE
    ),
    "GET /v1/images": Access("/v1/images?owner=rival", FORBIDDEN, OK, OK, OK, scopes=READ),
    "GET /v1/images/{image_id}": Access("/v1/images/plans.jpg?owner=rival", ABSENT, OK, OK, OK, scopes=READ),
    "GET /v1/images/{image_id}/history": Access(
        "/v1/images/plans.jpg/history?owner=rival", ABSENT, OK, OK, OK, scopes=READ
    ),
    "GET /v1/images/{image_id}/timeline": Access(
        "/v1/images/plans.jpg/timeline?owner=rival", ABSENT, OK, OK, OK, scopes=READ
    ),
    "DELETE /v1/images/{image_id}": Access(
        "/v1/images/plans.jpg?owner=rival", ABSENT, EMPTY, FORBIDDEN, EMPTY, scopes=WRITE
    ),
    "GET /v1/images/{image_id}/similar": Access(
        "/v1/images/plans.jpg/similar?owner=rival", ABSENT, OK, OK, OK, scopes=READ
    ),
    "GET /v1/images/{image_id}/duplicates": Access(
        "/v1/images/plans.jpg/duplicates?owner=rival", ABSENT, OK, OK, OK, scopes=READ
    ),
    "GET /v1/stats": Access("/v1/stats?owner=rival", FORBIDDEN, OK, OK, OK, scopes=READ),
    "GET /v1/results": Access("/v1/results?owner=rival", FORBIDDEN, OK, OK, OK, scopes=READ),
    "GET /v1/export": Access("/v1/export?owner=rival", FORBIDDEN, OK, OK, OK, scopes=READ),
    "POST /v1/jobs": Access("/v1/jobs", FORBIDDEN, ACCEPTED, FORBIDDEN, ACCEPTED, json=JOB_WISH, scopes=WRITE),
    "POST /v1/jobs/upload": Access(
        "/v1/jobs/upload?owner=rival",
        FORBIDDEN,
        ACCEPTED,
        FORBIDDEN,
        ACCEPTED,
        content=b"s3://rival-media/a.jpg",
        scopes=WRITE,
    ),
    "GET /v1/jobs": Access("/v1/jobs?owner=rival", FORBIDDEN, OK, OK, OK, scopes=READ),
    "GET /v1/jobs/{job_id:uuid}": Access(f"/v1/jobs/{JOB_ID}?owner=rival", ABSENT, OK, OK, OK, scopes=READ),
    "GET /v1/jobs/{job_id:uuid}/items": Access(f"/v1/jobs/{JOB_ID}/items?owner=rival", ABSENT, OK, OK, OK, scopes=READ),
    "POST /v1/jobs/{job_id:uuid}/cancel": Access(
        f"/v1/jobs/{JOB_ID}/cancel?owner=rival", ABSENT, OK, FORBIDDEN, OK, scopes=WRITE
    ),
    "GET /v1/jobs/{job_id:uuid}/result": Access(
        f"/v1/jobs/{JOB_ID}/result?owner=rival", ABSENT, CONFLICT, CONFLICT, CONFLICT, scopes=READ
    ),
    "GET /v1/search": Access("/v1/search?q=gadget&owner=rival", FORBIDDEN, OK, OK, OK, scopes=READ),
    "GET /v1/search/suggestions": Access(
        "/v1/search/suggestions?q=gad&owner=rival", FORBIDDEN, OK, OK, OK, scopes=READ
    ),
    "GET /v1/live": Access("/v1/live?owner=rival", FORBIDDEN, OK, OK, OK, scopes=READ),
    "POST /v1/live/tickets": Access("/v1/live/tickets", CREATED, CREATED, CREATED, CREATED, scopes=READ),
    "GET /v1/features": Access("/v1/features", OK, OK, OK, OK, scopes=READ),
    "GET /v1/workspaces": Access("/v1/workspaces", OK, OK, OK, OK, scopes=READ),
    "GET /v1/dead-letters": Access("/v1/dead-letters?owner=rival", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=LETTERS),
    "POST /v1/dead-letters/replay": Access(
        "/v1/dead-letters/replay?owner=rival", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=RESOLVE
    ),
    "POST /v1/dead-letters/discard": Access(
        "/v1/dead-letters/discard?owner=rival", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=RESOLVE
    ),
    "GET /v1/dead-letters/{letter_id}": Access(LETTER, FORBIDDEN, FORBIDDEN, FORBIDDEN, ABSENT, scopes=LETTERS),
    "POST /v1/dead-letters/{letter_id}/replay": Access(
        f"{LETTER}/replay", FORBIDDEN, FORBIDDEN, FORBIDDEN, ABSENT, scopes=RESOLVE
    ),
    "POST /v1/dead-letters/{letter_id}/discard": Access(
        f"{LETTER}/discard", FORBIDDEN, FORBIDDEN, FORBIDDEN, ABSENT, scopes=RESOLVE
    ),
    "GET /v1/activity": Access("/v1/activity?owner=rival", FORBIDDEN, FORBIDDEN, OK, OK, scopes=WATCH),
    "GET /v1/status": Access("/v1/status", FORBIDDEN, FORBIDDEN, OK, OK, scopes=WATCH),
    "GET /v1/pipelines": Access("/v1/pipelines", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=MODELS),
    "POST /v1/pipelines/rollback": Access(
        "/v1/pipelines/rollback", FORBIDDEN, FORBIDDEN, FORBIDDEN, CONFLICT, scopes=MODELS
    ),
    "POST /v1/pipelines/{pipeline}/promote": Access(
        "/v1/pipelines/standard@3/promote", FORBIDDEN, FORBIDDEN, FORBIDDEN, CONFLICT, scopes=MODELS
    ),
    "GET /v1/audit": Access("/v1/audit", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=AUDIT),
    "POST /v1/auth/token": Access("/v1/auth/token", INVALID, INVALID, INVALID, INVALID, anyone=INVALID, json={}),
    "POST /v1/auth/refresh": Access("/v1/auth/refresh", INVALID, INVALID, INVALID, INVALID, anyone=INVALID, json={}),
    "POST /v1/auth/logout": Access("/v1/auth/logout", EMPTY, EMPTY, EMPTY, EMPTY, scopes=SELF),
    "POST /v1/api-keys": Access("/v1/api-keys", INVALID, CREATED, CREATED, CREATED, json=KEY_WISH, scopes=SELF),
    "GET /v1/api-keys": Access("/v1/api-keys", OK, OK, OK, OK, scopes=SELF),
    "GET /v1/api-keys/{prefix}": Access("/v1/api-keys/rivalskey0", ABSENT, ABSENT, ABSENT, OK, scopes=SELF),
    "DELETE /v1/api-keys/{prefix}": Access("/v1/api-keys/rivalskey0", ABSENT, ABSENT, ABSENT, EMPTY, scopes=SELF),
    "POST /v1/auth/register": Access("/v1/auth/register", INVALID, INVALID, INVALID, INVALID, anyone=INVALID, json={}),
    "POST /v1/auth/register/confirm": Access(
        "/v1/auth/register/confirm", INVALID, INVALID, INVALID, INVALID, anyone=INVALID, json={}
    ),
    "POST /v1/auth/password/forgot": Access(
        "/v1/auth/password/forgot", INVALID, INVALID, INVALID, INVALID, anyone=INVALID, json={}
    ),
    "POST /v1/auth/password/reset": Access(
        "/v1/auth/password/reset", INVALID, INVALID, INVALID, INVALID, anyone=INVALID, json={}
    ),
    "GET /v1/me": Access("/v1/me", OK, OK, OK, OK, scopes=PROFILE),
    "PATCH /v1/me": Access("/v1/me", OK, OK, OK, OK, json={"name": "Ada"}, scopes=SELF),
    "PUT /v1/me/password": Access("/v1/me/password", INVALID, INVALID, INVALID, INVALID, json={}, scopes=SELF),
    "POST /v1/me/close": Access(
        "/v1/me/close", EMPTY, EMPTY, EMPTY, CONFLICT, json={"password": PASSWORD}, scopes=SELF
    ),
    "GET /v1/accounts": Access("/v1/accounts?workspace=rival", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=KEEP),
    "POST /v1/accounts": Access(
        "/v1/accounts", FORBIDDEN, FORBIDDEN, FORBIDDEN, CREATED, json=ACCOUNT_WISH, scopes=KEEP
    ),
    "POST /v1/accounts/invitations": Access(
        "/v1/accounts/invitations",
        FORBIDDEN,
        FORBIDDEN,
        FORBIDDEN,
        ACCEPTED,
        json={"email": "new@rival.example", "workspaces": ["rival"]},
        scopes=KEEP,
    ),
    "GET /v1/accounts/invitations": Access(
        "/v1/accounts/invitations", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=KEEP
    ),
    "DELETE /v1/accounts/invitations/{invitation_id}": Access(
        f"/v1/accounts/invitations/{MEMBER_ID}", FORBIDDEN, FORBIDDEN, FORBIDDEN, ABSENT, scopes=KEEP
    ),
    "GET /v1/accounts/{account_id:uuid}": Access(RIVALS_ACCOUNT, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=KEEP),
    "PATCH /v1/accounts/{account_id:uuid}": Access(
        RIVALS_ACCOUNT, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, json={"role": "analyst"}, scopes=KEEP
    ),
    "DELETE /v1/accounts/{account_id:uuid}/sessions": Access(
        f"{RIVALS_ACCOUNT}/sessions", FORBIDDEN, FORBIDDEN, FORBIDDEN, EMPTY, scopes=KEEP
    ),
    "GET /v1/accounts/{account_id:uuid}/api-keys": Access(
        f"{RIVALS_ACCOUNT}/api-keys", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=KEEP
    ),
    "POST /v1/workspaces": Access(
        "/v1/workspaces", FORBIDDEN, FORBIDDEN, FORBIDDEN, CREATED, json={"id": "rival-2"}, scopes=KEEP
    ),
    "PATCH /v1/workspaces/{workspace_id}": Access(
        "/v1/workspaces/rival", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, json={"name": "Theirs"}, scopes=KEEP
    ),
    "PUT /v1/workspaces/{workspace_id}/members/{account_id}": Access(
        f"/v1/workspaces/rival/members/{MEMBER_ID}", FORBIDDEN, FORBIDDEN, FORBIDDEN, EMPTY, scopes=KEEP
    ),
    "DELETE /v1/workspaces/{workspace_id}": Access(
        "/v1/workspaces/rival?confirm=rival", FORBIDDEN, FORBIDDEN, FORBIDDEN, ACCEPTED, scopes=KEEP
    ),
    "DELETE /v1/workspaces/{workspace_id}/members/{account_id}": Access(
        f"/v1/workspaces/rival/members/{MEMBER_ID}", FORBIDDEN, FORBIDDEN, FORBIDDEN, EMPTY, scopes=KEEP
    ),
    "GET /v1/me/consents": Access("/v1/me/consents", OK, OK, OK, OK, scopes=SELF),
    "DELETE /v1/me/consents/{client_id}": Access(
        "/v1/me/consents/rivals-client", ABSENT, ABSENT, ABSENT, ABSENT, scopes=SELF
    ),
    "GET /v1/suspensions": Access("/v1/suspensions", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=KEEP),
    "POST /v1/suspensions/release": Access(
        "/v1/suspensions/release", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, json={"everything": True}, scopes=KEEP
    ),
    **{
        f"{method} /v1/webhooks{template}": Access(
            f"/v1/webhooks{path}?owner=rival", FORBIDDEN, FORBIDDEN, FORBIDDEN, admin, json=body, scopes=KEEP
        )
        for method, template, path, admin, body in (
            ("GET", "", "", OK, None),
            ("POST", "", "", CREATED, WEBHOOK_WISH),
            ("GET", "/{endpoint_id}", f"/{WEBHOOK}", OK, None),
            ("PATCH", "/{endpoint_id}", f"/{WEBHOOK}", OK, {"enabled": True}),
            ("DELETE", "/{endpoint_id}", f"/{WEBHOOK}", EMPTY, None),
            ("POST", "/{endpoint_id}/secret", f"/{WEBHOOK}/secret", OK, {}),
            ("POST", "/{endpoint_id}/test", f"/{WEBHOOK}/test", ACCEPTED, None),
            ("POST", "/{endpoint_id}/recover", f"/{WEBHOOK}/recover", ACCEPTED, {"since": "2026-03-01T00:00:00Z"}),
            ("GET", "/{endpoint_id}/deliveries", f"/{WEBHOOK}/deliveries", OK, None),
            ("GET", "/{endpoint_id}/deliveries/{delivery_id}", f"/{WEBHOOK}/deliveries/{DELIVERY}", ABSENT, None),
            (
                "POST",
                "/{endpoint_id}/deliveries/{delivery_id}/resend",
                f"/{WEBHOOK}/deliveries/{DELIVERY}/resend",
                ABSENT,
                None,
            ),
        )
    },
    "POST /v1/erasures/count": Access(
        "/v1/erasures/count", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, json={"owner": "rival"}, scopes=KEEP
    ),
    # The search finds fewer images than the request confirms.
    "POST /v1/erasures": Access(
        "/v1/erasures", FORBIDDEN, FORBIDDEN, FORBIDDEN, CONFLICT, json=ERASURE_WISH, scopes=KEEP
    ),
    "GET /v1/erasures": Access("/v1/erasures", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=KEEP),
    "GET /v1/erasures/{erasure_id:uuid}": Access(
        f"/v1/erasures/{MEMBER_ID}", FORBIDDEN, FORBIDDEN, FORBIDDEN, ABSENT, scopes=KEEP
    ),
    "GET /v1/erasures/{erasure_id:uuid}/list": Access(
        f"/v1/erasures/{MEMBER_ID}/list", FORBIDDEN, FORBIDDEN, FORBIDDEN, ABSENT, scopes=KEEP
    ),
    "POST /v1/clients": Access("/v1/clients", FORBIDDEN, FORBIDDEN, FORBIDDEN, CREATED, json=CLIENT_WISH, scopes=KEEP),
    "GET /v1/clients": Access("/v1/clients", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=KEEP),
    "GET /v1/clients/{client_id}": Access(
        "/v1/clients/rivals-client", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, scopes=KEEP
    ),
    "PATCH /v1/clients/{client_id}": Access(
        "/v1/clients/rivals-client", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, json={"name": "Theirs"}, scopes=KEEP
    ),
    "DELETE /v1/clients/{client_id}": Access(
        "/v1/clients/rivals-client", FORBIDDEN, FORBIDDEN, FORBIDDEN, EMPTY, scopes=KEEP
    ),
    "GET /oauth/authorize": Access("/oauth/authorize", BAD, BAD, BAD, BAD, anyone=BAD),
    "POST /oauth/authorize": Access("/oauth/authorize", BAD, BAD, BAD, BAD, anyone=BAD),
    "POST /oauth/token": Access("/oauth/token", BAD, BAD, BAD, BAD, anyone=BAD, json={}),
    "POST /oauth/revoke": Access("/oauth/revoke", BAD, BAD, BAD, BAD, anyone=BAD, json={}),
    "GET /.well-known/oauth-authorization-server": Access(
        "/.well-known/oauth-authorization-server", OK, OK, OK, OK, anyone=OK
    ),
    "GET /.well-known/jwks.json": Access("/.well-known/jwks.json", OK, OK, OK, OK, anyone=OK),
    "GET /healthz": Access("/healthz", OK, OK, OK, OK, anyone=OK),
    "GET /readyz": Access("/readyz", OK, OK, OK, OK, anyone=OK),
    "GET /docs": Access("/docs", OK, OK, OK, OK, anyone=OK),
    "GET /docs/{name}": Access("/docs/start.js", OK, OK, OK, OK, anyone=OK),
    "GET /openapi.json": Access("/openapi.json", OK, OK, OK, OK, anyone=OK),
}
# Without the parameter that names the workspace: what callers get then must be their own.
UNNAMED = [
    "/v1/images",
    "/v1/results",
    "/v1/search?q=gadget",
    "/v1/search?q=gadget&facets=true",
    "/v1/search/suggestions?q=gad",
    "/v1/workspaces",
    "/v1/images/plans.jpg",
    "/v1/stats",
    "/v1/stats?q=gadget",
    "/v1/jobs",
    f"/v1/jobs/{JOB_ID}",
    f"/v1/jobs/{JOB_ID}/items",
    f"/v1/jobs/{JOB_ID}/result",
    "/v1/export",
    "/v1/export?format=csv",
    "/v1/export?format=coco",
    "/v1/live",
]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """Workspace ``rival`` holds one recognised image that nobody else may learn of, one dead letter and one key."""
    world = ApiWorld(tmp_path, api=ApiSettings(registration="invitation"))
    await world.add_workspace(SHOP)
    await world.add_workspace(RIVAL)
    await world.recognise(RIVAL, "plans.jpg", features=seen(Label(name=SECRET, confidence=0.9)))
    await world.images.save_rejections([samples.rejection(RIVAL, "torn.jpg")])
    await world.api_keys.create(samples.api_key(prefix="rivalskey0", name=SECRET, workspaces=frozenset({RIVAL})))
    client = samples.client(id="rivals-client", name=SECRET, workspaces=frozenset({RIVAL}))
    await world.oauth_clients.create_client(client)
    theirs = samples.account("theirs@rival.example", id=MEMBER_ID, name=SECRET, workspaces=frozenset({RIVAL}))
    await world.accounts.create_account(theirs)
    await world.webhook_endpoints.create(samples.endpoint(RIVAL, id=WEBHOOK, description=SECRET))
    act = AuditEvent(action=Action.IMAGE_DELETED, actor="x", at=samples.START, subject="x", owner=RIVAL, detail=SECRET)
    await world.activity.save([document(act, 7)])
    bucket = PrefixSource(uri=f"s3://rival-{SECRET.replace(' ', '-')}/")
    await world.jobs.create(Job(id=JOB_ID, owner=RIVAL, source=bucket, created_at=samples.START, created_by="x"))
    await world.jobs.save_items(JOB_ID, [JobItem(number=1, source=SECRET)])
    await world.audit_trail.append(list(chained("t:0", None, [one_published(7, act)], KEY)))
    world.let_workers_see(seen(Label(name="cat", confidence=0.9)))
    yield world
    world.passwords.close()


def seen(label: Label) -> FeatureAnswers:
    """What every feature that finds look-alikes says, the same for all images."""
    return FeatureAnswers(
        labels=LabelsAnswer(model="lite0@1", labels=(label,)),
        embedding=EmbeddingAnswer(model="lite0@1", dimensions=256, values=samples.EMBEDDING),
        hash=samples.HASH,
    )


async def client_of(world: ApiWorld, kind: str) -> httpx.AsyncClient:
    roles = {
        "stranger": (Role.USER, SHOP),
        "member": (Role.USER, RIVAL),
        "analyst": (Role.ANALYST,),
        "admin": (Role.ADMIN,),
    }
    return world.client() if kind == "anyone" else await world.log_in(*roles[kind])


async def key_client(world: ApiWorld, scopes: frozenset[Scope], *workspaces: str) -> httpx.AsyncClient:
    """Return a client with a key of an administrator."""
    owner = await world.add_account(Role.ADMIN)
    return world.client(await world.key_of(owner, scopes, *workspaces))


async def ask(client: httpx.AsyncClient, route: str) -> httpx.Response:
    access = ACCESS[route]
    async with client:
        return await client.request(route.partition(" ")[0], access.path, json=access.json, content=access.content)


async def test_somebody_has_decided_about_every_route(world: ApiWorld) -> None:
    routes = {
        f"{method} {route.path}"
        for route in iter_route_contexts(world.app.routes)
        for method in (route.methods or {"ANY"}) - {"HEAD"}
    }
    assert routes == set(ACCESS)


@pytest.mark.parametrize("kind", ["anyone", "stranger", "member", "analyst", "admin"])
@pytest.mark.parametrize("route", ACCESS)
async def test_each_caller_gets_what_was_decided(world: ApiWorld, route: str, kind: str) -> None:
    answer = await ask(await client_of(world, kind), route)
    assert answer.status_code == getattr(ACCESS[route], kind)


def test_each_route_declares_the_scope_that_was_decided(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path)
    world.passwords.close()
    declared = {
        f"{method} {route.path}": _declared(route.original_route)
        for route in iter_route_contexts(world.app.routes)
        for method in (route.methods or {"ANY"}) - {"HEAD"}
    }
    assert declared == {route: access.scopes for route, access in ACCESS.items()}


def _declared(route: BaseRoute) -> frozenset[str]:
    return scopes_of(route.dependant) if isinstance(route, APIRoute) else frozenset()


@pytest.mark.parametrize("route", [route for route, access in ACCESS.items() if access.scopes])
async def test_a_key_does_what_it_is_for_and_nothing_else(world: ApiWorld, route: str) -> None:
    """An administrator's keys, so that it is the key alone that falls short."""
    access = ACCESS[route]
    for scope in access.scopes:
        others = await ask(await key_client(world, GRANTABLE - {scope}), route)
        assert others.status_code == FORBIDDEN
    own = await ask(await key_client(world, GRANTABLE & access.scopes), route)
    assert own.status_code == (access.admin if access.scopes <= GRANTABLE else FORBIDDEN)


@pytest.mark.parametrize(
    "route", [route for route, access in ACCESS.items() if access.scopes and access.scopes <= GRANTABLE]
)
async def test_a_key_for_one_workspace_reaches_no_other_whatever_its_owner_may(world: ApiWorld, route: str) -> None:
    confined = await ask(await key_client(world, GRANTABLE, SHOP), route)
    decided = ACCESS[route].stranger
    assert confined.status_code == decided
    assert SECRET not in confined.text
    assert "rival" not in confined.text


@pytest.mark.parametrize("kind", ["anyone", "stranger"])
@pytest.mark.parametrize("route", ACCESS)
async def test_nothing_of_another_workspace_is_told(world: ApiWorld, route: str, kind: str) -> None:
    answer = await ask(await client_of(world, kind), route)
    assert SECRET not in answer.text
    assert "rival" not in answer.text


@pytest.mark.parametrize("path", UNNAMED)
async def test_a_caller_who_names_no_workspace_gets_their_own(world: ApiWorld, path: str) -> None:
    async with await client_of(world, "stranger") as stranger:
        answer = await stranger.get(path)
    assert answer.status_code in (OK, ABSENT)
    assert SECRET not in answer.text
    assert "rival" not in answer.text


@pytest.mark.parametrize("route", [route for route, access in ACCESS.items() if access.stranger in (FORBIDDEN, ABSENT)])
async def test_a_stranger_cannot_tell_what_is_there_from_what_is_not(world: ApiWorld, route: str) -> None:
    async with await client_of(world, "stranger") as stranger:
        method, access = route.partition(" ")[0], ACCESS[route]
        there = await stranger.request(method, access.path, json=access.json, content=access.content)
        nowhere = {**access.json, "owner": "abyss"} if access.json else None
        elsewhere = access.path.replace("rival", "abyss")
        absent = await stranger.request(method, elsewhere, json=nowhere, content=access.content)
    assert (there.status_code, there.content) == (absent.status_code, absent.content)
    # A caller learns how much of their own share is left.
    hidden = {"x-request-id", "date", "ratelimit"}
    assert [item for item in there.headers.multi_items() if item[0] not in hidden] == [
        item for item in absent.headers.multi_items() if item[0] not in hidden
    ]


@pytest.mark.parametrize("question", ["similar", "duplicates"])
async def test_anothers_image_is_not_among_those_that_look_alike(world: ApiWorld, question: str) -> None:
    for name in ("mine.jpg", "copy.jpg"):
        await world.recognise(SHOP, name, features=seen(Label(name="cat", confidence=0.9)))
    async with await client_of(world, "stranger") as stranger:
        mine = await stranger.get(f"/v1/images/mine.jpg/{question}")
        among = await stranger.get(f"/v1/images/mine.jpg/{question}?among=rival")
        nowhere = await stranger.get(f"/v1/images/mine.jpg/{question}?among=nowhere")
    assert [item["image_id"] for item in mine.json()["items"]] == ["copy.jpg"]
    assert "rival" not in mine.text
    assert (among.status_code, among.content) == (FORBIDDEN, nowhere.content)
    async with await client_of(world, "analyst") as analyst:
        everywhere = await analyst.get(f"/v1/images/mine.jpg/{question}?owner=shop")
    assert {item["image_id"] for item in everywhere.json()["items"]} == {"copy.jpg", "plans.jpg"}


async def test_anothers_image_is_not_among_those_like_a_picture(world: ApiWorld) -> None:
    await world.recognise(SHOP, "mine.jpg", features=seen(Label(name="cat", confidence=0.9)))
    async with await client_of(world, "stranger") as stranger:
        mine = await stranger.post("/v1/images/similar", content=PICTURE)
        among = await stranger.post("/v1/images/similar?among=rival", content=PICTURE)
        nowhere = await stranger.post("/v1/images/similar?among=nowhere", content=PICTURE)
    assert [item["image_id"] for item in mine.json()["items"]] == ["mine.jpg"]
    assert (among.status_code, among.content) == (FORBIDDEN, nowhere.content)
    async with await client_of(world, "admin") as admin:
        everywhere = await admin.post("/v1/images/similar?owner=shop", content=PICTURE)
    assert sorted(item["image_id"] for item in everywhere.json()["items"]) == ["mine.jpg", "plans.jpg"]


async def test_what_is_recognised_for_one_caller_is_asked_for_their_workspace_and_kept_nowhere(world: ApiWorld) -> None:
    before = (dict(world.images.images), list(world.uploads.pictures))
    async with await client_of(world, "stranger") as stranger:
        assert (await stranger.post("/v1/recognise", content=PICTURE)).status_code == OK
        theirs = await stranger.post("/v1/recognise?owner=rival", content=PICTURE)
        nobodys = await stranger.post("/v1/recognise?owner=nowhere", content=PICTURE)
    assert (theirs.status_code, theirs.content) == (FORBIDDEN, nobodys.content)
    assert [question.owner for question, _ in world.asked] == [SHOP]
    assert (dict(world.images.images), list(world.uploads.pictures)) == before


async def test_what_is_named_in_anothers_image_is_not_suggested(world: ApiWorld) -> None:
    await world.recognise(SHOP, "mine.jpg", labels=(Label(name="gadfly", confidence=0.9),))
    async with await client_of(world, "stranger") as stranger:
        mine = await stranger.get("/v1/search/suggestions?q=gad")
    assert mine.json()["items"] == [{"key": "gadfly", "count": 1}]
    async with await client_of(world, "analyst") as analyst:
        everywhere = await analyst.get("/v1/search/suggestions?q=gad")
    assert {item["key"] for item in everywhere.json()["items"]} == {"gadfly", SECRET}


async def test_facets_count_ones_own_alone(world: ApiWorld) -> None:
    await world.recognise(SHOP, "mine.jpg", labels=(Label(name="gadget", confidence=0.9),))
    async with await client_of(world, "stranger") as stranger:
        facets = (await stranger.get("/v1/search?q=gadget&facets=true")).json()["facets"]
    assert (facets["total"], facets["labels"]) == (1, [{"key": "gadget", "count": 1}])


async def test_an_upload_and_its_deletion_leave_anothers_of_the_same_name_and_content(world: ApiWorld) -> None:
    for kind in ("member", "stranger"):
        async with await client_of(world, kind) as client:
            assert (await client.post("/v1/images/upload?image_id=new", content=PICTURE)).status_code == ACCEPTED
    assert sorted(upload.owner for upload in world.uploads.pictures) == [RIVAL, SHOP]
    async with await client_of(world, "stranger") as stranger:
        assert (await stranger.delete("/v1/images/new")).status_code == EMPTY
    assert [upload.owner for upload in world.uploads.pictures] == [RIVAL]


async def test_anothers_upload_cannot_be_sent_as_ones_own(world: ApiWorld) -> None:
    async with await client_of(world, "member") as member:
        await member.post("/v1/images/upload?image_id=new", content=PICTURE)
    [kept] = world.uploads.pictures
    async with await client_of(world, "stranger") as stranger:
        theirs = await stranger.post("/v1/images", json={"images": [{"uri": kept.uri}]})
        none = await stranger.post("/v1/images", json={"images": [{"uri": kept.uri.replace("rival", "nobody")}]})
    assert (theirs.status_code, theirs.content) == (INVALID, none.content)


async def test_a_key_for_one_workspace_is_told_what_happened_in_that_one_alone(world: ApiWorld) -> None:
    ours = AuditEvent(action=Action.IMAGE_DELETED, actor="x", at=samples.START, subject="x", owner=SHOP)
    await world.activity.save([document(ours, 8)])
    async with await key_client(world, GRANTABLE, SHOP) as confined:
        answer = await confined.get("/v1/activity")
    assert [item["owner"] for item in answer.json()["items"]] == [SHOP]


async def test_anothers_image_is_not_counted(world: ApiWorld) -> None:
    await world.recognise(SHOP, "mine.jpg")
    async with await client_of(world, "stranger") as stranger:
        counts = (await stranger.get("/v1/stats")).json()
    assert (counts["total"], counts["owners"]) == (1, [{"key": "shop", "count": 1}])


async def test_anothers_image_and_no_image_are_one_answer(world: ApiWorld) -> None:
    async with await client_of(world, "stranger") as stranger:
        theirs = await stranger.get("/v1/images/plans.jpg?owner=rival")
        unknown_there = await stranger.get("/v1/images/never.jpg?owner=rival")
        unknown_here = await stranger.get("/v1/images/plans.jpg?owner=shop")
    assert theirs.status_code == ABSENT
    assert theirs.content == unknown_there.content == unknown_here.content


async def test_sending_anothers_image_id_leaves_theirs_as_it_was(world: ApiWorld) -> None:
    world.publisher.recognise = None
    async with await client_of(world, "stranger") as stranger:
        sent = {"images": [{"uri": "s3://shop-media/a.jpg", "image_id": "plans.jpg"}]}
        assert (await stranger.post("/v1/images", json=sent)).status_code == ACCEPTED
        assert (await stranger.get("/v1/images/plans.jpg")).json()["status"] == "pending"
    async with await client_of(world, "member") as member:
        theirs = (await member.get("/v1/images/plans.jpg")).json()
    assert (theirs["status"], theirs["uri"]) == ("recognised", "s3://photos/plans.jpg")
    assert SECRET in str(theirs["result"])


async def test_the_documentation_lists_every_answer_that_callers_get(world: ApiWorld) -> None:
    document = world.app.openapi()
    for route, access in ACCESS.items():
        method, path = route.split(" ")
        if path in UNDOCUMENTED:
            continue
        documented = {
            int(status) for status in document["paths"][path.replace(":uuid", "")][method.lower()]["responses"]
        }
        assert {access.anyone, access.stranger, access.member, access.analyst, access.admin} <= documented
