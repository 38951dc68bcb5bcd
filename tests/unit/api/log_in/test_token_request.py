"""``vedette token`` sends a password to nobody who could be overheard, and tells in one line why there is no token."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from api.log_in.token_request import LoginFailed, local_address, request_token, secure_address
from infra.embedded.homes.ports import choose_ports
from infra.errors import ConfigurationError, TransientError
from infra.settings.api import ApiSettings

SECRET = "violet anchors drift slowly"  # noqa: S105 - made up


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """Run a web server that gives every log-in the same answer; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Keep the tests' output clean."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_token_is_returned() -> None:
    with answering(200, json.dumps({"access_token": "abc"}).encode()) as api:
        assert request_token(api, "ada@shop.example", SECRET) == "abc"


@pytest.mark.parametrize(
    ("status", "body", "headers", "told"),
    [
        (401, b'{"detail": "E-mail address or password are wrong."}', {}, "E-mail address or password are wrong."),
        (429, b'{"detail": "Too many."}', {"Retry_After": "7"}, "Too many. Try again in 7 s."),
        (502, b"<html>", {}, "status 502"),
        (200, b"<html>", {}, "no Vedette API"),
        (200, b"[]", {}, "no Vedette API"),
    ],
)
def test_why_there_is_no_token_is_one_line(status: int, body: bytes, headers: dict[str, str], told: str) -> None:
    with answering(status, body, **headers) as api, pytest.raises(LoginFailed, match=told) as refused:
        request_token(api, "ada@shop.example", SECRET)
    assert "\n" not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_where_no_api_answers_it_is_told_how_to_start_one() -> None:
    port = choose_ports(["api"], {})["api"]
    with pytest.raises(TransientError, match="vedette up --all"):
        request_token(f"http://127.0.0.1:{port}", "ada@shop.example", SECRET)


@pytest.mark.parametrize("api", ["http://shop.example", "http://10.0.0.7:8800", "http://127.0.0.1.evil.example"])
def test_a_password_is_sent_in_the_clear_to_this_machine_alone(api: str) -> None:
    with pytest.raises(ConfigurationError, match="https alone"):
        secure_address(api)


@pytest.mark.parametrize("api", ["shop.example", "ftp://shop.example", "", "https://", "http://[::1", "http://a:b:c"])
def test_what_is_no_address_of_an_api_is_refused(api: str) -> None:
    with pytest.raises(ConfigurationError, match="give an address such as"):
        secure_address(api)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8800"),  # noqa: S104 - read, not bound
        ("::1", "http://[::1]:8800"),
        ("localhost", "http://localhost:8800"),
    ],
)
def test_the_api_of_this_machine_is_found_by_its_settings(host: str, address: str) -> None:
    assert secure_address(local_address(ApiSettings(host=host))) == address
