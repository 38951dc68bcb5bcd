"""compose.yaml as it stands, built by the real Dockerfile: a picture published there is recognised, stored and found.

Kibana and the service that fills it are left out: ``tests/containers/run.sh`` says what stands in for what.
"""

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

import infra
from tests.containers.stand_ins import LABEL
from tests.platforms import PASSWORD, eventually
from tests.stacks import ELASTICSEARCH_IMAGE

COMPOSE_FILE = Path(infra.__file__).parent / "deploy" / "compose.yaml"
SERVERS = ("kafka", "cassandra", "elasticsearch")
OURS = ("recognise", "store", "index", "audit", "activity", "webhooks", "api")
SERVICES = (*SERVERS, "cassandra-account", "elasticsearch-accounts", "migrate", *OURS)
PASSWORDS = (
    *("VEDETTE_CASSANDRA__PASSWORD", "CASSANDRA_ADMIN_PASSWORD"),
    *("VEDETTE_ELASTICSEARCH__PASSWORD", "ELASTIC_PASSWORD", "KIBANA_PASSWORD"),
)
PICTURES = "/opt/vedette/lib/python3.11/site-packages/processors/pictures"
API = "http://127.0.0.1:8800"
START_TIMEOUT_S = 1500
ANSWER_TIMEOUT_S = 120
EMAIL = "operator@shop.example"

# The first test waits for the image to be built.
pytestmark = pytest.mark.timeout(START_TIMEOUT_S + 4 * ANSWER_TIMEOUT_S)


