"""A request that is sent again under its idempotency key is answered again, and carried out once."""

import asyncio
from typing import Any

import httpx
import pytest

from schemas.access.accounts import Role
from tests.api_world import RIVAL, SHOP, ApiWorld

MUG: dict[str, Any] = {"images": [{"uri": "s3://shop-media/mug.jpg", "image_id": "mug-1"}]}
CUP: dict[str, Any] = {"images": [{"uri": "s3://shop-media/cup.jpg", "image_id": "cup-1"}]}


async def send(client: httpx.AsyncClient, body: dict[str, Any], key: str | None = "k-1") -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post("/v1/images", json=body, headers=headers)


async def test_the_same_request_gets_the_same_answer_and_is_published_once(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    first, again = await send(shop, MUG), await send(shop, MUG)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert len(world.published) == 1


async def test_the_same_request_written_otherwise_is_the_same(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await send(shop, MUG)
    assert (await send(shop, {"priority": "normal", "owner": None} | MUG)).status_code == 202
    assert len(world.published) == 1


async def test_another_request_under_the_same_key_is_refused(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await send(shop, MUG)
    answer = await send(shop, CUP)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert len(world.published) == 1


async def test_without_a_key_or_with_another_one_it_is_carried_out_again(
    world: ApiWorld, shop: httpx.AsyncClient
) -> None:
    for key in (None, None, "k-1", "k-2"):
        assert (await send(shop, MUG, key)).status_code == 202
    assert len(world.published) == 4


async def test_two_at_once_are_carried_out_once(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    publish, at_work, go_on = world.publisher.publish, asyncio.Event(), asyncio.Event()

    async def publish_slowly(records: Any) -> Any:
        at_work.set()
        await go_on.wait()
        return await publish(records)

    world.publisher.publish = publish_slowly  # type: ignore[method-assign]
    first = asyncio.create_task(send(shop, MUG))
    await at_work.wait()
    assert (await send(shop, MUG)).status_code == 409
    assert (await send(shop, CUP)).status_code == 422
    go_on.set()
    assert (await first).status_code == 202
    assert (await send(shop, MUG)).content == (await first).content
    assert len(world.published) == 1


async def test_a_request_that_failed_may_be_sent_again(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.publisher.down = True
    assert (await send(shop, MUG)).status_code == 503
    world.publisher.down = False
    assert (await send(shop, {"images": [{"uri": "s3://elsewhere/mug.jpg"}]})).status_code == 422
    assert (await send(shop, MUG)).status_code == 202


async def test_nothing_is_published_while_keys_cannot_be_looked_up(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    world.answers.down = True
    assert (await send(shop, MUG)).status_code == 503
    assert not world.published
    assert (await send(shop, MUG, key=None)).status_code == 202


async def test_an_answer_that_cannot_be_kept_is_given_all_the_same(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    finish = world.answers.finish

    async def forget(*arguments: Any) -> bool:
        world.answers.down = True
        return await finish(*arguments)

    world.answers.finish = forget  # type: ignore[method-assign]
    assert (await send(shop, MUG)).status_code == 202
    assert len(world.published) == 1


async def test_a_key_says_nothing_of_others(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    await send(shop, MUG)
    async with await world.log_in(Role.USER, SHOP) as colleague, await world.log_in(Role.USER, RIVAL) as rival:
        assert (await send(colleague, CUP)).status_code == 202
        theirs = {"images": [{"uri": "s3://rival-media/cup.jpg"}]}
        assert (await send(rival, theirs)).status_code == 202
    async with await world.log_in(Role.USER, SHOP, RIVAL) as both:
        assert (await send(both, {"owner": SHOP} | MUG)).status_code == 202
        assert (await send(both, {"owner": RIVAL} | theirs)).status_code == 202


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "\t"])
async def test_a_key_that_is_none_is_refused(world: ApiWorld, shop: httpx.AsyncClient, key: str) -> None:
    answer = await send(shop, MUG, key)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert not world.published


async def test_a_kept_answer_is_given_to_nobody_who_lost_the_right_to_ask(world: ApiWorld) -> None:
    account = await world.add_account(Role.USER, SHOP, RIVAL)
    async with await world.client_of(account) as client:
        assert (await send(client, {"owner": SHOP} | MUG)).status_code == 202
        await world.accounts.change_account(account.model_copy(update={"workspaces": frozenset({RIVAL})}))
        world.app.state.callers.forget(account.id)
        assert (await send(client, {"owner": SHOP} | MUG)).status_code == 403
