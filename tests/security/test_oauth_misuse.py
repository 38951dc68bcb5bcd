"""Forged and misused OAuth requests: none gets a code or a token, and none sends a browser where it should not go."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from api.admission import coalescing
from api.security import alerts
from api.security.tokens.opaque_tokens import digest_of
from infra.settings.api import ApiSettings
from schemas.access.accounts import Account, Role, Scope
from schemas.access.credentials import Session
from schemas.access.oauth import Grant
from schemas.activity import Action, Alert, SecurityEvent
from tests import samples
from tests.api_world import PASSWORD, SHOP, ApiWorld
from tests.oauth_flow import BACK, STATE, Application, answer_in, application, challenge_of, machine

Ending = Callable[[ApiWorld, Account, Application], Awaitable[None]]

LOOPBACK = "http://127.0.0.1/back"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    world = ApiWorld(tmp_path)
    await world.add_workspace(SHOP)
    yield world
    world.passwords.close()


@pytest.fixture
async def person(world: ApiWorld) -> Account:
    return await world.add_account(Role.USER, SHOP)


@pytest.fixture
async def album(world: ApiWorld) -> Application:
    return await application(world)


# Addresses that are nearly those of the client: RFC 9700, section 4.1.
STRANGE_REDIRECTS = {
    "another host": "https://thief.example/back",
    "a longer path": f"{BACK}/../../thief",
    "one more segment": f"{BACK}/more",
    "a slash behind": f"{BACK}/",
    "a prefix": BACK[:-1],
    "another case of the path": "https://album.example/BACK",
    "another case of the host": "https://ALBUM.example/back",
    "another scheme": "http://album.example/back",
    "a port": "https://album.example:443/back",
    "a host before": "https://thief.example/https://album.example/back",
    "a user name": "https://album.example@thief.example/back",
    "a user name of ours": "https://thief@album.example/back",
    "a subdomain": "https://x.album.example/back",
    "a longer host": "https://album.example.thief.example/back",
    "a query": f"{BACK}?next=https://thief.example",
    "a fragment": f"{BACK}#thief",
    "an encoded letter": "https://album.example/%62ack",
    "an encoded slash": "https://album.example%2fback",
    "a backslash": "https://album.example\\@thief.example/back",
    "a space behind": f"{BACK} ",
    "a line break": f"{BACK}\r\nLocation: https://thief.example",
    "a script": "javascript:alert(1)//album.example/back",
    "data": "data:text/html,<script>alert(1)</script>",
    "without scheme": "//album.example/back",
    "a path alone": "/back",
    "empty": "",
    "loopback that is not registered": LOOPBACK,
}


@pytest.mark.parametrize("uri", STRANGE_REDIRECTS.values(), ids=STRANGE_REDIRECTS.keys())
async def test_a_strange_redirect_uri_is_told_to_the_person_and_leads_nowhere(album: Application, uri: str) -> None:
    answer = await album.open(redirect_uri=uri)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "<form" not in answer.text
    assert "<a" not in answer.text


async def test_neither_a_missing_redirect_uri_nor_an_unknown_client_leads_anywhere(album: Application) -> None:
    for changes in ({"redirect_uri": None}, {"client_id": "nobody"}, {"client_id": None}, {"client_id": "../x"}):
        for more in ({}, {"response_type": "token"}, {"code_challenge": None}):
            answer = await album.open(**changes, **more)
            assert (answer.status_code, "Location" in answer.headers) == (400, False)


async def test_a_revoked_client_asks_nobody(world: ApiWorld, album: Application) -> None:
    await world.oauth_clients.revoke_client(album.client.id, datetime.now(UTC))
    answer = await album.open()
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


LOOPBACK_NEARLY = {
    "another path": "http://127.0.0.1:5000/other",
    "another address": "http://127.0.0.2:5000/back",
    "a name": "http://localhost:5000/back",
    "https": "https://127.0.0.1:5000/back",
    "a user name": "http://127.0.0.1:5000@thief.example/back",
    "a port that is none": "http://127.0.0.1:x/back",
    "a port that is too long": "http://127.0.0.1:500000/back",
    "another form of the address": "http://2130706433:5000/back",
    "a host that begins so": "http://127.0.0.1.thief.example/back",
}


@pytest.mark.parametrize("uri", LOOPBACK_NEARLY.values(), ids=LOOPBACK_NEARLY.keys())
async def test_of_a_loopback_address_the_port_alone_may_differ(world: ApiWorld, uri: str) -> None:
    program = await application(world, native=True, redirect_uris=(LOOPBACK,))
    assert (await program.open(redirect_uri="http://127.0.0.1:5000/back")).status_code == 200
    assert (await program.open(redirect_uri=uri)).status_code == 400


async def test_a_client_that_is_no_native_program_has_no_other_ports(world: ApiWorld) -> None:
    server = await application(world, redirect_uris=(LOOPBACK,))
    assert (await server.open(redirect_uri="http://127.0.0.1:5000/back")).status_code == 400


UNSOUND = {
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "no challenge and no method": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "a plain challenge": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no method, which means plain": ({"code_challenge_method": None}, "invalid_request"),
    "a method in other letters": ({"code_challenge_method": "s256"}, "invalid_request"),
    "a challenge that is too short": ({"code_challenge": "short"}, "invalid_request"),
    "a scope that is none": ({"scope": "everything"}, "invalid_scope"),
    "a scope that is not the client's": ({"scope": "accounts:admin"}, "invalid_scope"),
    "the scope of log-ins": ({"scope": "account"}, "invalid_scope"),
    "the implicit grant": ({"response_type": "token"}, "unsupported_response_type"),
    "a hybrid": ({"response_type": "code token"}, "unsupported_response_type"),
    "no response type": ({"response_type": None}, "unsupported_response_type"),
}


@pytest.mark.parametrize(("changes", "error"), UNSOUND.values(), ids=UNSOUND.keys())
async def test_an_unsound_request_is_told_to_the_client_with_its_state_and_our_name(
    album: Application, changes: dict[str, str | None], error: str
) -> None:
    answer = await album.open(**changes)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{BACK}?")
    told = answer_in(answer.headers["Location"])
    assert (told["error"], told["state"], told["iss"]) == (error, STATE, "http://127.0.0.1:8800")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "code_challenge", "response_type"])
async def test_a_parameter_that_is_given_twice_leads_nowhere(album: Application, name: str) -> None:
    query = urlencode(album.asks()) + f"&{name}={quote(album.asks()[name])}"
    answer = await album.browser.get(f"/oauth/authorize?{query}")
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize("value", ["ä", "\x00", "a\nb", 'a"b', "a\\b", "a" * 2049])
@pytest.mark.parametrize("name", ["client_id", "scope", "response_type", "code_challenge", "redirect_uri"])
async def test_odd_characters_are_refused_and_break_nothing(album: Application, name: str, value: str) -> None:
    assert (await album.open(**{name: value})).status_code == 400
    bad = await album.browser.get("/oauth/authorize?client_id=%ff%fe&" + "x=1&" * 100)
    assert bad.status_code == 400


async def test_what_a_client_calls_itself_is_text_and_no_html(world: ApiWorld, person: Account) -> None:
    bold = await application(world, name="<script>alert(1)</script>\"'&")
    for page in (await bold.open(), await bold.log_in(person)):
        assert "<script" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;" in page.text


async def test_pages_cannot_be_framed_run_no_scripts_and_are_not_kept(album: Application, person: Account) -> None:
    pages = [await album.open(), await album.log_in(person), await album.open(client_id="nobody")]
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert (page.headers["X-Frame-Options"], page.headers["Cache-Control"]) == ("DENY", "no-store")
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "script" not in policy + page.text
    assert "form-action 'self' https:;" in pages[1].headers["Content-Security-Policy"]
    assert "form-action 'self';" in pages[0].headers["Content-Security-Policy"]


async def test_a_form_of_another_site_decides_nothing(world: ApiWorld, album: Application, person: Account) -> None:
    question = await album.log_in(person)
    forged = [
        {"action": "allow"},
        {"action": "allow", "form_token": ""},
        {"action": "allow", "form_token": "0" * 64},
        {"action": "allow", "form_token": "ä"},
        {"action": "log-in", "email": person.email, "password": PASSWORD},
    ]
    for form in forged:
        assert (await album.browser.post(question.url, data=form)).status_code == 403
    token = re.findall(r'name="form_token" value="([0-9a-f]+)"', question.text)[0]
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    sent = await album.browser.post(question.url, data={"action": "allow", "form_token": token}, headers=elsewhere)
    assert sent.status_code == 403
    assert world.oauth_grants.consents == {}


async def test_the_form_of_one_browser_counts_in_no_other(world: ApiWorld, album: Application, person: Account) -> None:
    question = await album.log_in(person)
    thief = Application(world, album.client, verifier=album.verifier)
    await thief.open()
    assert (await thief.press(question, "allow")).status_code == 403
    assert world.oauth_grants.codes == {}


async def test_a_cookie_that_somebody_set_before_the_log_in_opens_nothing_after_it(
    world: ApiWorld, album: Application, person: Account
) -> None:
    await album.open()
    planted = dict(album.browser.cookies)
    await album.log_in(person)
    assert dict(album.browser.cookies) != planted
    thief = world.client()
    thief.cookies.update(planted)
    assert "Log in to Vedette" in (await thief.get(f"/oauth/authorize?{urlencode(album.asks())}")).text


async def test_pressing_a_button_that_there_is_not_allows_nothing(album: Application, person: Account) -> None:
    for action in ("", "Allow", "log-out"):
        assert (await album.decided(person, action))["error"] == "access_denied"


MALFORMED = {
    "json": ({"content": b'{"grant_type": "refresh_token"}', "headers": {"Content-Type": "application/json"}}),
    "multipart": ({"files": {"grant_type": "refresh_token"}}),
    "no body": ({}),
    "no utf-8": ({"content": b"grant_type=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
    "too many": ({"content": b"a=1&" * 99, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
    "a quote": ({"data": {"grant_type": '"', "client_id": "x"}}),
    "no letters": ({"data": {"grant_type": "ü", "client_id": "x"}}),
}


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_request_is_told_in_the_protocols_own_words(
    world: ApiWorld, path: str, sent: dict[str, object]
) -> None:
    async with world.client() as client:
        answer = await client.post(path, **sent)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code", ""])
async def test_grants_that_are_none_of_ours_give_nothing(album: Application, grant: str) -> None:
    answer = await album.token(grant_type=grant, username="ada@shop.example", password=PASSWORD)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


WRONG_EXCHANGES = {
    "no verifier": {"code_verifier": None},
    "another verifier": {"code_verifier": "v" * 43},
    "the challenge as verifier": {"code_verifier": challenge_of("v" * 43)},
    "a short verifier": {"code_verifier": "short"},
    "an empty verifier": {"code_verifier": ""},
    "no redirect uri": {"redirect_uri": None},
    "another redirect uri": {"redirect_uri": f"{BACK}/"},
    "no code": {"code": None},
    "half a code": {"code": "vdc_"},
    "another code": {"code": "vdc_" + "A" * 43},
}


@pytest.mark.parametrize("confidential", [False, True])
@pytest.mark.parametrize("changes", WRONG_EXCHANGES.values(), ids=WRONG_EXCHANGES.keys())
async def test_a_wrong_exchange_gives_nothing_and_costs_nothing(
    world: ApiWorld, person: Account, changes: dict[str, str | None], confidential: bool
) -> None:
    album = await application(world, confidential=confidential)
    code = await album.code(person)
    answer = await album.exchange(code, **changes)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_grant", "invalid_request"}
    assert world.sessions.sessions == {}
    assert (await album.exchange(code)).status_code == 200, "who guesses uses nothing up"


async def test_the_verifier_is_needed_even_where_the_secret_is_shown(world: ApiWorld, person: Account) -> None:
    album = await application(world, confidential=True)
    assert (await album.exchange(await album.code(person), code_verifier=None)).status_code == 400


async def test_a_code_of_one_client_is_nothing_to_another(world: ApiWorld, person: Account) -> None:
    album, thief = await application(world), await application(world)
    thief.verifier = album.verifier
    code = await album.code(person)
    answer = await thief.exchange(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await album.exchange(code)).status_code == 200


async def test_a_code_lasts_a_minute(world: ApiWorld, album: Application, person: Account) -> None:
    code = await album.code(person)
    [kept] = world.oauth_grants.codes.values()
    late = kept.model_copy(update={"issued_at": kept.issued_at - timedelta(seconds=60)})
    world.oauth_grants.codes[digest_of(code)] = late
    assert (await album.exchange(code)).json()["error"] == "invalid_grant"
    almost = kept.model_copy(update={"issued_at": kept.issued_at - timedelta(seconds=30)})
    world.oauth_grants.codes[digest_of(code)] = almost
    assert (await album.exchange(code)).status_code == 200


async def test_a_code_that_is_used_again_gives_nothing_and_ends_what_it_gave(
    world: ApiWorld, album: Application, person: Account
) -> None:
    code = await album.code(person)
    tokens = (await album.exchange(code)).json()
    assert await album.status(tokens["access_token"]) == 200
    again = await album.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert await album.status(tokens["access_token"]) == 401
    assert (await album.refresh(tokens["refresh_token"])).status_code == 400
    assert Action.CODE_REUSED in [event.action for event in await world.audited()]


async def test_a_used_code_begins_no_session_even_for_a_moment(
    album: Application, world: ApiWorld, person: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await album.code(person)
    assert (await album.exchange(code)).status_code == 200
    begun: list[Session] = []

    async def begin(session: Session, _refresh: bytes | None) -> None:
        begun.append(session)

    monkeypatch.setattr(world.sessions, "begin", begin)
    assert (await album.exchange(code)).status_code == 400
    assert begun == []


async def test_a_used_code_without_its_verifier_ends_nothing(album: Application, person: Account) -> None:
    code = await album.code(person)
    tokens = (await album.exchange(code)).json()
    for changes in ({"code_verifier": "v" * 43}, {"redirect_uri": "https://thief.example/"}):
        assert (await album.exchange(code, **changes)).status_code == 400
    assert await album.status(tokens["access_token"]) == 200


async def test_of_many_exchanges_at_once_none_keeps_a_token(album: Application, person: Account) -> None:
    code = await album.code(person)
    answers = await asyncio.gather(*(album.exchange(code) for _ in range(6)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    for tokens in won:
        assert await album.status(tokens["access_token"]) == 401
        assert (await album.refresh(tokens["refresh_token"])).status_code == 400


async def test_a_refresh_token_that_is_used_again_ends_the_whole_family(
    world: ApiWorld, album: Application, person: Account
) -> None:
    first = await album.tokens(person)
    second = (await album.refresh(first["refresh_token"])).json()
    again = await album.refresh(first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    for tokens in (first, second):
        assert await album.status(tokens["access_token"]) == 401
    assert (await album.refresh(second["refresh_token"])).status_code == 400
    assert Action.REFRESH_REUSED in [event.action for event in await world.audited()]


async def test_of_many_refreshes_at_once_none_keeps_a_token(album: Application, person: Account) -> None:
    first = await album.tokens(person)
    answers = await asyncio.gather(*(album.refresh(first["refresh_token"]) for _ in range(6)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    for tokens in won:
        assert await album.status(tokens["access_token"]) == 401


@pytest.mark.parametrize("scope", ["results:read images:write", "accounts:admin", "account", "everything"])
async def test_a_refresh_raises_no_scope(album: Application, person: Account, scope: str) -> None:
    tokens = await album.tokens(person, scope="results:read")
    answer = await album.refresh(tokens["refresh_token"], scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert (await album.refresh(tokens["refresh_token"])).status_code == 200


async def test_refresh_tokens_are_good_for_their_own_client_and_place_alone(
    world: ApiWorld, person: Account, album: Application
) -> None:
    thief = await application(world)
    tokens = await album.tokens(person)
    assert (await thief.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    async with world.client() as client:
        body = {"refresh_token": tokens["refresh_token"]}
        assert (await client.post("/v1/auth/refresh", json=body)).status_code == 401
        log_in = await client.post("/v1/auth/token", json={"email": person.email, "password": PASSWORD})
    assert (await album.refresh(log_in.json()["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await album.refresh(tokens["access_token"])).json()["error"] == "invalid_grant"
    assert (await album.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_client_ends_neither_anothers_session_nor_a_persons_log_in(
    world: ApiWorld, person: Account, album: Application
) -> None:
    thief = await application(world)
    tokens = await album.tokens(person)
    for name in ("access_token", "refresh_token"):
        assert (await thief.token("/oauth/revoke", token=tokens[name])).json()["error"] == "invalid_grant"
    log_in = await world.token_of(person)
    assert (await album.token("/oauth/revoke", token=log_in)).status_code == 200
    assert await album.status(log_in) == await album.status(tokens["access_token"]) == 200


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


async def test_a_client_says_in_one_way_and_rightly_who_it_is(world: ApiWorld) -> None:
    robot, other, public = (
        await machine(world, Scope.RESULTS_READ),
        await machine(world, Scope.RESULTS_READ),
        await application(world),
    )
    name, secret = robot.client.id, robot.secret or ""
    good = basic(name, secret)
    attempts: list[tuple[str | None, dict[str, str], int]] = [
        (good, {}, 200),
        (good, {"client_id": name}, 200),
        (None, {"client_id": name, "client_secret": secret}, 200),
        (None, {}, 401),
        (None, {"client_id": name}, 401),
        (None, {"client_id": name, "client_secret": ""}, 401),
        (None, {"client_id": name, "client_secret": secret[:-1]}, 401),
        (None, {"client_id": name, "client_secret": secret + "A"}, 401),
        (None, {"client_id": name, "client_secret": other.secret or ""}, 401),
        (None, {"client_id": other.client.id, "client_secret": secret}, 401),
        (None, {"client_id": public.client.id}, 401),
        (None, {"client_id": public.client.id, "client_secret": secret}, 401),
        (good, {"client_id": other.client.id}, 400),
        (good, {"client_secret": secret}, 400),
        (good, {"client_id": name, "client_secret": secret}, 400),
        (basic(name, "wrong"), {}, 401),
        (basic("nobody", secret), {}, 401),
        (basic(name, ""), {}, 401),
        ("Basic", {}, 401),
        ("Basic !!!", {}, 401),
        ("Basic " + base64.b64encode(b"\xff\xfe:x").decode(), {}, 401),
        ("Basic " + base64.b64encode(name.encode()).decode(), {}, 401),
        (f"Bearer {secret}", {"client_id": name, "client_secret": secret}, 401),
    ]
    for header, form, status in attempts:
        headers = {} if header is None else {"Authorization": header}
        async with world.client() as client:
            answer = await client.post(
                "/oauth/token", data={"grant_type": "client_credentials", **form}, headers=headers
            )
        assert (answer.status_code == 200) == (status == 200), (header, form, answer.text)
        if status == 401:
            assert answer.json()["error"] == "invalid_client"
            assert set(answer.json()) <= {"error", "error_description"}
            assert answer.status_code in (400, 401)
            assert header is None or answer.headers["WWW-Authenticate"].startswith("Basic")


async def test_an_unknown_client_and_a_wrong_secret_are_one_answer(world: ApiWorld) -> None:
    robot = await machine(world, Scope.RESULTS_READ)
    answers = []
    for name in (robot.client.id, "nobody"):
        async with world.client() as client:
            form = {"grant_type": "client_credentials"}
            answers.append(await client.post("/oauth/token", data=form, auth=(name, "vds_" + "A" * 43)))
    assert (answers[0].status_code, answers[0].content) == (answers[1].status_code, answers[1].content)


async def test_a_client_uses_no_grant_that_it_was_not_given(world: ApiWorld, person: Account) -> None:
    robot = await machine(world, Scope.RESULTS_READ)
    album = await application(world, confidential=True, grants=frozenset({Grant.AUTHORIZATION_CODE}))
    assert (await robot.open(redirect_uri=BACK)).status_code == 400
    assert (await album.token(grant_type="client_credentials")).json()["error"] == "unauthorized_client"
    assert (await album.refresh("vdo_" + "A" * 43)).json()["error"] == "unauthorized_client"
    assert (await robot.token(grant_type="authorization_code", code="x", redirect_uri=BACK)).json()[
        "error"
    ] == "unauthorized_client"


@pytest.mark.parametrize("scope", ["accounts:admin", "profile:read", "account", "everything"])
async def test_a_client_that_acts_as_itself_gets_no_scope_that_it_was_not_given(world: ApiWorld, scope: str) -> None:
    robot = await machine(world, Scope.RESULTS_READ, Scope.PROFILE_READ)
    answer = await robot.token(grant_type="client_credentials", scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def end_account(world: ApiWorld, person: Account, _album: Application) -> None:
    async with await world.client_of(person) as client:
        assert (await client.post("/v1/me/close", json={"password": PASSWORD})).status_code == 204


async def end_log_ins(world: ApiWorld, person: Account, _album: Application) -> None:
    async with await world.log_in(Role.ADMIN) as admin:
        assert (await admin.delete(f"/v1/accounts/{person.id}/sessions")).status_code == 204


async def revoke_client(world: ApiWorld, _person: Account, album: Application) -> None:
    async with await world.log_in(Role.ADMIN) as admin:
        assert (await admin.delete(f"/v1/clients/{album.client.id}")).status_code == 204


async def withdraw_consent(world: ApiWorld, person: Account, album: Application) -> None:
    async with await world.client_of(person) as client:
        assert (await client.delete(f"/v1/me/consents/{album.client.id}")).status_code == 204


ENDINGS: list[Ending] = [end_account, end_log_ins, revoke_client, withdraw_consent]


@pytest.mark.parametrize("end", ENDINGS)
async def test_what_ends_a_clients_right_ends_it_at_once(
    world: ApiWorld, album: Application, person: Account, end: Ending
) -> None:
    tokens, pending = await album.tokens(person), await album.code(person)
    assert await album.status(tokens["access_token"]) == 200
    await end(world, person, album)
    assert await album.status(tokens["access_token"]) == 401
    assert (await album.refresh(tokens["refresh_token"])).status_code in (400, 401)
    assert (await album.exchange(pending)).status_code in (400, 401)


@pytest.mark.virtual_time
@pytest.mark.parametrize("end", [revoke_client, withdraw_consent])
async def test_in_another_process_it_ends_within_two_seconds(
    world: ApiWorld, album: Application, person: Account, end: Ending, tmp_path: Path
) -> None:
    other = ApiWorld(
        tmp_path,
        key=world.key,
        accounts=world.accounts,
        sessions=world.sessions,
        oauth_clients=world.oauth_clients,
        oauth_grants=world.oauth_grants,
    )
    token = (await album.tokens(person))["access_token"]
    elsewhere = Application(other, album.client)
    assert await elsewhere.status(token) == 200
    await end(world, person, album)
    await asyncio.sleep(coalescing.REMEMBERED_S)
    assert await elsewhere.status(token) == 401
    other.passwords.close()


async def test_a_consent_that_is_given_anew_revives_nothing(
    world: ApiWorld, album: Application, person: Account
) -> None:
    old = await album.tokens(person)
    await withdraw_consent(world, person, album)
    new = await album.tokens(person)
    assert [await album.status(tokens["access_token"]) for tokens in (old, new)] == [401, 200]
    assert (await album.refresh(old["refresh_token"])).status_code == 400


async def test_a_revoked_clients_own_token_counts_no_longer(world: ApiWorld, person: Account) -> None:
    robot = await machine(world, Scope.RESULTS_READ)
    token = (await robot.token(grant_type="client_credentials")).json()["access_token"]
    assert await robot.status(token, "/v1/workspaces") == 200
    await revoke_client(world, person, robot)
    assert await robot.status(token, "/v1/workspaces") == 401
    refused = await robot.token(grant_type="client_credentials")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_a_client_whose_scopes_were_narrowed_does_less_at_once(
    world: ApiWorld, album: Application, person: Account
) -> None:
    token = (await album.tokens(person))["access_token"]
    assert await album.status(token) == 200
    async with await world.log_in(Role.ADMIN) as admin:
        changed = await admin.patch(f"/v1/clients/{album.client.id}", json={"scopes": ["results:read"]})
    assert changed.status_code == 200
    assert [await album.status(token, path) for path in ("/v1/me", "/v1/images")] == [403, 200]


@pytest.mark.parametrize("path", ["/v1/me/consents", "/v1/api-keys", "/v1/accounts", "/v1/clients"])
async def test_no_client_does_what_takes_a_log_in_whatever_it_was_given(world: ApiWorld, path: str) -> None:
    admin = await world.add_account(Role.ADMIN)
    scopes = frozenset({Scope.RESULTS_READ, Scope.PROFILE_READ})
    reader = await application(world, scopes=scopes)
    assert await reader.status((await reader.tokens(admin))["access_token"], path) == 403


async def consented_session(world: ApiWorld, person: Account, album: Application) -> Session:
    """Begin what a client has for a person who let it read results."""
    consent = await world.oauth_grants.give_consent(samples.consent(account_id=person.id, client_id=album.client.id))
    session = samples.session(
        account_id=person.id,
        generation=person.generation,
        client_id=album.client.id,
        consent_id=consent.id,
        scopes=frozenset({Scope.RESULTS_READ}),
    )
    await world.sessions.begin(session, None)
    return session


async def test_a_token_that_names_another_client_or_none_is_no_token(world: ApiWorld, person: Account) -> None:
    album, thief = await application(world), await application(world)
    session = await consented_session(world, person, album)
    good = world.tokens.sign_for_client(session, person, [Scope.RESULTS_READ])
    as_thief = session.model_copy(update={"client_id": thief.client.id})
    forged = [
        world.tokens.sign_for_client(as_thief, person, [Scope.RESULTS_READ]),
        world.tokens.sign(person, session.id),
    ]
    person_session = samples.session(account_id=person.id, generation=person.generation)
    await world.sessions.begin(person_session, None)
    forged.append(
        world.tokens.sign_for_client(
            person_session.model_copy(update={"client_id": album.client.id}), person, list(Scope)
        )
    )
    path = "/v1/workspaces"
    assert await album.status(good, path) == 200
    assert [await album.status(token, path) for token in forged] == [401, 401, 401]


async def test_a_token_for_more_than_its_session_does_no_more(world: ApiWorld, person: Account) -> None:
    album = await application(world)
    session = await consented_session(world, person, album)
    token = world.tokens.sign_for_client(session, person, list(Scope))
    assert [await album.status(token, path) for path in ("/v1/images", "/v1/me", "/v1/api-keys")] == [200, 403, 403]


async def test_answers_with_tokens_are_not_kept(album: Application, person: Account) -> None:
    answer = await album.exchange(await album.code(person))
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_log_holds_no_code_and_no_token(
    album: Application, person: Account, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    code = await album.code(person)
    tokens = (await album.exchange(code)).json()
    logged = caplog.text + "".join(capsys.readouterr())
    assert "oauth" in logged
    for secret in (code, tokens["access_token"], tokens["refresh_token"], album.verifier, PASSWORD):
        assert secret not in logged


NAMELESS = {
    "nobody": (None, {}),
    "an empty name": (None, {"client_id": ""}),
    "an empty name with a secret": (None, {"client_id": "", "client_secret": "x"}),
    "Basic without a name": (basic("", "x"), {}),
    "Basic without anything": (basic("", ""), {}),
    "Basic beyond ASCII": ("Basic \u00e9\u00e9\u00e9=".encode("latin-1"), {}),
    "another way": ("Digest x", {}),
}


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize(("header", "form"), NAMELESS.values(), ids=NAMELESS.keys())
async def test_who_names_no_client_is_refused_as_one(
    world: ApiWorld, path: str, header: str | bytes | None, form: dict[str, str]
) -> None:
    async with world.client() as client:
        headers = {} if header is None else {"Authorization": header}
        sent = {"grant_type": "client_credentials", "token": "x", **form}
        answer = await client.post(path, data=sent, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert await world.audited() == []


async def test_an_empty_client_asks_nobody(album: Application) -> None:
    assert (await album.open(client_id="")).status_code == 400


@pytest.mark.parametrize("email", ["", "   "])
async def test_a_log_in_without_an_address_is_a_wrong_one(world: ApiWorld, album: Application, email: str) -> None:
    blank = await album.press(await album.open(), "log-in", email=email, password=PASSWORD)
    wrong = await album.press(await album.open(), "log-in", email="nobody@shop.example", password=PASSWORD)
    assert (blank.status_code, blank.text) == (wrong.status_code, wrong.text)
    assert blank.status_code == 403
    assert [event.action for event in await world.audited()] == [Action.LOG_IN_FAILED] * 2


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize("name", ["token", "refresh_token", "code", "client_id", "client_secret", "code_verifier"])
async def test_half_a_character_in_a_form_is_told_to_the_client(
    world: ApiWorld, album: Application, path: str, name: str
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with world.client() as client:
        content = f"client_id={album.client.id}&grant_type=refresh_token&{name}=%ED%A0%80".encode()
        answer = await client.post(path, content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_half_a_character_in_the_log_ins_form_is_told_to_the_person(album: Application) -> None:
    page = await album.open()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await album.browser.post(page.url, content=b"password=%ED%A0%80", headers=headers)).status_code == 400


async def test_a_clients_refusals_are_recorded_once_for_each_network_in_a_quarter_of_an_hour(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(alerts.time, "monotonic", lambda: now)
    robot, other = await machine(world, Scope.RESULTS_READ), await machine(world, Scope.RESULTS_READ)

    async def guess(name: str, address: str) -> None:
        async with world.client(address=address) as client:
            for path in ("/oauth/token", "/oauth/revoke"):
                form = {"grant_type": "client_credentials", "token": "x"}
                assert (await client.post(path, data=form, auth=(name, "guess"))).status_code == 401

    for name, address in [(robot.client.id, "198.51.100.7")] * 3 + [
        (robot.client.id, "203.0.113.9"),
        (other.client.id, "203.0.113.9"),
        ("nobody", "203.0.113.9"),
    ]:
        await guess(name, address)
    expected = [(robot.client.id, "198.51.100.7"), (robot.client.id, "203.0.113.9"), (other.client.id, "203.0.113.9")]
    assert [(event.subject, event.address) for event in await world.audited()] == expected
    now += alerts.QUIET_S
    await guess(robot.client.id, "198.51.100.7")
    assert [(event.subject, event.address) for event in await world.audited()] == [*expected, expected[0]]


@pytest.fixture
async def scarce(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """An API that lets each caller send three requests, and each log-in fail twice."""
    settings = ApiSettings(requests_per_s=0.001, request_burst=3, log_in_failures=2)
    world = ApiWorld(tmp_path, api=settings)
    await world.add_workspace(SHOP)
    yield world
    world.passwords.close()


async def test_a_client_gets_so_many_tokens_for_itself_as_it_may_send_requests(scarce: ApiWorld) -> None:
    robot, other = await machine(scarce, Scope.RESULTS_READ), await machine(scarce, Scope.RESULTS_READ)
    answers = [await robot.token(grant_type="client_credentials") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit"].startswith('"requests";r=2;t=')
    assert answers[3].headers["RateLimit"].startswith('"requests";r=0;t=')
    assert int(answers[3].headers["Retry-After"]) > 0
    assert answers[3].json()["reason"] == "rate"
    assert len(scarce.sessions.sessions) == len(await scarce.audited()) == 3
    assert await robot.status(answers[0].json()["access_token"], "/v1/workspaces") == 429, "they share one limit"
    assert (await other.token(grant_type="client_credentials")).status_code == 200


async def test_a_refresh_that_is_too_many_uses_nothing_up(scarce: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    album = await application(scarce)
    tokens = await album.tokens(await scarce.add_account(Role.USER, SHOP))
    for _ in range(3):
        tokens = (await album.refresh(tokens["refresh_token"])).json()
    refused = await album.refresh(tokens["refresh_token"])
    assert (refused.status_code, refused.json()["reason"]) == (429, "rate")
    assert refused.headers["RateLimit-Policy"].startswith('"requests";q=3;')
    monkeypatch.setattr(scarce.app.state.rate_limits, "_per_s", 1e9)
    assert (await album.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_refresh_that_is_too_many_uses_no_log_in_up(scarce: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await scarce.add_account(Role.USER, SHOP)
    async with scarce.client() as client:
        body = {"email": person.email, "password": PASSWORD}
        token = (await client.post("/v1/auth/token", json=body)).json()["refresh_token"]
        for _ in range(3):
            answer = await client.post("/v1/auth/refresh", json={"refresh_token": token})
            token = answer.json()["refresh_token"]
        assert answer.headers["RateLimit"].startswith('"requests";r=0;t=')
        refused = await client.post("/v1/auth/refresh", json={"refresh_token": token})
        assert (refused.status_code, refused.json()["reason"]) == (429, "rate")
        monkeypatch.setattr(scarce.app.state.rate_limits, "_per_s", 1e9)
        assert (await client.post("/v1/auth/refresh", json={"refresh_token": token})).status_code == 200


async def alerts_of(world: ApiWorld) -> list[tuple[Alert, str, str | None]]:
    told = [event for event in await world.told() if isinstance(event, SecurityEvent)]
    return [(event.alert, event.subject, event.address) for event in told]


async def test_guessing_on_the_log_in_page_is_told_and_turned_away_with_a_time(scarce: ApiWorld) -> None:
    album, person = await application(scarce), await scarce.add_account(Role.USER, SHOP)
    pages = [await album.log_in(person, "guess after guess after guess") for _ in range(4)]
    assert [page.status_code for page in pages] == [403, 403, 429, 429]
    assert pages[2].headers["Retry-After"] == "900"
    [(alert, subject, address)] = await alerts_of(scarce)
    assert (alert, address) == (Alert.BRUTE_FORCE, "127.0.0.1")
    failed = await scarce.audited()
    assert [(event.action, event.subject) for event in failed] == [(Action.LOG_IN_FAILED, subject)] * 2


async def test_a_clients_refresh_token_that_is_used_again_is_told(
    world: ApiWorld, album: Application, person: Account
) -> None:
    tokens = await album.tokens(person)
    for _ in range(2):
        await album.refresh(tokens["refresh_token"])
    assert await alerts_of(world) == [(Alert.REFRESH_REUSED, str(person.id), "127.0.0.1")]


@pytest.mark.parametrize("hint", ["", "id_token", "urn:ietf:params:oauth:token-type:saml2", "access_token"])
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
async def test_a_hint_that_is_wrong_or_none_of_ours_keeps_no_token_alive(
    album: Application, person: Account, hint: str, name: str
) -> None:
    tokens = await album.tokens(person)
    answer = await album.token("/oauth/revoke", token=tokens[name], token_type_hint=hint)
    assert answer.status_code == 200
    assert await album.status(tokens["access_token"]) == 401
    missing = await album.token("/oauth/revoke", token_type_hint=hint)
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
