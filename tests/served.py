"""The API as its own process, and accounts in it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx

from infra.embedded.homes.ports import answers, choose_ports
from infra.embedded.platform import Platform
from infra.settings.settings import Settings

PASSWORD = "violet anchors drift slowly"  # noqa: S105 - of accounts of this test run alone
START_TIMEOUT_S = 240
STOP_TIMEOUT_S = 240


class Served:
    """A running API, and the accounts of one test run."""

    def __init__(self, settings: Settings, url: str, process: "subprocess.Popen[bytes]") -> None:
        self.settings = settings
        self.url = url
        self.process = process

    def create_account(self, workspace: str, role: str = "user") -> str:
        """Create an account by the command that administrators use; returns its address."""
        email = f"{role}-{uuid4().hex[:8]}@{workspace}.example"
        account = ("--email", email, "--role", role, "--workspace", workspace, "--allow", f"s3://{workspace}-*/")
        Platform(self.settings).run("admin", "create", *account, environment={"VEDETTE_ADMIN_PASSWORD": PASSWORD})
        return email

    def log_in(self, email: str) -> httpx.Client:
        answer = httpx.post(f"{self.url}/v1/auth/token", json={"email": email, "password": PASSWORD}, timeout=60)
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)


@contextmanager
def served(settings: Settings, **more: str) -> Iterator[Served]:
    """Run ``vedette serve`` with ``more`` settings; at the end it must stop by itself when told to."""
    port = choose_ports(["api"], {})["api"]
    environment = {**os.environ, "VEDETTE_HOME": str(settings.home), "VEDETTE_API__PORT": str(port), **more}
    process = subprocess.Popen([sys.executable, "-m", "infra.cli", "serve"], env=environment)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(port):
            assert process.poll() is None, "vedette serve ended"
            assert time.monotonic() < deadline, "vedette serve does not listen"
            time.sleep(0.1)
        yield Served(settings, f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)
