"""Whatever keeps Elasticsearch from answering now is an error that says to try again, and no bug."""

import socket

import elastic_transport
import pytest

from infra.elasticsearch.session import ElasticsearchSession, explain
from infra.errors import ConfigurationError, TransientError
from infra.settings.servers import ElasticsearchSettings

FAILURES = [
    kind
    for kind in vars(elastic_transport).values()
    if isinstance(kind, type)
    and issubclass(kind, elastic_transport.TransportError)
    and kind not in {elastic_transport.TransportError, elastic_transport.SniffingError}
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda kind: kind.__name__)
def test_every_failure_of_the_transport_passes(failure: type[elastic_transport.TransportError]) -> None:
    assert isinstance(explain(failure("it did not work")), TransientError)


def test_a_certificate_that_is_not_trusted_does_not_pass() -> None:
    assert isinstance(explain(elastic_transport.TlsError("CERTIFICATE_VERIFY_FAILED")), ConfigurationError)


async def test_a_server_that_never_answers_is_tried_again() -> None:
    # It listens, so that connections come about, and takes none of them.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        session = ElasticsearchSession.open(ElasticsearchSettings(urls=[url], request_timeout_s=0.1))
        with pytest.raises(TransientError, match="Elasticsearch does not answer"):
            await session.request("GET", "/")
        await session.close()
