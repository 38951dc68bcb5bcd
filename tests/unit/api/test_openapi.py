"""The OpenAPI document is whole, and describes problems as what they are."""

import json
import re

import httpx

from tests.api_world import ApiWorld


async def test_the_document_needs_no_token_and_every_reference_in_it_leads_somewhere(
    anonymous: httpx.AsyncClient,
) -> None:
    text = (await anonymous.get("/openapi.json")).text
    document = json.loads(text)
    assert document["openapi"].startswith("3.1")
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names <= set(document["components"]["schemas"])
    assert {"Problem", "InvalidFields"} <= names


async def test_every_problem_is_described_as_one(world: ApiWorld) -> None:
    for path, operations in world.app.openapi()["paths"].items():
        for operation in operations.values():
            problems = {code: answer for code, answer in operation["responses"].items() if int(code) >= 400}
            for code, answer in problems.items():
                own = path.startswith("/oauth/") and code in ("400", "401")
                assert list(answer["content"]) == ["application/json" if own else "application/problem+json"], path


async def test_the_example_of_sending_images_is_accepted(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    [example] = world.app.openapi()["components"]["schemas"]["Submission"]["examples"]
    assert (await shop.post("/v1/images", json=example)).status_code == 202


async def test_pages_that_load_their_scripts_from_elsewhere_are_off(anonymous: httpx.AsyncClient) -> None:
    assert [(await anonymous.get(path)).status_code for path in ("/docs", "/redoc")] == [404, 404]
