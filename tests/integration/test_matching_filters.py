"""What live streams tell of a single outcome is what the real Elasticsearch finds for the same filters."""

from collections.abc import AsyncIterator
from random import Random
from uuid import uuid4

import pytest

from api.live.outcomes.entries import FILTERED
from infra.elasticsearch.matching.matcher import matcher_of
from infra.elasticsearch.result_documents import rejection_document, result_document
from infra.elasticsearch.result_queries import content_filters
from infra.elasticsearch.results import ResultIndex
from tests.filter_cases import Cases
from tests.stacks import RunningStack

QUESTIONS = 400


@pytest.fixture
async def index(stack: RunningStack) -> AsyncIterator[ResultIndex]:
    settings = stack.settings.elasticsearch.model_copy(update={"index": f"matching-{uuid4().hex[:8]}"})
    index = ResultIndex.connect(settings)
    await index.migrate()
    yield index
    await index.close()


@pytest.mark.parametrize("seed", range(3))
async def test_a_document_matches_where_the_index_finds_it(index: ResultIndex, seed: int) -> None:
    cases, owner = Cases.odd(Random(seed)), f"shop-{uuid4().hex[:12]}"  # noqa: S311 - the same cases every time
    results = [cases.result(owner, number) for number in range(120)]
    rejections = [cases.rejection(owner, number) for number in range(120, 130)]
    await index.save_results(results)
    await index.save_rejections(rejections)
    await index.refresh()
    sources = {each.image_id: result_document(each).source for each in results}
    sources |= {str(each.image_id): rejection_document(each).source for each in rejections}
    seen = {name: {field: source[field] for field in FILTERED & source.keys()} for name, source in sources.items()}
    moments = [each.recognised_at for each in results]
    found_any = 0
    for _ in range(QUESTIONS):
        query = cases.query(owner, moments)
        found = {item.image_id for item in (await index.search(query)).items}
        told = matcher_of(content_filters(query))
        assert {name for name, source in seen.items() if told(source)} == found, query
        found_any += bool(found)
    assert found_any > QUESTIONS / 4
