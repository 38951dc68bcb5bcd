"""OAuth on real servers, by the command line and the API's own process."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from infra.embedded.platform import Platform
from tests.oauth_flow import FORM_TOKEN, challenge_of
from tests.platforms import eventually
from tests.served import PASSWORD, Served, served
from tests.stacks import RunningStack

BACK = "http://127.0.0.1:9/back"
VERIFIER = secrets.token_urlsafe(48)


@pytest.fixture(scope="module")
def api(stack: RunningStack) -> Iterator[Served]:
    Platform(stack.settings).migrate()
    with served(stack.settings) as api:
        yield api


def create_client(api: Served, *options: str) -> dict[str, str]:
    """Make a client by the command that administrators use; returns what it printed."""
    printed = Platform(api.settings).run("admin", "clients", "create", "Album", *options)
    return dict(line.split(": ", 1) for line in printed.splitlines())


def code_for(api: Served, client_id: str, email: str) -> str:
    """Log in and consent as a browser does."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    with httpx.Client(base_url=api.url, timeout=60) as browser:
        page = browser.get(f"/oauth/authorize?{urlencode(asked)}")
        sent = press(browser, page, "log-in", email=email, password=PASSWORD)
        answer = press(browser, browser.get(sent.headers["Location"]), "allow")
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def press(browser: httpx.Client, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
    found = FORM_TOKEN.search(page.text)
    assert found is not None, page.text
    answer = browser.post(page.url, data={"form_token": found[1], "action": action, **fields})
    assert answer.status_code == 303, answer.text
    return answer


def exchange(api: Served, client_id: str, code: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    return httpx.post(f"{api.url}/oauth/token", data=form, timeout=60)


def status(api: Served, token: str, path: str = "/v1/me") -> int:
    return httpx.get(f"{api.url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=60).status_code


def test_an_application_acts_for_a_person_until_they_withdraw_it(api: Served) -> None:
    email = api.create_account("oauth-shop")
    public = create_client(api, "--public", "--redirect-uri", BACK, "--scope", "profile:read")["client_id"]
    tokens = exchange(api, public, code_for(api, public, email)).json()
    assert status(api, tokens["access_token"]) == 200
    form = {"grant_type": "refresh_token", "client_id": public, "refresh_token": tokens["refresh_token"]}
    renewed = httpx.post(f"{api.url}/oauth/token", data=form, timeout=60).json()
    assert status(api, renewed["access_token"]) == 200
    with api.log_in(email) as person:
        assert [each["client_id"] for each in person.get("/v1/me/consents").json()["items"]] == [public]
        assert person.delete(f"/v1/me/consents/{public}").status_code == 204
    assert status(api, renewed["access_token"]) == 401


def test_of_many_who_exchange_one_code_at_once_none_keeps_a_token(api: Served) -> None:
    email = api.create_account("oauth-shop")
    public = create_client(api, "--native", "--redirect-uri", BACK, "--scope", "profile:read")["client_id"]
    code = code_for(api, public, email)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: exchange(api, public, code), range(6)))
    won = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    assert {status(api, token) for token in won} <= {401}


def test_a_client_acts_as_itself_until_the_command_line_revokes_it(api: Served) -> None:
    api.create_account("oauth-shop")
    options = ("--grant", "client_credentials", "--scope", "results:read", "--workspace", "oauth-shop")
    made = create_client(api, *options)
    form, auth = {"grant_type": "client_credentials"}, (made["client_id"], made["client_secret"])
    token = httpx.post(f"{api.url}/oauth/token", data=form, auth=auth, timeout=60).json()["access_token"]
    paths = ("/v1/images?owner=oauth-shop", "/v1/images?owner=another")
    assert [status(api, token, path) for path in paths] == [200, 403]
    platform = Platform(api.settings)
    assert made["client_id"] in platform.run("admin", "clients", "list")
    platform.run("admin", "clients", "revoke", made["client_id"])
    eventually(lambda: status(api, token, paths[0]) == 401)
    assert httpx.post(f"{api.url}/oauth/token", data=form, auth=auth, timeout=60).status_code == 401
