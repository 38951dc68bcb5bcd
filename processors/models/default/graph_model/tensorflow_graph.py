"""Reads a TensorFlow.js graph model: a GraphDef as JSON, and its constants as raw bytes, without TensorFlow.

The format (tensorflow/tfjs, ``graph_model``): ``modelTopology`` is a GraphDef whose byte strings are in base64;
``weightsManifest`` names every constant with its shape and type, in the order in which they lie in the file of weights.
A constant whose quantization is ``float16`` lies there in two bytes a number; one whose quantization is ``uint8`` in
one, as steps of ``scale`` above ``min``. Either counts as it was rounded.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

Array = npt.NDArray[Any]

STORED_AS = {"float32": "<f4", "int32": "<i4", "float16": "<f2", "uint8": "u1"}


class UnreadableGraph(ValueError):
    """The files are no graph model, or hold what this reader does not know; the message says what."""


@dataclass(frozen=True)
class Node:
    """One operation: its kind, and the names of what it takes; ``name:1`` is another node's second result."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return an attribute that is a string."""
        return base64.b64decode(self.attributes[name]["s"]).decode()

    def number(self, name: str) -> float:
        """Return an attribute that is a number."""
        return float(self.attributes[name]["f"])

    def whole_number(self, name: str) -> int:
        """Return an attribute that is a whole number."""
        return int(self.attributes[name]["i"])

    def texts(self, name: str) -> list[str]:
        """Return an attribute that is a list of strings."""
        return [base64.b64decode(one).decode() for one in self.attributes[name]["list"]["s"]]

    def numbers(self, name: str) -> list[int]:
        """Return an attribute that is a list of whole numbers."""
        return [int(one) for one in self.attributes[name]["list"]["i"]]

    def is_true(self, name: str) -> bool:
        return bool(self.attributes[name]["b"])


@dataclass(frozen=True)
class GraphModel:
    """The nodes in an order in which each comes after what it takes, and the constants by name."""

    nodes: Sequence[Node]
    constants: Mapping[str, Array]


def read_graph(topology: Path, weights: Path) -> GraphModel:
    """Return the graph of a model's two files; raises ``UnreadableGraph``."""
    try:
        model = orjson.loads(topology.read_bytes())
    except orjson.JSONDecodeError as error:
        raise _unexpected(topology.name, error) from None
    return parse_graph(topology.name, model, weights.read_bytes())


def parse_graph(name: str, model: Any, weights: bytes) -> GraphModel:
    """Return the graph that ``model`` describes, with its constants out of ``weights``; raises ``UnreadableGraph``."""
    try:
        nodes = [_node(one) for one in model["modelTopology"]["node"]]
        [manifest] = model["weightsManifest"]
        return GraphModel(_in_order(nodes), _constants(manifest["weights"], weights))
    except UnreadableGraph:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise _unexpected(name, error) from None


def _unexpected(name: str, error: Exception) -> UnreadableGraph:
    return UnreadableGraph(f"{name} is not the graph model that was expected: {error!r}")


def _node(told: Mapping[str, Any]) -> Node:
    # A name after ``^`` says when an operation is worked out, and gives it nothing.
    taken = tuple(name for name in told.get("input", ()) if not name.startswith("^"))
    return Node(told["name"], told["op"], taken, told.get("attr", {}))


def _in_order(nodes: Sequence[Node]) -> list[Node]:
    ordered: dict[str, Node] = {}
    waiting = list(nodes)
    while waiting:
        ready = [node for node in waiting if all(producer(name) in ordered for name in node.inputs)]
        if not ready:
            raise UnreadableGraph(f"{waiting[0].name} takes what no node gives, or what comes of itself")
        ordered |= {node.name: node for node in ready}
        waiting = [node for node in waiting if node.name not in ordered]
    return list(ordered.values())


def producer(name: str) -> str:
    """Return the node that gives what is called so."""
    return name.partition(":")[0]


def _constants(manifest: Sequence[Mapping[str, Any]], content: bytes) -> dict[str, Array]:
    constants, offset = {}, 0
    for told in manifest:
        stored = np.dtype(STORED_AS[told.get("quantization", told)["dtype"]])
        count = math.prod(told["shape"])
        values = np.frombuffer(content, stored, count, offset).reshape(told["shape"])
        constants[told["name"]] = _restored(values, told)
        offset += count * stored.itemsize
    if offset != len(content):
        raise UnreadableGraph(f"the constants take {offset} bytes, and the file of weights has {len(content)}")
    return constants


def _restored(values: Array, told: Mapping[str, Any]) -> Array:
    kind, steps = STORED_AS[told["dtype"]], told.get("quantization", {})
    if "scale" not in steps:
        return values.astype(kind)
    if told["dtype"] != "float32":
        raise UnreadableGraph(f"{told['name']}: steps of {told['dtype']} are not known")
    # TensorFlow.js reckons in 64 bits and keeps 32.
    restored: Array = (values * float(steps["scale"]) + float(steps["min"])).astype(kind)
    return restored
