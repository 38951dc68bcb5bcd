"""Whether one document matches a question in Elasticsearch's query language, told without asking Elasticsearch.

What is looked at is the very question that the index would be asked: each filter has one definition, and here stands
only what each kind of clause means. A kind that is not known is an error, never a guess.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from infra.elasticsearch.matching.fields import Comparable, Field, Fields, FieldTable, NotMatchable
from infra.elasticsearch.migration import read_definition

Clause = Mapping[str, Any]
Test = Callable[[Fields], bool]

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def matcher_of(clauses: Sequence[Clause]) -> Test:
    """Return what tells whether a document of the result index matches all ``clauses``; raises ``NotMatchable``."""
    return _all_of(clauses, result_fields())


@cache
def result_fields() -> FieldTable:
    return FieldTable(read_definition()["mappings"]["properties"])


def _all_of(clauses: Sequence[Clause], table: FieldTable) -> Test:
    tests = [_test_of(clause, table) for clause in clauses]
    return lambda source: all(test(source) for test in tests)


def _test_of(clause: Clause, table: FieldTable) -> Test:
    [(kind, content)] = clause.items()
    if kind not in KINDS:
        raise NotMatchable(f"clause {kind}")
    return KINDS[kind](content, table)


def _term(content: Mapping[str, Any], table: FieldTable) -> Test:
    [(name, asked)] = content.items()
    field = table.field(name)
    if not isinstance(asked, Mapping):
        return _among(field, [asked])
    if not asked.get("case_insensitive"):
        return _among(field, [asked["value"]])
    wanted = _folded(asked["value"])
    return lambda source: any(_folded(str(value)) == wanted for value in field.values(source))


def _terms(content: Mapping[str, Any], table: FieldTable) -> Test:
    [(name, asked)] = content.items()
    return _among(table.field(name), asked)


def _among(field: Field, asked: Sequence[Any]) -> Test:
    wanted = {field.convert(value) for value in asked}
    return lambda source: any(value in wanted for value in field.values(source))


def _range(content: Mapping[str, Any], table: FieldTable) -> Test:
    [(name, asked)] = content.items()
    field = table.field(name)
    bounds = [(COMPARISONS[how], field.convert(bound)) for how, bound in asked.items()]
    return lambda source: any(_is_within(value, bounds) for value in field.values(source))


def _is_within(value: Comparable, bounds: Sequence[tuple[Callable[[Any, Any], bool], Comparable]]) -> bool:
    return all(holds(value, bound) for holds, bound in bounds)


def _exists(content: Mapping[str, Any], table: FieldTable) -> Test:
    field = table.field(content["field"])
    return lambda source: any(True for _ in field.values(source))


def _bool(content: Mapping[str, Any], table: FieldTable) -> Test:
    if unknown := content.keys() - {"filter", "must_not", "should", "minimum_should_match"}:
        raise NotMatchable(f"bool with {', '.join(sorted(unknown))}")
    required = _all_of(content.get("filter", ()), table)
    unwanted = [_test_of(clause, table) for clause in content.get("must_not", ())]
    wanted = [_test_of(clause, table) for clause in content.get("should", ())]
    least = content.get("minimum_should_match", 0)
    return lambda source: (
        required(source)
        and not any(test(source) for test in unwanted)
        and (not least or sum(test(source) for test in wanted) >= least)
    )


def _nested(content: Mapping[str, Any], table: FieldTable) -> Test:
    path = content["path"]
    test = _test_of(content["query"], table.beneath(path))
    return lambda source: any(
        test({f"{path}.{name}": value for name, value in inner.items()}) for inner in source.get(path, ())
    )


KINDS: Mapping[str, Callable[[Any, FieldTable], Test]] = {
    "term": _term,
    "terms": _terms,
    "range": _range,
    "exists": _exists,
    "bool": _bool,
    "nested": _nested,
}


def _folded(text: str) -> bytes:
    """Fold the case of ASCII letters alone, as Lucene does for terms in any case."""
    return text.encode(errors="surrogatepass").lower()
