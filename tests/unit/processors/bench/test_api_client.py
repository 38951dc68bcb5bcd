"""Logging in at the API, which is here a transport that answers as the real one does."""

import json

import httpx
import pytest

from processors.bench.api_client import LoginRefused, MeasuringAccount, log_in

ACCOUNT = MeasuringAccount("bench@vedette.example", "bench", "a long enough passphrase 7")


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path != "/v1/auth/token":
        return httpx.Response(200, json={"seen": request.headers.get("Authorization")})
    if json.loads(request.content)["password"] != ACCOUNT.password:
        return httpx.Response(401, json={"title": "Unauthorized"})
    return httpx.Response(200, json={"access_token": "t-1"})


@pytest.fixture
def api() -> httpx.Client:
    return httpx.Client(base_url="http://api", transport=httpx.MockTransport(answer))


def test_a_client_that_is_logged_in_carries_its_token(api: httpx.Client) -> None:
    log_in(api, ACCOUNT)

    assert api.get("/v1/results").json() == {"seen": "Bearer t-1"}


def test_a_refusal_names_the_account_and_never_the_password(api: httpx.Client) -> None:
    with pytest.raises(LoginRefused, match=r"refused bench@vedette\.example: 401") as refused:
        log_in(api, MeasuringAccount(ACCOUNT.email, ACCOUNT.workspace, "a wrong passphrase 9"))

    assert "wrong" not in str(refused.value)
    assert "passphrase" not in repr(ACCOUNT)
