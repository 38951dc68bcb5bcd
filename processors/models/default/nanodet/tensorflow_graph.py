"""Reads a TensorFlow.js graph model: a GraphDef as JSON, and its constants as raw bytes, without TensorFlow.

The format (tensorflow/tfjs, ``graph_model``): ``modelTopology`` is a GraphDef whose byte strings are in base64;
``weightsManifest`` names every constant with its shape and type, in the order in which they lie in the file of weights.
A constant whose quantization is ``float16`` lies there in two bytes a number, and counts as it was rounded.
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

STORED_AS = {"float32": "<f4", "int32": "<i4", "float16": "<f2"}


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
        nodes = [_node(one) for one in model["modelTopology"]["node"]]
        [manifest] = model["weightsManifest"]
        return GraphModel(_in_order(nodes), _constants(manifest["weights"], weights.read_bytes()))
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableGraph(f"{topology.name} is not the graph model that was expected: {error!r}") from None


def _node(told: Mapping[str, Any]) -> Node:
    return Node(told["name"], told["op"], tuple(told.get("input", ())), told.get("attr", {}))


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
        constants[told["name"]] = values.astype(STORED_AS[told["dtype"]])
        offset += count * stored.itemsize
    if offset != len(content):
        raise UnreadableGraph(f"the constants take {offset} bytes, and the file of weights has {len(content)}")
    return constants
