"""A worker tells how it is, on a port that an operator has chosen."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from infra.errors import ConfigurationError
from infra.settings.operations import MetricsSettings
from infra.telemetry.metrics import OUTCOMES, MetricsServer, outages, serve_metrics


@pytest.fixture
def serve() -> Iterator[Callable[..., MetricsServer]]:
    servers: list[MetricsServer] = []

    def start(is_alive: bool = True) -> MetricsServer:
        servers.append(MetricsServer(MetricsSettings(port=0), lambda: is_alive))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def ask(server: MetricsServer, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=120) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_nothing_listens_unless_a_port_is_given() -> None:
    assert serve_metrics(MetricsSettings(), lambda: True) is None


def test_a_port_that_is_taken_is_named(serve: Callable[..., MetricsServer]) -> None:
    with pytest.raises(ConfigurationError, match="VEDETTE_METRICS__PORT"):
        MetricsServer(MetricsSettings(port=serve().port), lambda: True)


def test_counts_are_told_in_the_words_of_prometheus(serve: Callable[..., MetricsServer]) -> None:
    OUTCOMES.labels("recognised").inc(3)
    status, told = ask(serve(), "/metrics")
    assert status == 200
    assert 'vedette_outcomes_total{outcome="recognised"}' in told


def test_an_outage_shows_in_readiness_and_metrics_and_costs_no_life(serve: Callable[..., MetricsServer]) -> None:
    server = serve()
    assert ask(server, "/readyz")[0] == 200
    outages.begin("connect to Cassandra")
    try:
        status, told = ask(server, "/readyz")
        assert (status, waiting_to(told)) == (503, ["connect to Cassandra"])
        assert 'vedette_waiting{doing="connect to Cassandra"} 1.0' in ask(server, "/metrics")[1]
        assert ask(server, "/healthz")[0] == 200
    finally:
        outages.over("connect to Cassandra")
    assert ask(server, "/readyz")[0] == 200


def test_a_worker_that_makes_no_progress_is_not_well(serve: Callable[..., MetricsServer]) -> None:
    assert ask(serve(is_alive=False), "/healthz")[0] == 503


def test_any_other_address_is_not_there(serve: Callable[..., MetricsServer]) -> None:
    assert ask(serve(), "/")[0] == 404


def waiting_to(told: str) -> Any:
    return json.loads(told)["waiting_to"]
