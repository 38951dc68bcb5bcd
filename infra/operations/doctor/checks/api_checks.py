"""How the API is set up: what protects its callers, and what its settings give away."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from infra.operations.doctor.checks.transport import is_loopback
from infra.operations.doctor.findings import Finding, Severity, listed
from infra.settings.api import ApiSettings
from infra.settings.settings import Settings


def api_findings(settings: Settings) -> Iterator[Finding]:
    """Tell what in the API's settings is against advice."""
    yield from plain_http(settings.api)
    yield from behind_a_proxy(settings.api)
    yield from origins(settings.api)
    yield from open_registration(settings)
    yield from chatty_logs(settings)
    yield from open_metrics(settings)


def plain_http(api: ApiSettings) -> Iterator[Finding]:
    """Tell where passwords and tokens may reach the API unencrypted."""
    if is_loopback(api.host) or _is_https(api):
        return
    yield Finding(
        check="api.encryption",
        severity=Severity.ERROR,
        subject="VEDETTE_API__HOST",
        problem=f"The API listens on {api.host} with plain http, and no https address is set for it.",
        risk="Whoever can read the network reads passwords and tokens.",
        remedy="Put a proxy with TLS before it, set VEDETTE_API__PUBLIC_URL=https://… and VEDETTE_API__HOST=127.0.0.1,"
        " or let only the proxy reach that address.",
    )


def behind_a_proxy(api: ApiSettings) -> Iterator[Finding]:
    """Tell what is missing where a proxy with TLS stands before the API."""
    if not _is_https(api):
        return
    if not api.trusted_proxies:
        yield Finding(
            check="api.proxies",
            severity=Severity.WARNING,
            subject="VEDETTE_API__TRUSTED_PROXIES",
            problem="Callers come through a proxy, and no proxy is trusted.",
            risk="All callers seem to come from one address: one of them can use up the failed log-ins of all.",
            remedy="Set VEDETTE_API__TRUSTED_PROXIES to the proxy's address.",
        )
    if not api.hsts:
        yield Finding(
            check="api.hsts",
            severity=Severity.ADVICE,
            subject="VEDETTE_API__HSTS",
            problem="Browsers are not told to use https alone.",
            risk="A first request by http can be read and answered by somebody else.",
            remedy="Set VEDETTE_API__HSTS=true.",
        )


def origins(api: ApiSettings) -> Iterator[Finding]:
    """Tell of web pages that may call the API although others can change them on their way."""
    if plain := [origin for origin in api.cors_origins if _is_plain_and_far(origin)]:
        yield Finding(
            check="api.cors",
            severity=Severity.WARNING,
            subject="VEDETTE_API__CORS_ORIGINS",
            problem=f"Pages that come by plain http may call the API: {listed(plain)}.",
            risk="Whoever can change such a page on its way acts with the rights of whoever has it open.",
            remedy="Serve these pages by https, and name them so in VEDETTE_API__CORS_ORIGINS.",
        )


def open_registration(settings: Settings) -> Iterator[Finding]:
    """Tell who may get an account, and of mail that nobody gets."""
    if settings.api.registration == "closed":
        return
    if settings.api.registration == "open":
        yield Finding(
            check="api.registration",
            severity=Severity.ADVICE,
            subject="VEDETTE_API__REGISTRATION",
            problem="Everybody may register.",
            risk="Strangers get accounts. They have no workspace until an administrator gives them one.",
            remedy="Set VEDETTE_API__REGISTRATION=invitation or closed, unless you mean it.",
        )
    if settings.mail.smtp_host is None:
        yield Finding(
            check="mail.missing",
            severity=Severity.WARNING,
            subject="VEDETTE_MAIL__SMTP_HOST",
            problem="People get accounts by mail, and no mail server is set.",
            risk="Nobody gets the mail: it becomes files in the home folder of the API.",
            remedy="Set VEDETTE_MAIL__SMTP_HOST, or VEDETTE_API__REGISTRATION=closed.",
        )


def chatty_logs(settings: Settings) -> Iterator[Finding]:
    """Tell of logs that hold more than operation needs."""
    if settings.log_level == "DEBUG":
        yield Finding(
            check="api.log_level",
            severity=Severity.WARNING,
            subject="VEDETTE_LOG_LEVEL",
            problem="Everything is logged.",
            risk="Libraries log what they send: the log grows fast, slows work, and holds more than it should.",
            remedy="Set VEDETTE_LOG_LEVEL=INFO.",
        )


def open_metrics(settings: Settings) -> Iterator[Finding]:
    """Tell of metrics that others can read: they are served without TLS and without a log-in."""
    metrics = settings.metrics
    if metrics.port is not None and not is_loopback(metrics.host):
        yield Finding(
            check="metrics.open",
            severity=Severity.ADVICE,
            subject="VEDETTE_METRICS__HOST",
            problem=f"Metrics are served on {metrics.host} without TLS and without a log-in.",
            risk="Whoever reaches that port learns how much is processed, and what fails.",
            remedy="Let only Prometheus reach the port, or set VEDETTE_METRICS__HOST=127.0.0.1.",
        )


def _is_https(api: ApiSettings) -> bool:
    return api.public_url is not None and api.public_url.startswith("https://")


def _is_plain_and_far(origin: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
