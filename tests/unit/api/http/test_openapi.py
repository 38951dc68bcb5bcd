"""The OpenAPI document is whole, and describes problems as what they are."""

import json
import re
from pathlib import Path

import httpx

from infra.settings.api import ApiSettings
from tests.api_world import ApiWorld


async def test_the_document_needs_no_token_and_every_reference_in_it_leads_somewhere(
    anonymous: httpx.AsyncClient,
) -> None:
    text = (await anonymous.get("/openapi.json")).text
    document = json.loads(text)
    assert document["openapi"].startswith("3.1")
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names <= set(document["components"]["schemas"])
    # Named by a module that there is no more: published names outlive moves.
    assert {name for name in names if "__" in name} == {"schemas__activity__Action", "schemas__pipelines__Action"}
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


async def test_what_a_client_can_be_allowed_names_its_scopes_and_nothing_else_does(world: ApiWorld) -> None:
    document = world.app.openapi()
    flows = document["components"]["securitySchemes"]["OAuth2"]["flows"]
    assert flows["authorizationCode"]["authorizationUrl"] == "/oauth/authorize"
    assert "account" not in flows["authorizationCode"]["scopes"]
    assert "profile:read" not in flows["clientCredentials"]["scopes"]
    paths = document["paths"]
    assert paths["/v1/me"]["get"]["security"] == [{"HTTPBearer": ["profile:read"]}, {"OAuth2": ["profile:read"]}]
    assert paths["/v1/images/similar"]["post"]["security"][1] == {"OAuth2": ["images:write", "results:read"]}
    assert paths["/v1/api-keys"]["get"]["security"] == [{"HTTPBearer": ["account"]}]
    assert "security" not in paths["/oauth/token"]["post"]


async def test_an_installation_without_oauth_names_none(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path, api=ApiSettings(host="0.0.0.0"))  # noqa: S104 - where it would listen
    assert "OAuth2" not in json.dumps(world.app.openapi())
    world.passwords.close()


async def test_the_page_for_trying_loads_nothing_from_elsewhere(anonymous: httpx.AsyncClient) -> None:
    page = await anonymous.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {name.partition("/docs/")[0] for name in named} == {""}
    for name in (*named, "/docs/oauth2-redirect.html", "/docs/oauth2-redirect.js"):
        answer = await anonymous.get(name)
        assert (answer.status_code, len(answer.content) > 100) == (200, True)
    for path in ("/redoc", "/docs/", "/docs/page.html", "/docs/__init__.py", "/docs/..%2f__init__.py"):
        assert (await anonymous.get(path)).status_code == 404


async def test_the_page_for_trying_can_be_switched_off(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path, api=ApiSettings(interactive_docs=False))
    async with world.client() as client:
        assert [(await client.get(path)).status_code for path in ("/docs", "/docs/start.js")] == [404, 404]
        asked = await client.get("/oauth/authorize?response_type=code&client_id=swagger")
        assert (asked.status_code, "The client is unknown" in asked.text) == (400, True)
    world.passwords.close()
