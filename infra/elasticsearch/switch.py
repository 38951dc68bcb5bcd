"""A new index beside the one that is searched, and the step that puts it in its place."""

from typing import Any

from infra.elasticsearch.migration import (
    NUMBER,
    SETTING,
    indices_of,
    read_definition,
    require_no_index_named,
    with_sizes,
)
from infra.elasticsearch.session import ElasticsearchSession, MissingIndex
from infra.errors import ConfigurationError
from infra.settings.servers import ElasticsearchSettings


class IndexSwitch:
    """Makes a new index with the present mapping, and lets the alias name it once it is full.

    Two more aliases tell what a killed rebuild has left: ``<alias>-rebuilding`` stands for the new index until all is
    done, ``<alias>-replaced`` for the old ones that are yet to be removed. What is searched is never removed.
    """

    def __init__(self, session: ElasticsearchSession, settings: ElasticsearchSettings) -> None:
        self._session = session
        self._settings = settings
        self._alias = settings.index
        self._building = f"{settings.index}-rebuilding"
        self._replaced = f"{settings.index}-replaced"

    @property
    def settings(self) -> ElasticsearchSettings:
        """The settings under which the new index is written: by its alias, so that no write makes it anew."""
        return self._settings.model_copy(update={"index": self._building})

    async def start(self) -> str:
        """Remove what an earlier rebuild left half done and create an empty index; returns its name.

        There need be no index yet, or any more. Raises ``ConfigurationError`` where another index has the alias' name.
        """
        await require_no_index_named(self._session, self._alias, SETTING)
        await self._clear(await self._behind(self._alias))
        definition = with_sizes(read_definition(), self._settings)
        name = await self._next_name()
        await self._session.request("PUT", f"/{name}", {**definition, "aliases": {self._building: {}}})
        return name

    async def switch(self, name: str) -> tuple[str, ...]:
        """Let the alias stand for ``name`` alone, in one step; returns the indices that it stood for."""
        old = tuple(sorted(await self._behind(self._alias) - {name}))
        actions: list[dict[str, Any]] = [
            {"add": {"index": name, "alias": self._alias, "is_write_index": True}},
            *({"remove": {"index": one, "alias": self._alias}} for one in old),
            *({"add": {"index": one, "alias": self._replaced}} for one in old),
        ]
        await self._change(actions)
        return old

    async def finish(self, name: str, old: tuple[str, ...], *, keep_old: bool) -> None:
        """Remove the old indices, or leave them without any alias, and the marks of the rebuild."""
        actions: list[dict[str, Any]] = [{"remove": {"index": name, "alias": self._building}}]
        for one in old:
            gone = {"remove": {"index": one, "alias": self._replaced}} if keep_old else {"remove_index": {"index": one}}
            actions.append(gone)
        await self._change(actions)

    async def _clear(self, live: set[str]) -> None:
        left = await self._behind(self._building) | await self._behind(self._replaced)
        for name in sorted(left - live):
            await self._session.request("DELETE", f"/{name}", absent_is_none=True)
        marked = sorted(await self._behind(self._building) & live)
        if marked:
            await self._change([{"remove": {"index": name, "alias": self._building}} for name in marked])

    async def _behind(self, alias: str) -> set[str]:
        found = await self._session.request("GET", f"/_alias/{alias}", absent_is_none=True)
        return set(found or ())

    async def _next_name(self) -> str:
        numbers = [int(name[-6:]) for name in await indices_of(self._session, self._alias, NUMBER)]
        return f"{self._alias}-{max(numbers, default=0) + 1:06}"

    async def _change(self, actions: list[dict[str, Any]]) -> None:
        try:
            await self._session.request("POST", "/_aliases", {"actions": actions})
        except MissingIndex as error:
            raise ConfigurationError(
                f"{error.missing} of this rebuild is gone: was another one started? Run it again alone"
            ) from error
