"""Takes snapshots of the platform again and again; nothing that is down keeps the rest from being seen."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import httpx
import psutil
from elasticsearch import ApiError

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.activity import ActivityIndex
from infra.elasticsearch.results import ResultIndex
from infra.embedded.homes.home import Home
from infra.embedded.processes import ServerProcess
from infra.errors import ConfigurationError, TransientError
from infra.kafka.groups.lag import GroupLags
from infra.kafka.groups.members import group_members
from infra.kafka.logins import ask_brokers
from infra.operations.status.snapshot import SeenProcess, SeenSystem, Snapshot, Told, Unknown
from infra.operations.status.troubles import activity_troubles, letter_troubles, newest
from infra.settings.settings import Settings
from schemas.activity_queries import ActivityKind, ActivityQuery
from schemas.queries import Latency
from schemas.texts.masking import mask_secrets
from schemas.topics import GROUP_TOPICS

ANSWER_WITHIN_S = 4.0
LATENCY_OVER = timedelta(minutes=15)
MOST_TROUBLES = 20
TROUBLES_WITHIN = timedelta(days=1)
TROUBLING = (ActivityKind.ERROR, ActivityKind.SECURITY, ActivityKind.UNREADABLE)

Seen = TypeVar("Seen")


class PlatformWatch:
    """Sees the servers that the settings name, and the processes of this home on this machine.

    Cassandra is connected to once, as soon as it answers; to be closed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._home = Home(settings.home)
        self._lags = GroupLags(settings.kafka)
        self._results: ResultStore | None = None

    async def look(self) -> Snapshot:
        """Return how everything is now; takes a few seconds where something does not answer."""
        asked = (self._ask_kafka, self._ask_cassandra, self._ask_index, self._ask_api)
        problems = await asyncio.gather(*(self._problem(ask) for ask in asked))
        kafka, cassandra, elasticsearch, _api = problems
        members, lags, latency, troubles = await asyncio.gather(
            self._unless(kafka, self._members),
            self._unless(kafka, self._lags.look),
            self._unless(elasticsearch, self._latency),
            self._troubles(cassandra, elasticsearch),
        )
        return Snapshot(
            at=datetime.now(UTC),
            monotonic_s=time.monotonic(),
            home=str(self._settings.home),
            systems=self._systems(problems),
            workers=self._workers(),
            members=members,
            lags=lags,
            latency=latency,
            troubles=troubles,
        )

    async def close(self) -> None:
        if self._results is not None:
            await self._results.close()

    def _systems(self, problems: Sequence[str | None]) -> tuple[SeenSystem, ...]:
        settings = self._settings
        addresses = {
            "kafka": settings.kafka.bootstrap_servers,
            "cassandra": ", ".join(f"{host}:{settings.cassandra.port}" for host in settings.cassandra.contact_points),
            "elasticsearch": ", ".join(settings.elasticsearch.urls),
            "api": self._api_url(),
        }
        return tuple(
            SeenSystem(name, mask_secrets(address), problem, self._process(name))
            for (name, address), problem in zip(addresses.items(), problems, strict=True)
        )

    def _workers(self) -> dict[str, SeenProcess]:
        found = {group: self._process(group.removeprefix("vedette-")) for group in GROUP_TOPICS}
        return {group: process for group, process in found.items() if process is not None}

    async def _problem(self, ask: Callable[[], Awaitable[None]]) -> str | None:
        """Return why a system does not answer; None where it does."""
        found = await _seen(ask())
        return found.why if isinstance(found, Unknown) else None

    async def _unless(self, problem: str | None, look: Callable[[], Awaitable[Seen]]) -> Seen | Unknown:
        return Unknown(problem) if problem is not None else await _seen(look())

    async def _ask_kafka(self) -> None:
        await ask_brokers(self._settings.kafka, timeout_s=2)

    async def _ask_cassandra(self) -> None:
        if self._results is None:
            self._results = await ResultStore.connect(self._settings.cassandra)
        await self._results.ping()

    async def _ask_index(self) -> None:
        index = ResultIndex.connect(self._settings.elasticsearch)
        try:
            await index.ping()
        finally:
            await index.close()

    async def _ask_api(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S) as client:
                answer = await client.get(f"{self._api_url()}/healthz")
        except httpx.HTTPError as error:
            raise TransientError(f"the API does not answer: {error}") from None
        if answer.status_code != httpx.codes.OK:
            raise TransientError(f"the API answers {answer.status_code}")

    async def _members(self) -> Mapping[str, int]:
        found = await asyncio.to_thread(group_members, self._settings.kafka, tuple(GROUP_TOPICS))
        return {group: len(members) for group, members in found.items()}

    async def _latency(self) -> Latency:
        index = ResultIndex.connect(self._settings.elasticsearch)
        try:
            return await index.latency(datetime.now(UTC) - LATENCY_OVER)
        finally:
            await index.close()

    async def _troubles(self, cassandra: str | None, elasticsearch: str | None) -> tuple[Told, ...] | Unknown:
        """Return what went wrong lately, the newest first; what one store does not tell is told in its place."""
        letters = await self._unless(cassandra, self._letters)
        events = await self._unless(elasticsearch, self._events)
        if isinstance(letters, Unknown) and isinstance(events, Unknown):
            return letters
        parts = [part for part in (letters, events) if not isinstance(part, Unknown)]
        return newest(parts, MOST_TROUBLES)

    async def _letters(self) -> tuple[Told, ...]:
        if self._results is None:
            return ()
        return letter_troubles((await self._results.list_rejections(MOST_TROUBLES)).items)

    async def _events(self) -> tuple[Told, ...]:
        index = ActivityIndex.connect(self._settings)
        since = datetime.now(UTC) - TROUBLES_WITHIN
        try:
            pages = [
                await index.search(ActivityQuery(event=kind, since=since, limit=MOST_TROUBLES)) for kind in TROUBLING
            ]
        finally:
            await index.close()
        return activity_troubles([item for page in pages for item in page.items])

    def _api_url(self) -> str:
        return self._settings.api.own_url or f"http://{self._settings.api.host}:{self._settings.api.port}"

    def _process(self, name: str) -> SeenProcess | None:
        try:
            running = ServerProcess(self._home, name).find()
            if running is None:
                return None
            return SeenProcess(running.pid, running.memory_info().rss, time.time() - running.create_time())
        except psutil.NoSuchProcess:
            return None


async def _seen(look: Awaitable[Seen]) -> Seen | Unknown:
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await look
    except TimeoutError:
        return Unknown(f"no answer within {ANSWER_WITHIN_S:g} s")
    except (TransientError, ConfigurationError) as error:
        return Unknown(mask_secrets(str(error)))
    except ApiError as error:
        return Unknown(f"Elasticsearch answers {error.status_code}: {error.message}")
