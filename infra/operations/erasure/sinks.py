"""How far the workers are, and until when Kafka and backups hold what was erased; asked from outside."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta

from infra.kafka.event_bus import open_group_view
from infra.kafka.groups.commit_notes import read_committed
from infra.kafka.groups.gaps import find_start
from infra.kafka.topic_facts import TopicFacts
from infra.operations.backup.retention import longest_kept
from infra.settings.settings import Settings
from schemas.messages.commit_notes import Place
from schemas.records.backups import Retention
from schemas.records.erasures import StillHeld
from schemas.topics import (
    DEAD_LETTERS,
    INDEX_GROUP,
    OBJECT_CREATED,
    RECOGNISE_GROUP,
    RECOGNITION_RESULTS,
    REFERENCE_TOPICS,
    RETRY_GROUP,
    RETRY_TOPICS,
    STORE_GROUP,
    WEBHOOKS_GROUP,
)

REFERENCES = frozenset((*REFERENCE_TOPICS, OBJECT_CREATED))
OUTCOMES = frozenset((RECOGNITION_RESULTS, DEAD_LETTERS))
HOLDING = frozenset((*REFERENCES, *RETRY_TOPICS, *OUTCOMES))
"""The topics whose messages are about images."""
READERS: Mapping[str, frozenset[str]] = {
    RECOGNISE_GROUP: REFERENCES,
    RETRY_GROUP: frozenset(RETRY_TOPICS),
    STORE_GROUP: OUTCOMES,
    INDEX_GROUP: OUTCOMES,
}
"""The groups that an erasure waits for, and the topics of which it waits for them."""

Ends = Mapping[Place, int]


class WorkerProgress:
    """Asks Kafka. Methods raise ``TransientError`` while it does not answer, ``ConfigurationError`` if it refuses."""

    def __init__(self, settings: Settings) -> None:
        """Nothing connects before something is asked."""
        self._settings = settings
        self._facts = TopicFacts(settings.kafka)

    async def references(self) -> AsyncIterator[Ends]:
        """Yield where the topics of references end, each once those before it were processed.

        A reference whose image did not come is put off from one of the retry topics to the next.
        """
        for topics in (REFERENCES, *(frozenset({topic}) for topic in RETRY_TOPICS)):
            yield await self._ends(topics)

    async def outcomes(self) -> Ends:
        """Return where the topics of outcomes end now."""
        return await self._ends(OUTCOMES)

    async def reached(self, ends: Ends, *, webhooks: bool) -> bool:
        """Whether every group has acknowledged its topics up to ``ends``; with ``webhooks`` that of these as well."""
        readers = {**READERS, WEBHOOKS_GROUP: OUTCOMES} if webhooks else READERS
        return await asyncio.to_thread(self._reached, ends, readers)

    async def still_held(self, erased_by: datetime) -> tuple[StillHeld, ...]:
        """Return what forgets by itself, and when: what was on topics and in backups at the moment ``erased_by``."""
        kept_s = await asyncio.to_thread(self._facts.ask_longest_s, HOLDING)
        topics = [StillHeld(place=f"topic {name}", until=_after(erased_by, kept_s[name])) for name in sorted(kept_s)]
        return (*topics, backups_held(self._settings, erased_by))

    async def _ends(self, topics: frozenset[str]) -> Ends:
        places = await self._facts.partitions(topics)
        return {place: held.end for place, held in (await self._facts.holdings(places)).items()}

    def _reached(self, ends: Ends, readers: Mapping[str, frozenset[str]]) -> bool:
        held = self._facts.ask_holdings(list(ends))
        for group, topics in readers.items():
            places = [place for place in ends if place[0] in topics and place in held]
            if not places:
                continue
            with closing(open_group_view(self._settings.kafka, group)) as view:
                committed = read_committed(view, places)
            if any(find_start(committed.get(at), held[at]).offset < ends[at] for at in places):
                return False
        return True


def backups_held(settings: Settings, erased_by: datetime) -> StillHeld:
    """Return until when backups of before hold what was erased, as long as they are pruned as the settings say."""
    own = settings.backup
    retention = Retention(keep_last=own.keep_last, keep_daily=own.keep_daily, keep_weekly=own.keep_weekly)
    return StillHeld(
        place="backups begun before",
        until=erased_by + longest_kept(retention, timedelta(hours=own.every_h)),
        note="If backups are made and pruned as the settings say. `vedette backup list` shows what is left. A restore "
        "of an older backup deletes the images again.",
    )


def _after(moment: datetime, kept_s: float | None) -> datetime | None:
    return None if kept_s is None else moment + timedelta(seconds=kept_s)
