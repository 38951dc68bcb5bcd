"""Administrators delete a workspace with everything that belongs to it, and nothing of another."""

from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pytest

from api.activity.auditing import AuditTrail
from api.invitations.service import Invitations
from api.oauth.clients.service import ClientService
from api.workspaces.belongings import WorkspaceBelongings
from infra.operations.audit.acts import ActRecorder
from infra.operations.erasure.deleting import ImageDeleter
from infra.operations.erasure.keys import ErasureKey
from infra.operations.erasure.work import ErasureWork
from schemas.access.accounts import Role, Scope
from schemas.activity import Action
from schemas.queries import ImageStatus
from schemas.records.erasures import Erasure
from schemas.records.jobs import JobItem
from schemas.texts.uploads import Upload
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld
from tests.contracts.job_store_contract import job
from tests.fakes.erasures import FakeLease, FakeOwnedImages, FakeSinks, FakeTraces

KEY = ErasureKey(bytes(range(32)))
DELETE = f"/v1/workspaces/{SHOP}?confirm={SHOP}"


def belongings_of(world: ApiWorld) -> WorkspaceBelongings:
    return WorkspaceBelongings(
        accounts=world.accounts,
        keys=world.api_keys,
        clients=ClientService(world.oauth_clients, world.accounts),
        invitations=Invitations(world.invitations, world.app.state.makers_rights),
        endpoints=world.webhook_endpoints,
        logs=world.webhook_deliveries,
        jobs=world.jobs,
        job_files=world.job_files,
        pictures=world.uploads,
        owned=FakeOwnedImages(world.images),
        runs=world.retention_runs,
        act=ActRecorder(AuditTrail(world.publisher)).act,
    )


async def carried_out(world: ApiWorld, erasure_id: str) -> Erasure:
    """Do what the API's loop does."""

    async def tell(_done: Erasure) -> None:
        """Record nothing."""

    async def pause(_seconds: float) -> None:
        """Wait for nobody."""

    sinks = FakeSinks(world.images, world.index, world.publisher.records)
    deleter = ImageDeleter(world.images, world.publisher, world.uploads)
    belongings = belongings_of(world)
    work = ErasureWork(
        world.erasures, world.index, world.images, deleter, sinks, KEY, tell, FakeTraces(), belongings, pause
    )
    return await work.carry_out(UUID(erasure_id), FakeLease().renew)


async def fill(world: ApiWorld, owner: str) -> None:
    """Let a workspace have one of everything."""
    member = await world.add_account(Role.USER, owner)
    await world.key_of(member, [Scope.RESULTS_READ], owner)
    await world.oauth_clients.create_client(samples.client(id=f"{owner}-client", workspaces=frozenset({owner})))
    maker = await world.add_account(Role.ADMIN)
    made_by = {"account_id": maker.id, "generation": maker.generation}
    await world.invitations.add(samples.invitation(workspaces=frozenset({owner}), maker=made_by), 3600)
    endpoint = samples.endpoint(owner)
    await world.webhook_endpoints.create(endpoint)
    await world.webhook_deliveries.save([(samples.delivery(endpoint), "{}")])
    kept = job(owner)
    await world.jobs.create(kept)
    await world.jobs.save_items(kept.id, [JobItem(number=1, source="a.jpg", image_id="a.jpg")])
    await world.job_files.write(owner, kept.id, "manifest", b"a.jpg")
    await world.uploads.save(Upload(owner, uuid4().hex * 2, "a" * 64), b"never published")
    await world.recognise(owner, "recognised.jpg")
    await world.images.save_accepted([(samples.reference(owner, "pending.jpg"), samples.origin(7))])


def of(world: ApiWorld, owner: str) -> dict[str, int]:
    """Return how much there is of a workspace, by kind."""
    mine: Callable[[frozenset[str] | None], bool] = lambda workspaces: owner in (workspaces or ())  # noqa: E731
    records = [image.record() for image in world.images.images.values()]
    return {
        "workspaces": sum(name == owner for name in world.accounts.workspaces),
        "members": sum(mine(account.workspaces) for account in world.accounts.accounts.values()),
        "keys": sum(mine(key.workspaces) for key in world.api_keys.keys.values()),
        "endpoints": sum(at == owner for at, _ in world.webhook_endpoints.endpoints),
        "deliveries": sum(one.owner == owner for one, _ in world.webhook_deliveries.kept.values()),
        "jobs": sum(at == owner for at, _ in world.jobs.jobs),
        "files": sum(at == owner for at, _, _ in world.job_files.files),
        "pictures": sum(upload.owner == owner for upload in world.uploads.pictures),
        "images": sum(one.owner == owner and one.status is not ImageStatus.DELETED for one in records),
    }


