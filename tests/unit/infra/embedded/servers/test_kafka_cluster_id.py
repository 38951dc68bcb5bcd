"""The name of a new Kafka cluster."""

import uuid

import pytest

from infra.embedded.servers import kafka as kafka_server


def test_a_cluster_id_never_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter([uuid.UUID(bytes=b"\xf8" + bytes(15)), uuid.UUID(bytes=bytes(16))])
    monkeypatch.setattr(kafka_server.uuid, "uuid4", lambda: next(ids))
    assert kafka_server._new_cluster_id() == "A" * 22
