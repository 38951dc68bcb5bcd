"""What is written to Elasticsearch at once never holds up the event loop."""

from itertools import repeat

from aiohttp.payload import TOO_LARGE_BYTES_BODY

from infra.elasticsearch.result_documents import bulk_bodies, result_document
from infra.elasticsearch.results import MAX_BULK_BYTES
from tests.samples import result


def test_a_bulk_request_is_no_larger_than_the_client_sends_without_a_warning() -> None:
    bodies = [body for _, body in bulk_bodies(repeat(result_document(result("shop")), 4000), MAX_BULK_BYTES)]
    assert len(bodies) > 1
    assert max(map(len, bodies)) <= TOO_LARGE_BYTES_BODY