async def test_everything_of_a_workspace_goes_and_nothing_of_another_does(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    for owner in (SHOP, RIVAL):
        await fill(world, owner)
    theirs = of(world, RIVAL)
    assert set(of(world, SHOP).values()) == {1, 2}
    begun = await admin.delete(DELETE)
    assert (begun.status_code, begun.json()["whole_workspace"], begun.json()["confirmed"]) == (202, True, 1)
    done = await carried_out(world, begun.json()["id"])
    assert set(of(world, SHOP).values()) == {0}
    assert of(world, RIVAL) == theirs
    assert done.belongings == {
        "members": 1,
        "api keys": 1,
        "applications": 1,
        "invitations": 1,
        "webhooks": 1,
        "jobs": 1,
    }
    assert done.erased == 2
    client = await world.oauth_clients.find_client("shop-client")
    assert client is not None
    assert not client.lasts
    assert [one.workspaces for one in (await world.invitations.page(10)).items] == [frozenset({RIVAL})]
    # The name is free again, for another workspace.
    assert (await admin.post("/v1/workspaces", json={"id": SHOP})).status_code == 201


async def test_each_right_that_goes_is_recorded_in_the_name_of_whoever_deletes(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    await fill(world, SHOP)
    begun = await admin.delete(DELETE)
    await carried_out(world, begun.json()["id"])
    events = await world.audited()
    assert {event.action for event in events} == {
        Action.WORKSPACE_DELETED,
        Action.MEMBER_REMOVED,
        Action.KEY_REVOKED,
        Action.CLIENT_REVOKED,
        Action.INVITATION_WITHDRAWN,
        Action.WEBHOOK_DELETED,
    }
    assert len({event.actor for event in events}) == 1
    [removed] = [event for event in events if event.action is Action.MEMBER_REMOVED]
    assert removed.rights is not None
    assert removed.rights.workspaces == frozenset()


async def test_what_is_for_other_workspaces_too_keeps_those(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    both = frozenset({SHOP, RIVAL})
    member = await world.add_account(Role.USER, *both)
    await world.key_of(member, [Scope.RESULTS_READ], *both)
    await world.oauth_clients.create_client(samples.client(id="for-both", workspaces=both))
    await carried_out(world, (await admin.delete(DELETE)).json()["id"])
    kept = await world.accounts.find_account_by_id(member.id)
    client = await world.oauth_clients.find_client("for-both")
    assert kept is not None
    assert client is not None
    [key] = world.api_keys.keys.values()
    assert [kept.workspaces, key.workspaces, client.workspaces] == [frozenset({RIVAL})] * 3
    assert (key.revoked_at, client.lasts) == (None, True)


async def test_an_application_for_two_workspaces_that_are_both_deleted_stops_neither(
    world: ApiWorld, admin: httpx.AsyncClient
) -> None:
    both = frozenset({SHOP, RIVAL})
    await world.oauth_clients.create_client(samples.client(id="for-both", workspaces=both))
    begun = [await admin.delete(f"/v1/workspaces/{owner}?confirm={owner}") for owner in (SHOP, RIVAL)]
    for answer in begun:
        assert (await carried_out(world, answer.json()["id"])).is_done
    client = await world.oauth_clients.find_client("for-both")
    assert client is not None
    assert not client.lasts


async def test_from_its_beginning_on_the_workspace_accepts_nothing(world: ApiWorld, admin: httpx.AsyncClient) -> None:
    await admin.delete(DELETE)
    image = {"uri": "s3://shop-media/a.jpg", "owner": SHOP}
    assert (await admin.post("/v1/images", json={"images": [image], "owner": SHOP})).status_code in (404, 422)
    wish = {"owner": SHOP, "source": {"kind": "prefix", "uri": "s3://shop-media/"}}
    assert (await admin.post("/v1/jobs", json=wish)).status_code == 422
    assert (await admin.post("/v1/workspaces", json={"id": SHOP})).status_code == 409
    [shown] = [one for one in (await admin.get("/v1/workspaces")).json()["items"] if one["id"] == SHOP]
    assert "deleting_since" in shown
    again = await admin.delete(DELETE)
    assert (again.status_code, again.json()["detail"]) == (409, "Workspace shop is being deleted already.")


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (f"/v1/workspaces/{SHOP}?confirm=shops", 409, "must repeat the workspace's id, shop"),
        (f"/v1/workspaces/{SHOP}", 422, "confirm"),
        ("/v1/workspaces/nowhere?confirm=nowhere", 404, "There is no such workspace."),
    ],
)
async def test_nothing_is_deleted_by_mistake(
    world: ApiWorld, admin: httpx.AsyncClient, path: str, status: int, told: str
) -> None:
    refused = await admin.delete(path)
    assert refused.status_code == status
    assert told in refused.text
    assert not world.erasures.erasures
    assert await world.accounts.find_workspace(SHOP) is not None
    assert await world.audited() == []
