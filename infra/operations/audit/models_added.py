"""What the audit trail says of the models that were added."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

from infra.operations.audit.listing import Chains, shown_entry
from schemas.activity import Action, AuditEvent, Outcome
from schemas.records.model_records import ModelRecord

SHA256 = re.compile(r"sha256 ([0-9a-f]{64})")
BROUGHT = (Action.MODEL_ADDED, Action.MODEL_RECORDED)


async def added_sha256(trail: Chains, model: str) -> str | None:
    """Return the sum of the model that was last added, or recorded, under this name; None where there is none."""
    return next((record.sha256 for record in await models_added(trail) if record.model == model), None)


async def models_added(trail: Chains) -> list[ModelRecord]:
    """Return what the trail says of every model that it knows, by its last act: of before there were records."""
    newest: dict[str, tuple[datetime, ModelRecord]] = {}
    async for at, event in _brought(trail):
        known = newest.get(event.subject)
        if (sha256 := sha256_in(event)) and (known is None or at > known[0]):
            newest[event.subject] = (at, ModelRecord(model=event.subject, sha256=sha256, by=event.actor, at=event.at))
    return [record for _, record in newest.values()]


def sha256_in(event: AuditEvent) -> str | None:
    """Return the sum of model.onnx that an act tells of."""
    found = SHA256.match(event.detail or "")
    return None if found is None else found[1]


async def _brought(trail: Chains) -> AsyncIterator[tuple[datetime, AuditEvent]]:
    """Yield the acts that brought a model, those that failed left out."""
    for chain in await trail.chains():
        failed: set[tuple[str, datetime]] = set()
        # Of one chain the end of an act comes before its beginning: backwards.
        async for entry in trail.newest_first(chain):
            event = shown_entry(entry).event
            if event is None or event.action not in BROUGHT:
                continue
            if event.outcome is Outcome.FAILED:
                failed.add((event.subject, event.at))
            elif (event.subject, event.at) not in failed:
                yield entry.appended_at, event
