"""Rows have the names of their columns, whatever Cassandra calls these."""

import pytest

from infra.cassandra.cluster import named_rows


def test_rows_have_the_names_of_their_columns() -> None:
    first, second = named_rows(["image_key", "owner"], [("a", "shop"), ("b", None)])
    assert (first.image_key, first.owner, second.image_key, second.owner) == ("a", "shop", "b", None)
    assert named_rows(["image_key", "owner"], []) == []


def test_a_conditional_write_says_whether_it_was_applied() -> None:
    [row] = named_rows(["[applied]", "holder"], [(False, "another")])
    assert (row.applied, row.holder) == (False, "another")


@pytest.mark.parametrize("column", ["ttl(answer)", "writetime(answer)", "system.token(key)", "class", "_private"])
def test_a_column_that_python_has_no_name_for_has_its_place(column: str) -> None:
    [row] = named_rows(["key", column], [("a", 7)])
    assert (row.key, row[1]) == ("a", 7)
