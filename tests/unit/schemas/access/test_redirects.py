"""Redirect URIs: which can be registered, and which are the same."""

import pytest

from schemas.access.redirects import is_same_redirect, validate_redirect

SERVERS = [
    "https://album.example",
    "https://album.example/",
    "https://album.example:8443/back?from=vedette",
    "http://127.0.0.1:8080/back",
    "http://[::1]/back",
    "http://localhost:3000/back",
]
PROGRAMS = ["com.example.album:/back", "com.example.album:/back/again?x=1"]
NOWHERE = [
    "",
    "album.example/back",
    "//album.example/back",
    "http://album.example/back",
    "https://ALBUM.example/back",
    "https://*.example/back",
    "https://album.example/*",
    "https://album.example/back#here",
    "https://ada@album.example/back",
    "https://album.example/../back",
    "https://album.example/a/%2e%2e/back",
    "https://album.example/ back",
    "https://album.example/back;form-action",
    "https://album.example/back\r\nSet-Cookie: a=b",
    "https://älbum.example/back",
    "https:///back",
    "https://",
    "javascript:alert(1)",
    "data:text/html,hello",
    "album:/back",
    "file:///etc/passwd",
    "http://127.0.0.1.thief.example/back",
    "https://album.example/" + "a" * 512,
]


@pytest.mark.parametrize("uri", SERVERS)
def test_addresses_of_servers_are_taken(uri: str) -> None:
    assert validate_redirect(uri, native=False) == validate_redirect(uri, native=True) == uri


@pytest.mark.parametrize("uri", PROGRAMS)
def test_a_programs_own_scheme_is_taken_for_programs_alone(uri: str) -> None:
    assert validate_redirect(uri, native=True) == uri
    with pytest.raises(ValueError, match="must be"):
        validate_redirect(uri, native=False)


@pytest.mark.parametrize("uri", NOWHERE)
def test_what_is_no_such_address_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        validate_redirect(uri, native=True)


def test_the_same_is_the_same_to_the_letter_but_for_a_programs_port() -> None:
    back, loopback = "https://album.example/back", "http://127.0.0.1/back"
    assert is_same_redirect(back, back, native=False)
    assert not is_same_redirect(back, back + "/", native=True)
    assert is_same_redirect(loopback, "http://127.0.0.1:49152/back", native=True)
    assert is_same_redirect("http://[::1]:1/back", "http://[::1]:49152/back", native=True)
    assert not is_same_redirect(loopback, "http://127.0.0.1:49152/back", native=False)
    assert not is_same_redirect(loopback, "http://[::1]:49152/back", native=True)
    assert not is_same_redirect("http://localhost/back", "http://localhost:49152/back", native=True)
    assert not is_same_redirect(back, "https://album.example:49152/back", native=True)
