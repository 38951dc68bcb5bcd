"""Logs are one object a line in ECS names, and hold no more than they were given."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from infra.telemetry.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Give logging back as it was: configuring it is for a whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def configured(**settings: Any) -> io.StringIO:
    stream = io.StringIO()
    configure_logs(Settings(**settings), "vedette-test", stream)
    return stream


def fail(_hidden: str) -> None:
    raise ValueError("it broke")


def test_an_event_is_one_line_of_json_in_ecs_names() -> None:
    stream = configured()
    structlog.get_logger("a").info("batch_published", recognised=3, text="two\nlines", quoted='"')
    logging.getLogger("b").warning("from %s", "elsewhere")
    ours, theirs = lines(stream)
    assert (ours["message"], ours["recognised"], ours["text"]) == ("batch_published", 3, "two\nlines")
    assert (theirs["message"], theirs["log.level"]) == ("from elsewhere", "warning")
    for line in (ours, theirs):
        assert line["service"]["name"] == "vedette-test"
        assert set(line) >= {"@timestamp", "ecs.version", "log.level"}
        assert "level" not in line


@pytest.mark.parametrize("how", ["current", "exception", "triple", "foreign"])
def test_an_exception_keeps_its_type_message_and_trace_however_it_is_given(how: str) -> None:
    stream = configured()
    log = structlog.get_logger("a")
    try:
        fail("hidden-local")
    except ValueError as error:
        if how == "current":
            log.exception("bug")
        if how == "triple":
            log.error("bug", exc_info=(type(error), error, error.__traceback__))
        if how == "foreign":
            logging.getLogger("b").exception("bug")
        kept = error
    if how == "exception":
        log.error("bug", exc_info=kept)
    (line,) = lines(stream)
    assert (line["error"]["type"], line["error"]["message"]) == ("ValueError", "it broke")
    assert line["error"]["stack_trace"].splitlines()[-1] == "ValueError: it broke"
    assert "in fail" in line["error"]["stack_trace"]


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_trace_shows_no_local_variables(log_format: str) -> None:
    stream = configured(log_format=log_format)
    try:
        fail("hidden" + "-local")
    except ValueError:
        structlog.get_logger("a").exception("bug")
        logging.getLogger("b").exception("bug")
    assert stream.getvalue().count("ValueError: it broke") == 2
    assert "hidden-local" not in stream.getvalue()


def test_text_is_for_people() -> None:
    stream = configured(log_format="text")
    structlog.get_logger("a").info("worker_ready", group="g")
    assert "worker_ready" in stream.getvalue()
    assert "group" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_settings_in_a_log_show_no_secret(log_format: str) -> None:
    stream = configured(log_format=log_format)
    settings = Settings(
        kafka=KafkaSettings(sasl_password=SecretStr("hunter2-hunter2")),
        cassandra={"password": "hunter2-hunter2"},
        elasticsearch={"api_key": "hunter2-hunter2"},
        sources={"s3": {"secret_access_key": "hunter2-hunter2"}},
    )
    structlog.get_logger("a").info("settings", all=settings, text=str(settings))
    logging.getLogger("b").warning("%r", settings)
    assert "settings" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def test_records_below_the_level_and_those_of_chatty_clients_are_left_out() -> None:
    stream = configured(log_level="INFO")
    structlog.get_logger("a").debug("unseen")
    for name in ("aiokafka.consumer", "faust.app", "httpx", "elastic_transport.transport"):
        logging.getLogger(name).info("unseen")
        logging.getLogger(name).warning("seen")
    assert [line["message"] for line in lines(stream)] == ["seen"] * 4


def test_chatty_clients_stay_quiet_when_our_own_logs_are_detailed() -> None:
    stream = configured(log_level="DEBUG")
    logging.getLogger("aiokafka").debug("unseen")
    logging.getLogger("PIL.PngImagePlugin").debug("unseen")
    structlog.get_logger("a").debug("seen")
    assert [line["message"] for line in lines(stream)] == ["seen"]


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_what_a_caller_sends_writes_no_line_of_its_own(log_format: str) -> None:
    forged = 'x"\r\n2026-01-01 [info] log_in actor=admin\u2028\x1b[2J\x00'
    stream = configured(log_format=log_format)
    structlog.get_logger("a").info("request", sent=forged, bare="\x1b[2J")
    (line,) = stream.getvalue().splitlines()
    # Colours of our own, for a person's terminal, are no threat.
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", re.sub(r"\x1b\[\d*m", "", line))


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_library_that_logs_what_a_caller_sent_writes_no_second_line_either(log_format: str) -> None:
    stream = configured(log_format=log_format)
    logging.getLogger("b").warning("odd name %s", "x\r\n2026-01-01 [info] log_in\x1b[2J")
    (line,) = stream.getvalue().splitlines()
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", re.sub(r"\x1b\[\d*m", "", line))
