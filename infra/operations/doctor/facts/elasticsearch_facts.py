"""What the nodes of Elasticsearch tell of themselves, their disks and the platform's indices."""

import time
from typing import Any

from infra.elasticsearch.migration import index_version, read_definition
from infra.elasticsearch.session import ElasticsearchSession
from infra.errors import ConfigurationError
from infra.operations.doctor.checks.servers.clocks import ClockReading
from infra.operations.doctor.checks.servers.elasticsearch_checks import (
    AliasState,
    ElasticsearchFacts,
    Health,
    IndexState,
    blocks_of,
)
from infra.operations.doctor.checks.servers.watermarks import DiskLimits, NodeDisk
from infra.operations.doctor.facts.asking import ask
from infra.operations.doctor.findings import Refused
from infra.settings.settings import Settings

FLAT = {"flat_settings": "true"}


async def gather_elasticsearch(settings: Settings) -> ElasticsearchFacts:
    """Return what the nodes tell; raises ``TransientError`` where none answers."""
    session = ElasticsearchSession.open(settings.elasticsearch)
    try:
        return await _gather(session, settings)
    finally:
        await session.close()


async def _gather(session: ElasticsearchSession, settings: Settings) -> ElasticsearchFacts:
    aliases = (
        (settings.elasticsearch.index, "results", "vedette rebuild index"),
        (settings.activity.index, "activity", "vedette migrate"),
    )
    health = await _health(session)
    asked_at_s = time.time()
    stats = await ask(session.request("GET", "/_nodes/stats/fs"))
    answered_at_s = time.time()
    return ElasticsearchFacts(
        health=health,
        releases=await ask(_releases(session)),
        disks=stats if isinstance(stats, Refused) else tuple(map(_disk, stats["nodes"].values())),
        limits=await ask(_limits(session)),
        aliases=tuple([await _alias(session, *alias) for alias in aliases]),
        unfinished_rebuild=await _unfinished_rebuild(session, settings.elasticsearch.index),
        clocks=()
        if isinstance(stats, Refused)
        else tuple(_clock(node, asked_at_s, answered_at_s) for node in stats["nodes"].values()),
        username=settings.elasticsearch.username,
    )


async def _health(session: ElasticsearchSession) -> Health | Refused:
    """Ask first what every node answers; one that does not answer now answers nothing else either."""
    try:
        found = await session.request("GET", "/_cluster/health")
    except ConfigurationError as error:
        return Refused(str(error))
    return Health(str(found["status"]), int(found["number_of_nodes"]), int(found["unassigned_shards"]))


async def _releases(session: ElasticsearchSession) -> tuple[str, ...]:
    found = await session.request("GET", "/_nodes", params={"filter_path": "nodes.*.version"})
    return tuple(str(node["version"]) for node in found["nodes"].values())


async def _limits(session: ElasticsearchSession) -> DiskLimits:
    found = await session.request("GET", "/_cluster/settings", params={**FLAT, "include_defaults": "true"})
    # What was set later counts more.
    merged = {**found.get("defaults", {}), **found.get("persistent", {}), **found.get("transient", {})}
    return DiskLimits.of(merged)


async def _alias(session: ElasticsearchSession, alias: str, definition: str, remedy: str) -> AliasState:
    indices = await ask(_indices(session, alias))
    wanted = index_version(read_definition(definition))
    is_an_index = not isinstance(indices, Refused) and any(index.name == alias for index in indices)
    return AliasState(alias, wanted, remedy, indices, is_an_index)


async def _indices(session: ElasticsearchSession, alias: str) -> tuple[IndexState, ...]:
    settings = await session.request("GET", f"/{alias}/_settings", params=FLAT, absent_is_none=True) or {}
    mappings = await session.request("GET", f"/{alias}/_mapping", absent_is_none=True) or {}
    return tuple(
        _index(name, found["settings"], mappings[name]) for name, found in settings.items() if name in mappings
    )


def _index(name: str, settings: dict[str, Any], mapping: dict[str, Any]) -> IndexState:
    return IndexState(
        name=name,
        replicas=int(settings.get("index.number_of_replicas", 1)),
        version=index_version(mapping),
        blocks=blocks_of(settings),
    )


async def _unfinished_rebuild(session: ElasticsearchSession, alias: str) -> str | None:
    found = await ask(session.request("GET", f"/_alias/{alias}-rebuilding", absent_is_none=True))
    # What is behind the alias is told by another question, which tells of a refusal.
    return None if isinstance(found, Refused) or not found else next(iter(found))


def _disk(node: dict[str, Any]) -> NodeDisk:
    total = node["fs"]["total"]
    return NodeDisk(str(node["name"]), int(total["total_in_bytes"]), int(total["available_in_bytes"]))


def _clock(node: dict[str, Any], asked_at_s: float, answered_at_s: float) -> ClockReading:
    return ClockReading(f"Elasticsearch's node {node['name']}", node["timestamp"] / 1000, asked_at_s, answered_at_s)