class Deployment:
    """The services of compose.yaml, and what a person at that machine can do with them."""

    def __init__(self, extra: Path) -> None:
        files = ["--file", str(COMPOSE_FILE), "--file", str(extra)]
        self._command = [*os.environ.get("COMPOSE", "docker compose").split(), "--project-name", "vedette-test", *files]
        self._environment = {**os.environ, **{name: secrets.token_hex(16) for name in PASSWORDS}}

    def compose(self, *arguments: str, check: bool = True, **environment: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments],
            env={**self._environment, **environment},
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        assert not check or done.returncode == 0, f"{done.stderr}\n{self.logs()}"
        return done.stdout

    def vedette(self, *arguments: str, **environment: str) -> str:
        """Run a command in the API's container; ``environment`` is handed on to it."""
        handed = [part for name in environment for part in ("--env", name)]
        return self.compose("exec", "--no-TTY", *handed, "api", "vedette", *arguments, **environment)

    def logs(self) -> str:
        done = subprocess.run(
            [*self._command, "logs", "--no-color", "--tail", "60"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def states(self) -> dict[str, Any]:
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        return {service["Service"]: service for service in map(orjson.loads, lines)}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """All services but Kibana's, up and ready; removed with their data at the end."""
    # The pictures that come with the platform are the only ones in its containers.
    extra = tmp_path_factory.mktemp("compose") / "pictures.json"
    sources = {"environment": {"VEDETTE_SOURCES__FILE_ROOTS": PICTURES}}
    services: dict[str, Any] = {"recognise": sources, "api": sources}
    if is_stand_in(ELASTICSEARCH_IMAGE):
        # It has no security, and so no accounts.
        services["elasticsearch-accounts"] = {"entrypoint": ["true"]}
    extra.write_bytes(orjson.dumps({"services": services}))
    deployment = Deployment(extra)
    try:
        deployment.compose("up", "--detach", "--build", "--quiet-pull", *SERVICES)
        eventually(api_is_ready, timeout_s=ANSWER_TIMEOUT_S)
        yield deployment
    finally:
        deployment.compose("down", "--volumes", "--timeout", "30", check=False)


def is_stand_in(image: str) -> bool:
    shown = subprocess.run(
        ["docker", "image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image],
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout.strip() == "vedette"


@pytest.fixture(scope="module")
def client(deployment: Deployment) -> Iterator[httpx.Client]:
    """An account made by the administrators' command, logged in through the published port."""
    deployment.vedette(
        *("admin", "create", "--email", EMAIL, "--workspace", "shop", "--allow", f"file://{PICTURES}/"),
        VEDETTE_ADMIN_PASSWORD=PASSWORD,
    )
    answer = httpx.post(f"{API}/v1/auth/token", json={"email": EMAIL, "password": PASSWORD}, timeout=30)
    assert answer.status_code == httpx.codes.OK, answer.text
    token = answer.json()["access_token"]
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client


def api_is_ready() -> bool:
    try:
        return httpx.get(f"{API}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_a_picture_submitted_through_the_api_is_recognised_and_found(client: httpx.Client) -> None:
    image = {"uri": f"file://{PICTURES}/coffee.jpg", "image_id": "coffee"}
    submitted = client.post("/v1/images", json={"owner": "shop", "images": [image]})
    assert submitted.status_code == httpx.codes.ACCEPTED, submitted.text

    assert eventually(lambda: recognised(client, "coffee"), timeout_s=ANSWER_TIMEOUT_S)
    assert eventually(lambda: "coffee" in found(client), timeout_s=ANSWER_TIMEOUT_S)


def test_a_folder_published_from_a_container_is_recognised(deployment: Deployment, client: httpx.Client) -> None:
    deployment.vedette("publish", PICTURES, "--owner", "shop")
    assert eventually(lambda: len(found(client)) >= 7 or None, timeout_s=ANSWER_TIMEOUT_S)


def test_the_platform_survives_a_kill_of_every_service(deployment: Deployment, client: httpx.Client) -> None:
    before = found(client)
    deployment.compose("kill", *SERVERS, *OURS)
    deployment.compose("up", "--detach", "--no-build", *SERVICES)
    eventually(api_is_ready, timeout_s=ANSWER_TIMEOUT_S)
    image = {"uri": f"file://{PICTURES}/chelsea.jpg", "image_id": "after-the-kill"}
    submitted = client.post("/v1/images", json={"owner": "shop", "images": [image]})

    assert submitted.status_code == httpx.codes.ACCEPTED, submitted.text
    assert eventually(lambda: "after-the-kill" in found(client), timeout_s=ANSWER_TIMEOUT_S)
    assert before <= found(client)


def test_ours_run_without_privileges_on_a_root_that_is_read_only(deployment: Deployment) -> None:
    for service in OURS:
        said = deployment.compose("exec", "--no-TTY", service, "sh", "-c", "id -u; touch /opt/x || echo refused")
        assert said.split() == ["10001", "refused"], service


def test_nobody_logs_in_to_cassandra_with_the_default_password(deployment: Deployment) -> None:
    said = deployment.compose(
        *("exec", "--no-TTY", "cassandra", "cqlsh", "-u", "cassandra", "-p", "cassandra", "-e", "LIST ROLES"),
        check=False,
    )
    assert "vedette" not in said


def test_every_service_is_up_and_those_that_only_prepare_have_ended_well(deployment: Deployment) -> None:
    states = deployment.states()
    assert {name for name, state in states.items() if state["State"] == "running"} == {*SERVERS, *OURS}
    assert {states[name]["Health"] for name in SERVERS} == {"healthy"}
    assert [states[name]["ExitCode"] for name in ("cassandra-account", "migrate")] == [0, 0]


def recognised(client: httpx.Client, image_id: str) -> bool:
    answer = client.get(f"/v1/images/{image_id}", params={"owner": "shop"})
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["status"] in ("pending", "recognised"), answer.text
    return bool(answer.json()["status"] == "recognised")


def found(client: httpx.Client) -> set[str]:
    answer = client.get("/v1/results", params={"owner": "shop", "limit": 50})
    assert answer.status_code == httpx.codes.OK, answer.text
    return {result["image_id"] for result in answer.json()["items"]}
