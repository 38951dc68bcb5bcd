"""Every query of Kibana's objects is answered by a real Elasticsearch, as Kibana would send it."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import infra
from infra.elasticsearch_session import ElasticsearchSession
from infra.result_index import ResultIndex
from infra.settings import ElasticsearchSettings
from schemas.dead_letters import Reason
from tests.samples import deletion, rejection, result
from tests.stacks import RunningStack

OBJECTS = [
    json.loads(line)
    for line in (Path(infra.__file__).parent / "dashboards" / "results.ndjson").read_text().splitlines()
]
SEARCHES = {each["id"]: each["attributes"] for each in OBJECTS if each["type"] == "search"}
[VIEW] = [each["attributes"] for each in OBJECTS if each["type"] == "index-pattern"]
FIELDS = {"id", "type", "attributes", "references", "managed", "coreMigrationVersion", "typeMigrationVersion"}
# All of Kibana's query language that these objects use; another form fails here until it is added.
TERM = re.compile(r'(?P<field>[\w.@]+) : "(?P<value>[^"]+)"')


@pytest.fixture
def elasticsearch(stack: RunningStack) -> ElasticsearchSettings:
    return stack.settings.elasticsearch.model_copy(update={"index": f"dashboards-{uuid4().hex[:8]}"})


@pytest.fixture
async def session(elasticsearch: ElasticsearchSettings) -> AsyncIterator[ElasticsearchSession]:
    """A connection to an index with one image of each kind: recognised, rejected, deleted."""
    index = ResultIndex.connect(elasticsearch)
    await index.migrate()
    await index.save_results([result("shop", "seen.jpg"), result("shop", "gone.jpg")])
    await index.save_rejections([rejection("shop", "broken.jpg", reason=Reason.CORRUPT_IMAGE)])
    await index.save_deletions([deletion("shop", "gone.jpg")])
    await index.refresh()
    await index.close()
    session = ElasticsearchSession.open(elasticsearch)
    yield session
    await session.close()


def as_elasticsearch(saved: dict[str, Any]) -> dict[str, Any]:
    """Return the request that Discover makes of a saved search."""
    source = json.loads(saved["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert (source["query"]["language"], source["filter"]) == ("kuery", [])
    terms = [TERM.fullmatch(part) for part in source["query"]["query"].split(" and ")]
    phrases = [{"match_phrase": {term["field"]: term["value"]}} for term in terms if term is not None]
    assert len(phrases) == len(terms), source["query"]
    time = VIEW["timeFieldName"]
    return {
        "query": {"bool": {"filter": [*phrases, {"range": {time: {"lte": "now"}}}]}},
        "sort": [{field: {"order": order, "unmapped_type": "boolean"}} for field, order in saved["sort"]],
        "fields": [*saved["columns"], {"field": time, "format": "strict_date_optional_time"}],
        "aggs": {"over_time": {"date_histogram": {"field": time, "fixed_interval": "30d", "min_doc_count": 1}}},
        "_source": False,
    }


async def test_the_saved_searches_find_what_their_names_say(
    session: ElasticsearchSession, elasticsearch: ElasticsearchSettings
) -> None:
    found = {}
    for name, saved in SEARCHES.items():
        answer = await session.request("POST", f"/{elasticsearch.index}/_search", as_elasticsearch(saved))
        found[name] = [hit["fields"] for hit in answer["hits"]["hits"]]
        assert answer["aggregations"]["over_time"]["buckets"]

    assert {name: [hit["image_id"] for hit in hits] for name, hits in found.items()} == {
        "vedette-recognised": [["seen.jpg"]],
        "vedette-rejected": [["broken.jpg"]],
    }
    assert found["vedette-rejected"][0]["reason"] == ["corrupt_image"]
    assert found["vedette-recognised"][0]["top_label"] == ["Egyptian cat"]


async def test_every_column_can_be_searched_and_the_order_can_be_made(
    session: ElasticsearchSession, elasticsearch: ElasticsearchSettings
) -> None:
    path = f"/{elasticsearch.index}/_field_caps"
    fields = (await session.request("GET", path, params={"fields": "*"}))["fields"]
    for saved in SEARCHES.values():
        for column in saved["columns"]:
            [kind] = fields[column].values()
            assert kind["searchable"], column
        for field, _ in saved["sort"]:
            [kind] = fields[field].values()
            assert kind["aggregatable"], field
    assert list(fields[VIEW["timeFieldName"]]) == ["date"]


def test_the_objects_have_the_form_that_kibana_exports() -> None:
    for each in OBJECTS:
        assert set(each) == FIELDS
        assert all(set(link) == {"id", "name", "type"} for link in each["references"])
    for saved in SEARCHES.values():
        source = json.loads(saved["kibanaSavedObjectMeta"]["searchSourceJSON"])
        assert source["indexRefName"] == "kibanaSavedObjectMeta.searchSourceJSON.index"
