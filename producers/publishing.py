"""One run of ``vedette publish``: what is found is judged, published and, where that is wanted, followed."""

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from infra.errors import ConfigurationError
from infra.manifests.references import Found
from infra.settings.settings import Settings
from producers.following import Followed, follow
from producers.publisher import ImagePublisher, Priority
from producers.report import PublishReport
from producers.run import publish_all
from producers.workspaces import choose_judge
from schemas.images import ImageReference, Origin

BROKER_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Run:
    """How a run publishes; ``wait_s`` says for how long outcomes are waited for, ``None`` that they are not."""

    owner: str
    priority: Priority
    repeat: int
    timeout_s: float
    wait_s: float | None


def publish_and_tell(settings: Settings, found: Iterable[Found], run: Run) -> PublishReport:
    """Publish what is found, and return what became of it; raises ``ConfigurationError`` and ``TransientError``."""
    if run.wait_s is not None and not settings.cassandra.contact_points:
        raise ConfigurationError(
            "--wait reads outcomes from Cassandra: set VEDETTE_CASSANDRA__CONTACT_POINTS, or publish without --wait"
        )
    report, followed = PublishReport(), Followed()
    judge, unchecked = choose_judge(settings.cassandra, settings.sources)
    if unchecked is not None:
        sys.stderr.write(f"{unchecked}\n")

    def confirmed(reference: ImageReference, place: Origin) -> None:
        report.count_confirmed(reference)
        if run.wait_s is not None:
            followed.add(reference, place)

    with ImagePublisher(
        settings.kafka,
        source="vedette/publish",
        priority=run.priority,
        delivery_timeout_s=run.timeout_s,
        on_confirmed=confirmed,
        on_failed=report.count_failed,
    ) as publisher:
        publisher.require_topic(min(run.timeout_s, BROKER_TIMEOUT_S))
        publish_all(judge.judge(found), publisher, report, repeat=run.repeat)
    if run.wait_s is not None and followed:
        with report.progress("waiting for outcomes"):
            report.count_pending(asyncio.run(follow(settings.cassandra, followed, report.count_outcome, run.wait_s)))
    return report
