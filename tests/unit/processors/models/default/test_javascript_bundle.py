"""The value that a JavaScript bundle exports is read as Node.js would read it, and none of the bundle is run."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.models.default.graph_model.tensorflow_graph import UnreadableGraph
from processors.models.default.nsfw.bundle import read_bundle

NAMES = st.from_regex(r"[A-Za-z_$][\w$]{0,8}", fullmatch=True).filter(str.isascii)
TEXTS = st.text(st.characters(codec="ascii"), max_size=20)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9, allow_nan=False)
VALUES = st.recursive(
    TEXTS | NUMBERS | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def minified(value: Any) -> str:
    """Write a value as a minifier of JavaScript does: bare names, ``!0`` for true, no zero before a point."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{minified(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(minified, value)) + "]"
    if isinstance(value, bool):
        return "!0" if value else "!1"
    written = json.dumps(value)
    return re.sub(r"^(-?)0\.", r"\1.", written) if isinstance(value, float) else written


def bundle(value: str) -> str:
    head = '!function(t){"object"==typeof exports&&"undefined"!=typeof module?module.exports=t():t()}('
    return f"{head}function(){{return({{1:[function(t,e,n){{e.exports={value}}},{{}}]}},{{}},[1])(1)}});"


@given(st.lists(VALUES, max_size=4) | st.dictionaries(NAMES, VALUES, max_size=4) | TEXTS)
def test_every_value_is_read_as_it_was_written(value: Any) -> None:
    assert read_bundle(bundle(minified(value))) == value


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("", "exports no value"),
        ("module.exports=t();e.exports=n", "exports no value"),
        (bundle("{a:function(){}}"), "cannot be read as a value|what is no value"),
        (bundle("{a:process.exit(1)}"), "cannot be read as a value|what is no value"),
        ('e.exports={a:[1,2,"', "what is no value at character"),
        ("e.exports={a:1", "what is no value at character 14"),
        ("e.exports=[1,,2]", "cannot be read as a value"),
        ("e.exports={'a':1}", "what is no value at character 11"),
    ],
)
def test_what_is_no_value_is_told(source: str, problem: str) -> None:
    with pytest.raises(UnreadableGraph, match=problem):
        read_bundle(source)
