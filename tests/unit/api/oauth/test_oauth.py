"""OAuth: a person logs in, consents, and an application acts for them; or an application acts as itself."""

from typing import Any

import httpx
import jwt
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from infra.settings.api import ApiSettings
from schemas.access.accounts import Account, Role, Scope
from schemas.access.oauth import Grant
from schemas.activity import Action
from tests.api_world import RIVAL, SHOP, ApiWorld
from tests.oauth_flow import BACK, STATE, Application, answer_in, application, machine


@pytest.fixture
async def person(world: ApiWorld) -> Account:
    return await world.add_account(Role.USER, SHOP)


@pytest.fixture(params=[False, True], ids=["public", "confidential"])
async def album(request: pytest.FixtureRequest, world: ApiWorld) -> Application:
    return await application(world, confidential=request.param)


async def test_a_person_logs_in_and_consents_and_the_application_acts_for_them(
    world: ApiWorld, album: Application, person: Account
) -> None:
    question = await album.log_in(person)
    assert question.status_code == 200
    for told in ("album asks to act for you", person.email, "results:read", "profile:read", "album.example/back"):
        assert told in question.text
    sent = await album.press(question, "allow")
    assert sent.headers["Location"].startswith(f"{BACK}?")
    answer = answer_in(sent.headers["Location"])
    assert (answer["state"], answer["iss"]) == (STATE, "http://127.0.0.1:8800")
    tokens = (await album.exchange(answer["code"])).json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 900, "profile:read results:read")
    assert await album.status(tokens["access_token"]) == 200
    assert await album.status(tokens["access_token"], "/v1/images") == 200


