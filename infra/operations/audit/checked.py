"""That somebody has verified the audit trail, recorded in the trail itself."""

from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import CommandTrail, event_of, whoever
from infra.settings.settings import Settings
from schemas.activity import Action, Outcome
from schemas.records.audit import AuditReport

CONFIRMED_WITHIN_S = 15


async def record_check(settings: Settings, report: AuditReport) -> None:
    """Record who verified the whole trail now, and whether it was intact; where that fails, the log says so."""
    if not settings.kafka.bootstrap_servers:
        return
    entries = sum(head.entries for head in report.heads)
    verdict = "intact" if report.is_intact else f"{report.found:,} things are wrong"
    told = event_of(
        Action.AUDIT_VERIFIED, whoever(), settings.cassandra.keyspace, None, f"{entries:,} entries: {verdict}"
    )
    event = told if report.is_intact else told.model_copy(update={"outcome": Outcome.FAILED})
    async with EventPublisher(settings.kafka, delivery_timeout_s=CONFIRMED_WITHIN_S) as publisher:
        await CommandTrail(publisher).record_end(event)
