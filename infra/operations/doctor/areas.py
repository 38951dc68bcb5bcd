"""The areas that are looked at: for each, how its facts are gathered and which checks are told them."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from infra.cassandra.migrations import read_migrations
from infra.operations.doctor.checks.api_checks import api_findings
from infra.operations.doctor.checks.certificate_checks import certificate_findings
from infra.operations.doctor.checks.file_checks import file_findings
from infra.operations.doctor.checks.keeping import backup_findings, verification
from infra.operations.doctor.checks.machine_checks import machine_findings
from infra.operations.doctor.checks.secret_checks import secret_findings
from infra.operations.doctor.checks.servers.cassandra_checks import cassandra_findings
from infra.operations.doctor.checks.servers.elasticsearch_checks import elasticsearch_findings
from infra.operations.doctor.checks.servers.kafka_checks import kafka_findings
from infra.operations.doctor.checks.transport import transport_findings
from infra.operations.doctor.examination import Area
from infra.operations.doctor.facts.asking import ask
from infra.operations.doctor.facts.cassandra_facts import gather_cassandra
from infra.operations.doctor.facts.certificate_facts import gather_certificates
from infra.operations.doctor.facts.elasticsearch_facts import gather_elasticsearch
from infra.operations.doctor.facts.file_facts import gather_files
from infra.operations.doctor.facts.kafka_facts import KafkaSurvey
from infra.operations.doctor.facts.keeping_facts import backups_share_the_disk, gather_backups, gather_verification
from infra.operations.doctor.facts.machine_facts import gather_machine
from infra.operations.doctor.findings import Telling
from infra.settings.settings import Settings

START = "Start it, or correct its address and log-in in the settings: see `vedette status`."


class PlatformAreas:
    """The areas of one installation, as its settings name them; ``here`` is the folder where the command runs."""

    def __init__(self, settings: Settings, here: Path) -> None:
        self._settings = settings
        self._here = here

    def all(self) -> tuple[Area, ...]:
        """Return every area; nothing is asked before each is looked at."""
        return (
            Area("settings", self._look_at_settings, "Correct the settings."),
            Area("files", self._look_at_files, "Run the command as the user that runs the platform."),
            Area("certificates", self._look_at_certificates, "Look at them with `openssl x509`."),
            Area("machine", self._look_at_machine, "Look at it with `df` and `free`."),
            Area("kafka", self._look_at_kafka, START),
            Area("cassandra", self._look_at_cassandra, START),
            Area("elasticsearch", self._look_at_elasticsearch, START),
            Area("backup", self._look_at_backups, "Look with `vedette backup list`."),
            Area("audit", self._look_at_audit, "Run `vedette audit verify`."),
        )

    async def _look_at_settings(self) -> Iterable[Telling]:
        settings = self._settings
        return chain(transport_findings(settings), api_findings(settings), secret_findings(settings))

    async def _look_at_files(self) -> Iterable[Telling]:
        return file_findings(await asyncio.to_thread(gather_files, self._settings, self._here))

    async def _look_at_certificates(self) -> Iterable[Telling]:
        return certificate_findings(await gather_certificates(self._settings), datetime.now(UTC))

    async def _look_at_machine(self) -> Iterable[Telling]:
        facts = await asyncio.to_thread(gather_machine, self._settings)
        return machine_findings(facts, self._settings, datetime.now(UTC).date())

    async def _look_at_kafka(self) -> Iterable[Telling]:
        return kafka_findings(await KafkaSurvey(self._settings.kafka).gather())

    async def _look_at_cassandra(self) -> Iterable[Telling]:
        settings = self._settings.cassandra
        facts = await gather_cassandra(settings)
        return cassandra_findings(facts, settings, read_migrations(), datetime.now(UTC).date())

    async def _look_at_elasticsearch(self) -> Iterable[Telling]:
        return elasticsearch_findings(await gather_elasticsearch(self._settings), datetime.now(UTC).date())

    async def _look_at_backups(self) -> Iterable[Telling]:
        backups = await gather_backups(self._settings)
        shares_disk = backups_share_the_disk(self._settings)
        return backup_findings(self._settings.backup, backups, datetime.now(UTC), shares_disk=shares_disk)

    async def _look_at_audit(self) -> Iterable[Telling]:
        return verification(await ask(gather_verification(self._settings)), datetime.now(UTC))
