"""CloudEvents' headers are written as the standard says and read with care."""

from datetime import datetime, timedelta, timezone

import pytest

from schemas.messages.cloud_events import REFERENCE_TYPE, correlation_id, headers_for, traceparent

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOON = datetime(2025, 3, 4, 12, tzinfo=timezone(timedelta(hours=2)))


def test_an_event_carries_the_required_attributes() -> None:
    headers = headers_for(REFERENCE_TYPE, "e-1", "shop/importer", NOON)
    assert headers == [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", b"e-1"),
        ("ce_type", b"vedette.image.reference.v1"),
        ("ce_source", b"shop/importer"),
        ("ce_time", b"2025-03-04T10:00:00Z"),
    ]


def test_trace_and_correlation_id_travel_beside_them_and_are_read_back() -> None:
    headers = headers_for(REFERENCE_TYPE, "e-1", "shop", NOON, traceparent=TRACE, correlation_id="order-7")
    assert (traceparent(headers), correlation_id(headers)) == (TRACE, "order-7")


def test_they_are_read_from_cloudevents_extensions_too() -> None:
    headers = [("ce_traceparent", TRACE.encode()), ("ce_correlationid", b"order-7")]
    assert (traceparent(headers), correlation_id(headers)) == (TRACE, "order-7")


def test_header_names_are_read_in_any_case() -> None:
    assert correlation_id([("Correlation-Id", b"order-7")]) == "order-7"


def test_a_message_without_headers_has_neither() -> None:
    assert (traceparent([]), correlation_id([])) == (None, None)


@pytest.mark.parametrize("value", [None, b"", b"\xff", b"line\nbreak", b"\x1b[31m", b"x" * 257])
def test_a_correlation_id_that_would_spoil_a_log_is_none(value: bytes | None) -> None:
    assert correlation_id([("correlation-id", value)]) is None


@pytest.mark.parametrize(
    "value",
    [
        b"\xff",
        b"hello",
        TRACE.encode() + b"\n",
        TRACE.upper().encode(),
        TRACE.replace("00-", "ff-", 1).encode(),
        b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-" + b"0" * 16 + b"-01",
    ],
)
def test_a_trace_that_breaks_the_specification_is_none(value: bytes) -> None:
    assert traceparent([("traceparent", value)]) is None
