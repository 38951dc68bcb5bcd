"""What a single document tells of a question is what the index finds for it."""

import asyncio
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.live.outcomes.entries import FILTERED
from infra.elasticsearch.matching.fields import NotMatchable, single_precision, utf16_length
from infra.elasticsearch.matching.matcher import matcher_of
from infra.elasticsearch.result_documents import rejection_document, result_document
from infra.elasticsearch.result_queries import content_filters, filters
from schemas.queries import ResultQuery
from tests.fakes.stores import FakeResultIndex
from tests.filter_cases import Cases
from tests.samples import result


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_document_matches_where_the_index_finds_it(random: Random) -> None:
    cases, index = Cases(random), FakeResultIndex()
    results = [cases.result("shop", number) for number in range(6)]
    rejections = [cases.rejection("shop", number) for number in range(6, 8)]
    asyncio.run(index.save_results(results))
    asyncio.run(index.save_rejections(rejections))
    sources = {each.image_id: result_document(each).source for each in results}
    sources |= {str(each.image_id): rejection_document(each).source for each in rejections}
    query = cases.query("shop", [each.recognised_at for each in results])
    found = {item.image_id for item in asyncio.run(index.search(query)).items}
    told = matcher_of(content_filters(query))
    seen = {name: {field: source[field] for field in FILTERED & source.keys()} for name, source in sources.items()}
    assert {name for name, source in seen.items() if told(source)} == found


def test_the_whole_question_of_a_list_is_understood() -> None:
    source = result_document(result("shop")).source
    assert matcher_of(filters(ResultQuery(owners=frozenset({"shop"}))))(source)
    assert not matcher_of(filters(ResultQuery(owners=frozenset({"rival"}))))(source)
    assert not matcher_of(filters(ResultQuery(owners=frozenset())))(source)


@pytest.mark.parametrize(
    "clause",
    [
        {"match": {"search_text": {"query": "cat", "operator": "and"}}},
        {"term": {"text": "x"}},
        {"term": {"nowhere": "x"}},
        {"term": {"owner.name": "x"}},
        {"bool": {"must": []}},
    ],
)
def test_a_question_that_nobody_has_taught_it_is_an_error(clause: dict[str, object]) -> None:
    with pytest.raises(NotMatchable):
        matcher_of([clause])


def test_numbers_and_lengths_are_those_of_the_index() -> None:
    assert single_precision(0.79999999) == single_precision(0.8)
    assert utf16_length("a🐕") == 3