async def test_the_access_token_names_client_scopes_and_person(
    world: ApiWorld, album: Application, person: Account
) -> None:
    token = (await album.tokens(person))["access_token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    assert (claims["client_id"], claims["sub"]) == (album.client.id, str(person.id))
    assert (claims["scope"], claims["aud"]) == ("profile:read results:read", "vedette-api")
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"


async def test_a_token_does_what_was_consented_to_and_nothing_else(album: Application, person: Account) -> None:
    token = (await album.tokens(person, scope="results:read"))["access_token"]
    answers = {path: await album.status(token, path) for path in ("/v1/images", "/v1/me", "/v1/api-keys")}
    assert answers == {"/v1/images": 200, "/v1/me": 403, "/v1/api-keys": 403}


async def test_a_client_that_names_no_scope_asks_for_all_that_it_may(album: Application, person: Account) -> None:
    assert (await album.tokens(person, scope=None))["scope"] == "profile:read results:read"


async def test_a_person_can_give_no_more_than_they_have(world: ApiWorld, person: Account) -> None:
    scopes = frozenset({Scope.ACCOUNTS_ADMIN, Scope.RESULTS_READ})
    greedy = await application(world, scopes=scopes)
    assert (await greedy.tokens(person, scope="accounts:admin results:read"))["scope"] == "results:read"
    refused = await greedy.log_in(person, scope="accounts:admin")
    assert refused.status_code == 403
    assert "none of the rights" in refused.text


async def test_a_demoted_persons_token_loses_what_the_new_role_has_not(world: ApiWorld) -> None:
    admin = await world.add_account(Role.ADMIN)
    keeper = await application(world, scopes=frozenset({Scope.ACCOUNTS_ADMIN}))
    token = (await keeper.tokens(admin, scope="accounts:admin"))["access_token"]
    assert await keeper.status(token, "/v1/accounts") == 200
    await world.accounts.change_account(admin.model_copy(update={"role": Role.USER}))
    world.app.state.callers.forget(admin.id)
    assert await keeper.status(token, "/v1/accounts") == 403


async def test_a_client_for_one_workspace_reaches_no_other_of_its_user(world: ApiWorld) -> None:
    member = await world.add_account(Role.USER, SHOP, RIVAL)
    analyst = await world.add_account(Role.ANALYST)
    confined = await application(world, workspaces=frozenset({SHOP}))
    for account in (member, analyst):
        token = (await confined.tokens(account))["access_token"]
        assert await confined.status(token, "/v1/images?owner=shop") == 200
        assert await confined.status(token, "/v1/images?owner=rival") == 403


async def test_who_does_not_allow_gives_nothing(world: ApiWorld, album: Application, person: Account) -> None:
    answer = await album.decided(person, "deny")
    assert (answer["error"], answer["state"], "code" in answer) == ("access_denied", STATE, False)
    assert answer["iss"] == "http://127.0.0.1:8800"
    assert world.oauth_grants.consents == {}


async def test_a_wrong_password_asks_again_and_tells_nothing(
    world: ApiWorld, album: Application, person: Account
) -> None:
    closed = await world.add_account(Role.USER, SHOP, active=False)
    pages = [await album.log_in(person, "not the password at all"), await album.log_in(closed)]
    assert {page.status_code for page in pages} == {403}
    assert all("is wrong, or the account is closed" in page.text for page in pages)
    assert world.oauth_grants.log_ins == {}


async def test_log_ins_are_limited_here_as_everywhere(world: ApiWorld, album: Application, person: Account) -> None:
    for _ in range(world.api.log_in_failures):
        assert (await album.log_in(person, "not the password at all")).status_code == 403
    assert (await album.log_in(person)).status_code == 429


async def test_a_log_in_serves_one_decision(album: Application, person: Account) -> None:
    await album.decided(person)
    assert "Log in to Vedette" in (await album.open()).text


async def test_a_password_changed_in_between_asks_for_a_log_in_again(
    world: ApiWorld, album: Application, person: Account
) -> None:
    question = await album.log_in(person)
    await world.accounts.change_account(person.model_copy(update={"generation": person.generation + 1}))
    assert (await album.press(question, "allow")).headers["Location"].startswith("/oauth/authorize?")
    assert world.oauth_grants.consents == {}


async def test_refresh_tokens_rotate(album: Application, person: Account) -> None:
    first = await album.tokens(person)
    second = (await album.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await album.status(second["access_token"]) == 200
    assert (await album.refresh(second["refresh_token"], scope="results:read")).json()["scope"] == "results:read"


async def test_a_narrower_refresh_gives_a_token_for_less(album: Application, person: Account) -> None:
    first = await album.tokens(person)
    second = (await album.refresh(first["refresh_token"], scope="results:read")).json()
    assert await album.status(second["access_token"]) == 403
    assert (await album.refresh(second["refresh_token"])).json()["scope"] == "profile:read results:read"


async def test_a_client_gives_back_either_token_and_both_count_no_longer(album: Application, person: Account) -> None:
    for given_back in ("access_token", "refresh_token"):
        tokens = await album.tokens(person)
        assert await album.status(tokens["access_token"]) == 200
        assert (await album.token("/oauth/revoke", token=tokens[given_back])).status_code == 200
        assert await album.status(tokens["access_token"]) == 401
        assert (await album.refresh(tokens["refresh_token"])).status_code == 400
    assert (await album.token("/oauth/revoke", token="never was one")).status_code == 200  # noqa: S106


async def test_a_client_acts_as_itself_within_its_scopes_and_workspaces(world: ApiWorld) -> None:
    robot = await machine(world, Scope.RESULTS_READ, Scope.IMAGES_WRITE, workspaces=frozenset({SHOP}))
    tokens = (await robot.token(grant_type="client_credentials")).json()
    assert (tokens["scope"], "refresh_token" in tokens) == ("images:write results:read", False)
    paths = ("/v1/images", "/v1/images?owner=rival", "/v1/me", "/v1/accounts")
    assert [await robot.status(tokens["access_token"], path) for path in paths] == [200, 403, 403, 403]
    less = (await robot.token(grant_type="client_credentials", scope="images:write")).json()
    assert await robot.status(less["access_token"], "/v1/images") == 403
    assert jwt.decode(less["access_token"], options={"verify_signature": False})["sub"] == robot.client.id


async def test_a_client_of_no_workspace_in_particular_is_limited_by_its_scopes_alone(world: ApiWorld) -> None:
    robot = await machine(world, Scope.RESULTS_READ, Scope.LETTERS_READ)
    token = (await robot.token(grant_type="client_credentials")).json()["access_token"]
    paths = ("/v1/images?owner=rival", "/v1/dead-letters", "/v1/accounts")
    assert [await robot.status(token, path) for path in paths] == [200, 200, 403]


async def test_a_native_program_may_listen_on_any_port(world: ApiWorld, person: Account) -> None:
    program = await application(world, native=True, redirect_uris=("http://127.0.0.1/back",))
    here = "http://127.0.0.1:51004/back"
    code = await program.code(person, redirect_uri=here)
    assert (await program.exchange(code, redirect_uri=here)).status_code == 200


async def test_the_metadata_is_what_rfc_8414_wants(anonymous: httpx.AsyncClient, tmp_path: Any) -> None:
    shown = (await anonymous.get("/.well-known/oauth-authorization-server")).json()
    assert shown["issuer"] == "http://127.0.0.1:8800"
    assert shown["code_challenge_methods_supported"] == ["S256"]
    assert "account" not in shown["scopes_supported"]
    https = {
        name: str(value).replace("http:", "https:") if ":" in str(value) else value for name, value in shown.items()
    }
    AuthorizationServerMetadata(https | {"scopes_supported": shown["scopes_supported"]}).validate()


async def test_without_a_public_address_oauth_is_off(tmp_path: Any) -> None:
    world = ApiWorld(tmp_path, api=ApiSettings(host="0.0.0.0"))  # noqa: S104 - where it would listen
    async with world.client() as client:
        for method, path in (
            ("GET", "/oauth/authorize"),
            ("POST", "/oauth/authorize"),
            ("POST", "/oauth/token"),
            ("POST", "/oauth/revoke"),
            ("GET", "/.well-known/oauth-authorization-server"),
        ):
            assert (await client.request(method, path)).status_code == 404
    world.passwords.close()


@pytest.mark.parametrize(
    ("url", "sound"),
    [
        ("https://vedette.shop.example", True),
        ("https://vedette.shop.example:8443", True),
        ("http://localhost:8800", True),
        ("http://vedette.shop.example", False),
        ("https://vedette.shop.example/", False),
        ("https://ada@vedette.shop.example", False),
        ("https://vedette.shop.example/api?x", False),
        ("javascript:alert(1)", False),
    ],
)
def test_the_public_address_is_an_origin_and_https_unless_it_is_here(url: str, sound: bool) -> None:
    if sound:
        assert ApiSettings(public_url=url).own_url == url
        return
    with pytest.raises(ValueError, match="public_url"):
        ApiSettings(public_url=url)


async def test_with_https_the_cookie_is_bound_to_this_host(tmp_path: Any) -> None:
    world = ApiWorld(tmp_path, api=ApiSettings(public_url="https://vedette.shop.example"))
    page = await (await application(world)).open()
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-vedette-oauth=vdb_")
    for part in ("HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax", "Secure"):
        assert part in cookie
    assert "Domain" not in cookie
    world.passwords.close()


async def test_what_happens_is_audited(world: ApiWorld, person: Account) -> None:
    album = await application(world, confidential=True)
    tokens = await album.tokens(person)
    await album.refresh(tokens["refresh_token"])
    await album.token("/oauth/revoke", token=tokens["access_token"])
    await album.decided(person, "deny")
    robot = await machine(world, Scope.RESULTS_READ)
    await robot.token(grant_type="client_credentials")
    robot.secret = "vds_" + "A" * 43
    await robot.token(grant_type="client_credentials")
    told = [(event.action, event.actor, event.subject) for event in await world.audited()]
    person_id, album_id, robot_id = str(person.id), album.client.id, robot.client.id
    assert told == [
        (Action.LOGGED_IN, person_id, person_id),
        (Action.CONSENT_GIVEN, person_id, album_id),
        (Action.CLIENT_SESSION_BEGUN, album_id, person_id),
        (Action.SESSION_REFRESHED, album_id, person_id),
        (Action.CLIENT_SESSION_ENDED, album_id, person_id),
        (Action.LOGGED_IN, person_id, person_id),
        (Action.CONSENT_REFUSED, person_id, album_id),
        (Action.CLIENT_SESSION_BEGUN, robot_id, robot_id),
        (Action.CLIENT_REFUSED, "anonymous", robot_id),
    ]


async def test_codes_tokens_and_secrets_are_kept_as_digests(world: ApiWorld, person: Account) -> None:
    album = await application(world, confidential=True)
    code = await album.code(person)
    tokens = (await album.exchange(code)).json()
    kept = repr([vars(store) for store in (world.oauth_grants, world.oauth_clients, world.sessions)])
    for secret in (code, tokens["access_token"], tokens["refresh_token"], album.secret):
        assert secret not in kept


async def test_while_a_store_is_away_the_answer_is_to_come_again(
    world: ApiWorld, album: Application, person: Account
) -> None:
    code = await album.code(person)
    world.oauth_grants.down = True
    answer = await album.exchange(code)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    world.oauth_grants.down = False
    assert (await album.exchange(code)).status_code == 200


async def test_a_client_without_refreshing_gets_no_refresh_token(world: ApiWorld, person: Account) -> None:
    brief = await application(world, grants=frozenset({Grant.AUTHORIZATION_CODE}))
    assert "refresh_token" not in await brief.tokens(person)
