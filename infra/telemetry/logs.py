"""Logs as events with fields, in ECS names, on standard error; never payloads, tokens or addresses of people."""

import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO

import ecs_logging
import structlog

from infra.settings.settings import Settings
from infra.terminal import bare, visible, visible_line
from schemas.texts.masking import mask_secrets

# These clients log a record for every message or request at DEBUG, which costs a millisecond an image unseen.
CHATTY = ("aiokafka", "faust", "kafka", "cassandra", "elastic_transport", "httpx", "httpcore", "asyncio", "mode", "PIL")

# Where structlog puts a traceback, the one field of several lines.
TRACE = "exception"


def configure_logs(settings: Settings, service: str, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's records to ``stream`` in one format.

    ``service`` becomes ``service.name``. Call once, at a process's entry point.
    """
    level = logging.getLevelNamesMapping()[settings.log_level]
    as_json = settings.log_format == "json"
    shared: list[Any] = [structlog.contextvars.merge_contextvars, _Service(service)]
    if not as_json:
        # ECS has its own name for the level, which its formatter adds.
        shared.append(structlog.processors.add_log_level)
    # Plain tracebacks: the default prints local variables, payloads and secrets among them.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = ecs_logging.StructlogFormatter() if as_json else console
    stamped = structlog.processors.TimeStamper(fmt="iso", utc=True)
    finish = [_errors, _masked] if as_json else [stamped, structlog.processors.format_exc_info, _masked, _escaped]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or bare(sys.stderr))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class _Service:
    """Adds the name of the service to every record."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = {"name": self._name}
        return event


def _masked(_logger: Any, _method: str, event: Any) -> Any:
    """Leave out what may be a secret: an error of somebody's library may hold the address that it was about."""
    return _in_each_text(event, mask_secrets)


def _escaped(_logger: Any, _method: str, event: Any) -> Any:
    """Make control characters visible: what a caller sent neither begins a line nor commands a terminal."""
    return {name: _in_each_text(value, visible if name == TRACE else visible_line) for name, value in event.items()}


def _in_each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return ``value`` with every text in it changed, as deep as containers of an event go."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _in_each_text(one, change) for name, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_in_each_text(one, change) for one in value)
    return value


def _errors(_logger: Any, _method: str, event: Any) -> Any:
    """Turn an exception into ECS's ``error`` fields."""
    if not (exc_info := event.pop("exc_info", None)):
        return event
    error = _raised(exc_info)
    if error is not None:
        stack_trace = "".join(traceback.format_exception(error)).rstrip()
        event["error"] = {"type": type(error).__name__, "message": str(error), "stack_trace": stack_trace}
    return event


def _raised(exc_info: Any) -> BaseException | None:
    """Return the exception itself, however the caller named it: as it is, by its triple, or as the current one."""
    if isinstance(exc_info, BaseException):
        return exc_info
    return exc_info[1] if isinstance(exc_info, tuple) else sys.exc_info()[1]
