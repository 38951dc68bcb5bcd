"""The result index on a real Elasticsearch."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
from elasticsearch import AsyncElasticsearch

from infra.elasticsearch.migration import migrate_index, read_definition
from infra.elasticsearch.results import RefusedDocument, ResultIndex
from infra.elasticsearch.session import ElasticsearchSession
from infra.errors import ConfigurationError, NotSetUp, TransientError
from infra.settings.servers import ElasticsearchSettings
from schemas.answers import FeatureAnswers
from schemas.queries import ResultQuery
from tests.contracts.result_index_contract import ResultIndexContract
from tests.samples import OBJECTS, TEXT, result
from tests.stacks import RunningStack


@pytest.fixture(scope="module")
def elasticsearch(stack: RunningStack) -> ElasticsearchSettings:
    return stack.settings.elasticsearch.model_copy(update={"index": f"results-{uuid4().hex[:8]}"})


@pytest.fixture
async def index(elasticsearch: ElasticsearchSettings) -> AsyncIterator[ResultIndex]:
    index = ResultIndex.connect(elasticsearch)
    await index.migrate()
    yield index
    await index.close()


@pytest.fixture
def fresh(elasticsearch: ElasticsearchSettings) -> ElasticsearchSettings:
    """Settings for an index that nobody has made yet."""
    return elasticsearch.model_copy(update={"index": f"fresh-{uuid4().hex[:8]}"})


@pytest.fixture
async def session(elasticsearch: ElasticsearchSettings) -> AsyncIterator[ElasticsearchSession]:
    session = ElasticsearchSession.open(elasticsearch)
    yield session
    await session.close()


class TestResultIndex(ResultIndexContract):
    """The promises of every result index."""


async def test_migrating_again_changes_nothing(fresh: ElasticsearchSettings) -> None:
    index = ResultIndex.connect(fresh)
    assert await index.migrate() is True
    assert await index.migrate() is False
    await index.close()


async def test_an_older_mapping_gets_the_new_fields(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    older = read_definition()
    older["mappings"]["_meta"]["version"] = 0
    del older["mappings"]["properties"]["search_text"]
    assert await migrate_index(session, fresh, older)
    assert await migrate_index(session, fresh)
    mapping = await session.request("GET", f"/{fresh.index}/_mapping")
    assert mapping[f"{fresh.index}-000001"]["mappings"]["properties"]["search_text"]["type"] == "text"
    assert not await migrate_index(session, fresh)


async def test_an_index_made_before_objects_and_text_takes_them_once_migrated(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    older = read_definition()
    older["mappings"]["_meta"]["version"] = 2
    for name in ("objects", "objects_50", "object_count", "detections", "object_model", "text", "text_lines"):
        del older["mappings"]["properties"][name]
    assert await migrate_index(session, fresh, older)
    index = ResultIndex.connect(fresh)
    await index.save_results([result("shop", "before.jpg")])
    assert await index.migrate()
    await index.save_results([result("shop", "after.jpg", features=FeatureAnswers(objects=OBJECTS, text=TEXT))])
    await index.refresh()
    seen = await index.search(ResultQuery(owners=None, object="car", min_confidence=0.55))
    assert [summary.image_id for summary in seen.items] == ["after.jpg"]
    assert await index.count() == 2
    phrase = {"query": {"bool": {"filter": [{"match_phrase": {"text": "side up"}}, {"term": {"object_count": 3}}]}}}
    assert (await session.request("POST", f"/{fresh.index}/_count", phrase))["count"] == 1
    await index.close()


async def test_a_vector_field_can_get_a_graph_later(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    later = read_definition()
    later["mappings"]["_meta"]["version"] += 1
    later["mappings"]["properties"]["embedding"]["index_options"] = {"type": "hnsw", "m": 16, "ef_construction": 100}
    assert await migrate_index(session, fresh)
    assert await migrate_index(session, fresh, later)


async def test_a_mapping_that_cannot_be_changed_is_a_clear_error(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    older = read_definition()
    older["mappings"]["_meta"]["version"] = 0
    older["mappings"]["properties"]["owner"] = {"type": "text"}
    await migrate_index(session, fresh, older)
    with pytest.raises(ConfigurationError, match="cannot be changed in place"):
        await migrate_index(session, fresh)


async def test_an_index_in_the_place_of_the_alias_is_a_clear_error(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    await session.request("PUT", f"/{fresh.index}")
    with pytest.raises(ConfigurationError, match="should be an alias"):
        await migrate_index(session, fresh)


async def test_an_index_that_is_gone_is_named_by_every_question_and_made_by_none(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    index = ResultIndex.connect(fresh)
    everything = ResultQuery(owners=None, limit=5)
    told = rf"Elasticsearch has no index {fresh.index}.*vedette rebuild index"
    for ask in (
        index.search(everything),
        index.statistics(everything),
        index.count(),
        index.refresh(),
    ):
        with pytest.raises(NotSetUp, match=told):
            await ask
    await index.close()
    assert await session.request("GET", f"/{fresh.index}", absent_is_none=True) is None


async def test_an_alias_that_was_lost_is_given_back_to_the_last_whole_index(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    index = ResultIndex.connect(fresh)
    await index.migrate()
    await index.save_results([result("shop")])
    for number, alias in ((2, "kept-old"), (3, f"{fresh.index}-rebuilding")):
        await session.request("PUT", f"/{fresh.index}-{number:06}", {"aliases": {alias: {}}})
    await session.request("DELETE", f"/{fresh.index}-000002")
    await session.request("DELETE", f"/{fresh.index}-000001/_alias/{fresh.index}")
    assert await index.migrate()
    await index.refresh()
    assert await index.count() == 1
    assert not await index.migrate()
    await index.close()


async def test_saving_before_migrating_says_what_to_run_and_makes_no_index(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    index = ResultIndex.connect(fresh)
    with pytest.raises(NotSetUp, match="vedette rebuild index"):
        await index.save_results([result("shop")])
    await index.close()
    assert await session.request("GET", f"/{fresh.index}", absent_is_none=True) is None


async def test_a_document_that_the_mapping_refuses_is_named(
    fresh: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    narrow = read_definition()
    del narrow["mappings"]["properties"]["sha256"]
    await migrate_index(session, fresh, narrow)
    index = ResultIndex.connect(fresh)
    saved = result("shop")
    with pytest.raises(RefusedDocument, match=rf"{saved.image_key}.*sha256"):
        await index.save_results([saved])
    await index.close()


async def test_large_documents_are_saved_in_several_requests(
    index: ResultIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.elasticsearch.results.MAX_BULK_BYTES", 100_000)
    owner = f"shop-{uuid4().hex[:12]}"
    metadata = {f"field {number}": "x" * 1000 for number in range(40)}
    await index.save_results([result(owner, f"{number}.jpg", metadata=metadata) for number in range(10)])
    await index.refresh()
    assert len((await index.search(ResultQuery(owners=frozenset({owner})))).items) == 10


async def test_a_similar_image_is_nearest(
    index: ResultIndex, elasticsearch: ElasticsearchSettings, session: ElasticsearchSession
) -> None:
    owner = f"shop-{uuid4().hex[:12]}"
    await index.save_results([result(owner)])
    await index.refresh()
    near: dict[str, Any] = {
        "knn": {
            "field": "embedding",
            "query_vector": bytes(range(256)).hex(),
            "k": 1,
            "num_candidates": 10,
            "filter": {"term": {"owner": owner}},
        },
        "_source": ["owner"],
    }
    (hit,) = (await session.request("POST", f"/{elasticsearch.index}/_search", near))["hits"]["hits"]
    assert hit["_source"] == {"owner": owner}
    assert hit["_score"] == pytest.approx(1.0)


async def test_an_index_that_is_not_there_is_a_transient_error() -> None:
    index = ResultIndex.connect(ElasticsearchSettings(urls=["http://127.0.0.1:9"]))
    for call in (index.save_results([result("shop")]), index.search(ResultQuery(owners=None)), index.ping()):
        with pytest.raises(TransientError, match="Elasticsearch does not answer"):
            await call
    await index.close()


async def test_no_server_configured_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="VEDETTE_ELASTICSEARCH__URLS"):
        ResultIndex.connect(ElasticsearchSettings())


async def test_results_can_be_read_without_vedette(index: ResultIndex, elasticsearch: ElasticsearchSettings) -> None:
    owner = f"shop-{uuid4().hex[:12]}"
    await index.save_results([result(owner, metadata={"camera": "c1"})])
    await index.refresh()
    async with AsyncElasticsearch(elasticsearch.urls) as client:
        found = await client.search(
            index=elasticsearch.index,
            query={"bool": {"filter": [{"term": {"owner": owner}}, {"term": {"metadata.camera": "c1"}}]}},
            aggs={"labels": {"terms": {"field": "labels_50"}}, "size": {"avg": {"field": "size_bytes"}}},
        )
    assert found["hits"]["total"]["value"] == 1
    assert [bucket["key"] for bucket in found["aggregations"]["labels"]["buckets"]] == ["Egyptian cat"]
    assert found["aggregations"]["size"]["value"] == 1000
    assert b"secret" not in orjson.dumps(found.body)
