"""What is known of backups, and of the last look at the audit trail."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from infra.elasticsearch.activity import ActivityIndex
from infra.operations.backup.format.catalogue import open_catalogue
from infra.operations.doctor.checks.keeping import LastCheck
from infra.operations.doctor.facts.machine_facts import is_on_one_disk
from infra.settings.settings import Settings
from schemas.activity import Action
from schemas.activity_queries import ActivityKind, ActivityQuery
from schemas.records.backups import Listed

SUCCESS = "success"


async def gather_backups(settings: Settings) -> Sequence[Listed]:
    """Return the backups in their place, none where no place or no key is set; raises as ``Catalogue`` does."""
    if settings.backup.place is None or settings.backup.key is None:
        return ()
    return await asyncio.to_thread(open_catalogue(settings).list)


def backups_share_the_disk(settings: Settings) -> bool:
    """Whether backups lie on the disk that holds the home."""
    place = settings.backup.place
    if place is None or "://" in place:
        return False
    return is_on_one_disk(Path(place).expanduser().absolute(), settings.home)


async def gather_verification(settings: Settings) -> LastCheck | None:
    """Return the last check of the whole audit trail that was recorded; None where there is none."""
    index = ActivityIndex.connect(settings)
    try:
        query = ActivityQuery(event=ActivityKind.AUDIT, action=Action.AUDIT_VERIFIED.value, limit=1)
        found = (await index.search(query)).items
    finally:
        await index.close()
    return LastCheck(found[0].at, found[0].outcome == SUCCESS) if found else None
