"""Reads the value that a JavaScript bundle exports, without running any of it.

A bundle of Browserify holds a function around one module: ``e.exports=`` and the value, an object or a string, as a
minifier writes it: names of fields bare, ``!0`` for true, ``.5`` for a half.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from processors.models.default.graph_model.tensorflow_graph import UnreadableGraph

EXPORTED = re.compile(r'\.exports=(?=["{\[])')
TOKEN = re.compile(
    r"""(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<name>[A-Za-z_$][\w$]*)|(?P<truth>![01])"""
    r"""|(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)|(?P<mark>[{}\[\]:,])"""
)
OPENING, CLOSING = ("{", "["), ("}", "]")
TRUTHS = {"!0": "true", "!1": "false"}
WORDS = ("true", "false", "null")


def read_bundle(source: str) -> Any:
    """Return the exported value; raises ``UnreadableGraph`` where there is none that can be read."""
    begin = EXPORTED.search(source)
    if begin is None:
        raise UnreadableGraph("the bundle exports no value")
    try:
        return orjson.loads("".join(_as_json(source, begin.end())))
    except orjson.JSONDecodeError as error:
        raise UnreadableGraph(f"the bundle exports what cannot be read as a value: {error}") from None


def _as_json(source: str, at: int) -> Iterator[str]:
    """Yield the value, token by token, as JSON has it."""
    depth = 0
    while (token := TOKEN.match(source, at)) is not None:
        written = token.group()
        depth += (written in OPENING) - (written in CLOSING)
        yield _token(token.lastgroup or "", written)
        if depth == 0:
            return
        at = token.end()
    raise UnreadableGraph(f"the bundle exports what is no value at character {at}")


def _token(kind: str, written: str) -> str:
    if kind == "truth":
        return TRUTHS[written]
    if kind == "number":
        return orjson.dumps(float(written) if re.search(r"[.e]", written) else int(written)).decode()
    return f'"{written}"' if kind == "name" and written not in WORDS else written
