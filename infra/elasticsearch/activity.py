"""What happens on the platform, searchable in Elasticsearch for as long as the settings say."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from elasticsearch import ApiError

from infra.elasticsearch.activity_queries import activity_body, activity_cursor, read_activity
from infra.elasticsearch.migration import ALREADY_THERE, extend_older, indices_of, read_definition, with_sizes
from infra.elasticsearch.result_documents import Document
from infra.elasticsearch.results import save_documents
from infra.elasticsearch.session import ElasticsearchSession, MissingIndex
from infra.errors import NotSetUp
from infra.settings.servers import ElasticsearchSettings
from infra.settings.settings import Settings
from schemas.activity_queries import ActivityItem, ActivityQuery
from schemas.queries import Page

MONTH = r"\d{4}\.\d{2}-\d{6}"
FIRST = "-000001"

log = structlog.get_logger(__name__)


class ActivityIndex:
    """One document an event, in an index for each month in which its message was appended, behind one alias.

    Saving twice changes nothing. Months go as a whole once they are too old. Methods raise ``TransientError`` while
    Elasticsearch cannot answer.
    """

    def __init__(
        self, session: ElasticsearchSession, settings: ElasticsearchSettings, alias: str, retention_days: int
    ) -> None:
        self._session = session
        self._settings = settings
        self._alias = alias
        self._retention = timedelta(days=retention_days)
        self._ready: set[str] = set()

    @classmethod
    def connect(cls, settings: Settings) -> "ActivityIndex":
        """Prepare to use the indices of the settings; nothing is sent yet."""
        session = ElasticsearchSession.open(settings.elasticsearch)
        return cls(session, settings.elasticsearch, settings.activity.index, settings.activity.retention_days)

    async def migrate(self) -> bool:
        """Make the present month's index, or bring those there are to the present mapping; False if nothing was to do.

        Raises ``ConfigurationError`` where a field would have to change its type, or the alias' name is taken.
        """
        wanted = read_definition("activity")
        if there := await indices_of(self._session, self._alias, MONTH):
            await self._restore_aliases(there)
        extended = await extend_older(self._session, self._alias, wanted, "VEDETTE_ACTIVITY__INDEX")
        return await self._create(self._month(datetime.now(UTC))) if extended is None else extended

    async def save(self, documents: Sequence[Document]) -> None:
        """Upsert events; searchable within a second."""
        months: defaultdict[str, list[Document]] = defaultdict(list)
        for document in documents:
            months[self._month(datetime.fromtimestamp(document.version / 1000, UTC))].append(document)
        for month, some in months.items():
            await self._save(month, some)

    async def search(self, query: ActivityQuery) -> Page[ActivityItem]:
        """Return the events that match, newest first; raises ``InvalidCursor``."""
        path, body = f"/{self._alias}/_search", activity_body(query)
        try:
            answer = await self._session.request("POST", path, body)
        except MissingIndex as error:
            raise NotSetUp(error.part, error.missing, "vedette migrate") from error
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        shown = hits[: query.limit]
        return Page(
            items=tuple(read_activity(hit["_source"]) for hit in shown),
            next_cursor=activity_cursor(query, shown[-1]["sort"]) if len(hits) > query.limit else None,
        )

    async def drop_outdated(self, now: datetime) -> tuple[str, ...]:
        """Remove the months that ended longer ago than events are kept; returns their names."""
        oldest_kept = self._month(now - self._retention)
        found = await self._session.request("GET", f"/_alias/{self._alias}", absent_is_none=True) or {}
        # A month's name sorts as the month does.
        outdated = sorted(name for name in found if name < oldest_kept)
        for name in outdated:
            await self._session.request("DELETE", f"/{name}", absent_is_none=True)
            log.info("activity_dropped_by_age", index=name)
        return tuple(outdated)

    async def refresh(self) -> None:
        """Make everything saved so far searchable now; for tests and checks."""
        await self._session.request("POST", f"/{self._alias}/_refresh")

    async def close(self) -> None:
        await self._session.close()

    async def _save(self, month: str, documents: Sequence[Document]) -> None:
        if month not in self._ready:
            await self._create(month)
            self._ready.add(month)
        try:
            await save_documents(self._session, month, documents)
        except MissingIndex:
            # Taken away since: the next attempt makes it anew.
            self._ready.discard(month)
            raise

    async def _restore_aliases(self, there: Mapping[str, frozenset[str]]) -> None:
        """Give months the aliases that they lost."""
        lost = {
            (name, alias)
            for name, aliases in there.items()
            for alias in (self._alias, name.removesuffix(FIRST))
            if alias not in aliases
        }
        if lost:
            actions = [{"add": {"index": name, "alias": alias}} for name, alias in sorted(lost)]
            await self._session.request("POST", "/_aliases", {"actions": actions})

    def _month(self, moment: datetime) -> str:
        """Return the alias of one month's index: nothing is written but by an alias, and so into no guessed mapping."""
        return f"{self._alias}-{moment:%Y.%m}"

    async def _create(self, month: str) -> bool:
        """Create a month's index; False where it is there, which then has its aliases."""
        aliases: dict[str, dict[str, Any]] = {self._alias: {}, month: {}}
        body = {**with_sizes(read_definition("activity"), self._settings), "aliases": aliases}
        try:
            await self._session.request("PUT", f"/{month}{FIRST}", body)
        except ApiError as error:
            if error.error != ALREADY_THERE:
                raise
            await self._restore_aliases(await indices_of(self._session, self._alias, MONTH))
            return False
        return True
