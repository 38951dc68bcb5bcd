"""The result index and its alias, brought to the present mapping."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import orjson
from elasticsearch import ApiError

from infra.elasticsearch.session import ElasticsearchSession
from infra.errors import ConfigurationError
from infra.settings.servers import ElasticsearchSettings

MAPPINGS = Path(__file__).with_name("mappings")
SETTING = "VEDETTE_ELASTICSEARCH__INDEX"
NUMBER = r"\d{6}"
ALREADY_THERE = "resource_already_exists_exception"


def read_definition(name: str = "results") -> dict[str, Any]:
    """Return settings and mappings of an index."""
    definition: dict[str, Any] = orjson.loads((MAPPINGS / f"{name}.json").read_bytes())
    return definition


def with_sizes(definition: dict[str, Any], settings: ElasticsearchSettings) -> dict[str, Any]:
    """Return the definition with as many shards and copies as the settings want."""
    sizes = {"index.number_of_shards": settings.shards, "index.number_of_replicas": settings.replicas}
    return {**definition, "settings": {**definition["settings"], **sizes}}


async def migrate_index(
    session: ElasticsearchSession, settings: ElasticsearchSettings, definition: dict[str, Any] | None = None
) -> bool:
    """Create index and alias, or add to an older mapping what is new; False where nothing had to be done.

    An alias that was lost is given back to its index, with all that this holds.

    Raises ``ConfigurationError`` where a field would have to change its type, or the alias' name is taken.
    """
    wanted = definition or read_definition()
    extended = await extend_older(session, settings.index, wanted, SETTING)
    return await _create(session, settings, wanted) if extended is None else extended


async def extend_older(session: ElasticsearchSession, alias: str, wanted: dict[str, Any], setting: str) -> bool | None:
    """Add what is new to the mappings of an alias' older indices; False where none is older, None where there is none.

    Raises ``ConfigurationError`` where a field would have to change its type, or the alias' name, which ``setting``
    gives, is taken.
    """
    await require_no_index_named(session, alias, setting)
    found = await session.request("GET", f"/{alias}/_mapping", absent_is_none=True)
    if found is None:
        return None
    older = [name for name, index in found.items() if index_version(index) < index_version(wanted)]
    for name in older:
        await extend_index(session, name, wanted)
    return bool(older)


async def require_no_index_named(session: ElasticsearchSession, alias: str, setting: str) -> None:
    """Raise ``ConfigurationError`` where the alias' name, which ``setting`` gives, is that of an index."""
    found = await session.request("GET", f"/{alias}/_mapping", absent_is_none=True)
    if alias in (found or {}):
        raise ConfigurationError(
            f"{alias} is an index, and should be an alias: delete or rename it, or choose another name with {setting}"
        )


async def restore_alias(session: ElasticsearchSession, alias: str, indices: Collection[str]) -> None:
    """Let an alias that was lost stand for these indices again; the last by name is written to."""
    last = max(indices)
    actions = [{"add": {"index": name, "alias": alias, "is_write_index": name == last}} for name in sorted(indices)]
    await session.request("POST", "/_aliases", {"actions": actions})


async def indices_of(session: ElasticsearchSession, alias: str, number: str) -> dict[str, frozenset[str]]:
    """Return the indices that are called ``alias-number``, by the pattern of a number, each with its aliases."""
    found = await session.request("GET", f"/{alias}-*/_alias", absent_is_none=True) or {}
    pattern = re.compile(rf"{re.escape(alias)}-{number}")
    return {name: frozenset(index["aliases"]) for name, index in found.items() if pattern.fullmatch(name)}


async def _create(session: ElasticsearchSession, settings: ElasticsearchSettings, wanted: dict[str, Any]) -> bool:
    """Create the first index with its alias, in one step, or give the last one the alias that it lost."""
    there = await indices_of(session, settings.index, NUMBER)
    # A rebuild that goes on, or was killed, fills an index that is not whole.
    if whole := [name for name, aliases in there.items() if f"{settings.index}-rebuilding" not in aliases]:
        await restore_alias(session, settings.index, [max(whole)])
        await extend_older(session, settings.index, wanted, SETTING)
        return True
    body = {**with_sizes(wanted, settings), "aliases": {settings.index: {"is_write_index": True}}}
    try:
        await session.request("PUT", f"/{settings.index}-000001", body)
    except ApiError as error:
        if error.error != ALREADY_THERE:
            raise
        return False
    return True


async def extend_index(session: ElasticsearchSession, name: str, wanted: dict[str, Any]) -> None:
    """Add to an index what is new in the mapping; raises ``ConfigurationError`` where it does not fit."""
    try:
        await session.request("PUT", f"/{name}/_mapping", wanted["mappings"])
    except ApiError as error:
        raise ConfigurationError(
            f"index {name} has an older mapping that cannot be changed in place ({error.message}): `vedette "
            "rebuild index` fills a new one from Cassandra"
        ) from error


def index_version(index: dict[str, Any]) -> int:
    """Return the version of a mapping."""
    return int(index["mappings"].get("_meta", {}).get("version", 0))
