"""What a process tells of itself: counts and states for Prometheus, and whether it is healthy, on a port of its own."""

import json
import threading
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import prometheus_client
import structlog
from prometheus_client import Counter, Gauge, make_wsgi_app

from infra.errors import ConfigurationError
from infra.settings.operations import MetricsSettings

if TYPE_CHECKING:  # the standard library has these types for checkers alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

WAITING = Gauge("vedette_waiting", "Operations that wait until a system responds again.", ["doing"])
OUTAGES = Counter("vedette_waits_total", "How many times an operation had to wait for a system.", ["doing"])
TAKEN = Counter("vedette_messages_taken_total", "Messages taken from Kafka.", ["topic"])
ACKNOWLEDGED = Counter("vedette_messages_acknowledged_total", "Messages whose outcome is durable.", ["topic"])
OUTCOMES = Counter(
    "vedette_outcomes_total", "References by their outcome: recognised, rejected or put_off.", ["outcome"]
)
REJECTIONS = Counter("vedette_rejections_total", "Rejected messages by reason.", ["reason"])
QUESTIONS_TAKEN = Counter(
    "vedette_questions_total",
    "Questions that workers took, by what became of them: answered, refused, late, incomplete, invalid or unanswered.",
    ["outcome"],
)
ANSWERS_UNHEARD = Counter(
    "vedette_answers_unheard_total",
    "Answers to questions of this API process that came too late (late) or could not be read (unreadable).",
    ["why"],
)
UNREAD = Counter(
    "vedette_unread_total", "Messages and batches of messages that could not be read whole.", ["topic", "reason"]
)
EXPIRED_UNREAD = Counter(
    "vedette_expired_unread_total", "Messages that Kafka deleted before a group had read them.", ["group", "topic"]
)
LAG = Gauge(
    "vedette_lag_messages", "Messages that a group has not acknowledged, as the API last saw them.", ["group", "topic"]
)
LAG_AGE = Gauge(
    "vedette_lag_seconds", "Age of the oldest message that a group has not acknowledged.", ["group", "topic"]
)
LAG_RETENTION = Gauge(
    "vedette_lag_retention_ratio",
    "Age of the oldest message that a group has not acknowledged, as a fraction of the topic's retention time.",
    ["group", "topic"],
)
DELETED_UNREAD = Gauge(
    "vedette_deleted_unread",
    "Messages that Kafka has deleted before a group could read them.",
    ["group", "topic"],
)
IMAGE_BYTES = Gauge("vedette_image_bytes", "Bytes reserved for images that are fetched and not yet decoded.")
AVOIDED_HOSTS = Gauge("vedette_avoided_hosts", "Slow web servers whose images are put off at once.")
DEATHS = Counter("vedette_deaths_total", "Earlier workers on this machine that died with messages in flight.")
REFUSED = Counter("vedette_requests_refused_total", "Requests to the API refused with a 429.", ["reason"])
BACKLOG = Gauge("vedette_backlog", "References that wait for recognition, as the API last saw them.", ["topic"])
ACTIVITY_DROPPED = Counter(
    "vedette_activity_dropped_total", "Events that could not be published to the topic `activity`.", ["event"]
)
LIVE_STREAMS = Gauge("vedette_live_streams", "Live streams that are open.")
WEBHOOK_ATTEMPTS = Counter(
    "vedette_webhook_attempts_total", "Attempts to deliver to endpoints of webhooks: delivered or failed.", ["outcome"]
)
WEBHOOKS_DISABLED = Counter("vedette_webhooks_disabled_total", "Endpoints that were disabled because they failed.")
LIVE_ENDED = Counter("vedette_live_streams_ended_total", "Live streams that the API has ended, by reason.", ["reason"])

log = structlog.get_logger(__name__)


class Outages:
    """What this process waits for at this moment; read from any thread."""

    def __init__(self) -> None:
        self._waiting: Tally[str] = Tally()
        self._lock = threading.Lock()

    def begin(self, doing: str) -> None:
        with self._lock:
            self._waiting[doing] += 1
            WAITING.labels(doing).set(self._waiting[doing])
        OUTAGES.labels(doing).inc()

    def over(self, doing: str) -> None:
        with self._lock:
            self._waiting[doing] -= 1
            WAITING.labels(doing).set(self._waiting[doing])

    @contextmanager
    def during(self, doing: str) -> Iterator[None]:
        """Wait for what takes its time, and is no stall: the block."""
        self.begin(doing)
        try:
            yield
        finally:
            self.over(doing)

    def current(self) -> list[str]:
        """Return what is waited for, in the words of the log."""
        with self._lock:
            return sorted(doing for doing, count in self._waiting.items() if count > 0)


# One for the process, as the metrics themselves are.
outages = Outages()


class MetricsServer:
    """``/metrics`` for Prometheus, ``/healthz`` and ``/readyz`` for probes, answered by threads of their own.

    ``/healthz`` is 200 while ``is_alive()``; ``/readyz`` also asks that nothing is waited for, and names what is.
    """

    def __init__(self, settings: MetricsSettings, is_alive: Callable[[], bool]) -> None:
        """Listen where the settings say; raises ``ConfigurationError`` where that address is taken."""
        try:
            self._server = make_server(
                settings.host, settings.port or 0, _application(is_alive), _ThreadingServer, _QuietHandler
            )
        except OSError as error:
            raise ConfigurationError(f"VEDETTE_METRICS__PORT={settings.port} cannot be used: {error}") from None
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()
        log.info("metrics_served", host=settings.host, port=self.port)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


def serve_metrics(settings: MetricsSettings, is_alive: Callable[[], bool]) -> MetricsServer | None:
    """Serve what this process tells of itself, if the settings name a port."""
    return None if settings.port is None else MetricsServer(settings, is_alive)


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    """A probe is answered while another one is read slowly."""

    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    """A request every few seconds is no event."""

    timeout = 10

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _application(is_alive: Callable[[], bool]) -> "WSGIApplication":
    metrics = make_wsgi_app(prometheus_client.REGISTRY)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            found: Iterable[bytes] = metrics(environ, start_response)
            return found
        if path == "/healthz":
            return _health(start_response, is_alive(), [])
        if path == "/readyz":
            waiting = outages.current()
            return _health(start_response, is_alive() and not waiting, waiting)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"metrics are at /metrics, health at /healthz and /readyz\n"]

    return answer


def _health(start_response: "StartResponse", is_well: bool, waiting: list[str]) -> list[bytes]:
    status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
    return [json.dumps({"status": "ok" if is_well else "not_ok", "waiting_to": waiting}).encode()]
