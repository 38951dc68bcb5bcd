"""The page of acts is what the code says, and no command or route that changes anything is missing on it."""

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute, iter_route_contexts

from api.activity.auditing import AuditTrail, RequestAudit, UndeclaredAct
from api.app import ROUTERS
from api.documentation.acts_page import READING, UndeclaredChange, acts_page, declared_commands
from infra.recorded_acts import Declared, declared_of, records
from schemas.activity import Action
from tests.api_world import ApiWorld, FakePublisher
from tests.places import ROOT

PAGE = ROOT / "docs" / "reference" / "acts.md"


def routes_of(*routers: APIRouter) -> list[APIRoute]:
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == acts_page(ROUTERS), "vedette admin acts > docs/reference/acts.md"


def test_no_route_of_the_running_api_is_missing(world: ApiWorld) -> None:
    served = {
        (method, route.path)
        for route in iter_route_contexts(world.app.routes)
        for method in route.methods or ()
        if method not in READING
    }
    listed = {(method, route.path) for route in routes_of(*ROUTERS) for method in route.methods or ()}
    assert len(served) > 30
    assert served <= listed


def test_a_route_that_says_nothing_and_may_change_something_is_told() -> None:
    router = APIRouter()

    @router.post("/new")
    async def change() -> None:
        """Say nothing of what it records."""

    with pytest.raises(UndeclaredChange, match="POST /new"):
        acts_page([router])


def test_every_command_says_what_it_records() -> None:
    declared = dict(declared_commands())
    assert declared["backup restore"].acts == (Action.BACKUP_RESTORED,)
    assert declared["rebuild index"].acts == (Action.INDEX_REBUILT,)
    assert declared["migrate"].acts == (Action.PLATFORM_MIGRATED, Action.PIPELINE_PROMOTED)
    assert declared["replay"].acts == (Action.HISTORY_REPLAYED,)
    assert not declared["reconcile"].changes


async def test_a_route_can_record_nothing_that_it_does_not_say() -> None:
    publisher = FakePublisher()

    @records(Action.KEY_REVOKED)
    async def endpoint() -> None:
        """Revoke a key."""

    audit = RequestAudit(AuditTrail(publisher), "request-1", None, lambda: None, declared_of(endpoint))
    async with audit.act(Action.KEY_REVOKED, "ada", "key"):
        assert len(publisher.records) == 1
    for undeclared in (audit, RequestAudit(AuditTrail(publisher), "request-2", None, lambda: None, Declared())):
        with pytest.raises(UndeclaredAct, match=r"api_key\.created"):
            async with undeclared.act(Action.KEY_CREATED, "ada", "key"):
                raise AssertionError("it was done")
    assert len(publisher.records) == 1
