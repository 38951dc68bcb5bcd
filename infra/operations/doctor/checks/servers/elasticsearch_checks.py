"""How Elasticsearch is: its health, its disk, its copies and its mappings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from infra.operations.doctor.checks.servers.clocks import ClockReading, clock_findings
from infra.operations.doctor.checks.servers.releases import release
from infra.operations.doctor.checks.servers.watermarks import DiskLimits, NodeDisk, disk_findings
from infra.operations.doctor.findings import Finding, Refused, Severity, Telling, Unseen, counted, listed

SUPERUSER = "elastic"
BLOCKS = ("read_only", "read_only_allow_delete", "write")


@dataclass(frozen=True)
class IndexState:
    """One index behind an alias of the platform."""

    name: str
    replicas: int
    version: int
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True)
class AliasState:
    """One alias, the command that makes it, the version of the mapping that this release has, and its indices."""

    alias: str
    wanted_version: int
    remedy: str
    indices: tuple[IndexState, ...] | Refused
    is_an_index: bool = False


@dataclass(frozen=True)
class Health:
    """What the cluster says of itself."""

    status: str
    nodes: int
    unassigned: int = 0


@dataclass(frozen=True)
class ElasticsearchFacts:
    """What the nodes tell."""

    health: Health | Refused
    releases: tuple[str, ...] | Refused = ()
    disks: tuple[NodeDisk, ...] | Refused = ()
    limits: DiskLimits | Refused = field(default_factory=DiskLimits)
    aliases: tuple[AliasState, ...] = ()
    unfinished_rebuild: str | None = None
    clocks: tuple[ClockReading, ...] = ()
    username: str | None = None


def elasticsearch_findings(facts: ElasticsearchFacts, today: date) -> Iterator[Telling]:
    """Tell what is wrong with Elasticsearch."""
    yield from health(facts.health)
    for alias in facts.aliases:
        yield from mapping(alias)
        yield from read_only(alias)
    yield from replicas(facts.aliases, facts.health)
    yield from disk_findings(facts.disks, facts.limits)
    yield from rebuild(facts.unfinished_rebuild)
    yield from superuser(facts.username)
    if isinstance(facts.releases, Refused):
        yield _unseen("elasticsearch.release", "the release of Elasticsearch", facts.releases)
    else:
        for text in sorted(set(facts.releases)):
            yield from release("Elasticsearch", text, today)
    yield from clock_findings(facts.clocks)


def health(found: Health | Refused) -> Iterator[Telling]:
    """Tell what the cluster itself calls unwell."""
    if isinstance(found, Refused):
        yield _unseen("elasticsearch.health", "the health of the cluster", found)
    elif found.status in ("red", "yellow"):
        is_red = found.status == "red"
        yield Finding(
            check="elasticsearch.health",
            severity=Severity.ERROR if is_red else Severity.WARNING,
            subject=f"cluster health {found.status}",
            problem=f"{counted(found.unassigned, 'shard')} without a node, of {counted(found.nodes, 'node')}.",
            risk="Searches and the index worker wait." if is_red else "If a node is lost, searches stop.",
            remedy="Ask why with `GET /_cluster/allocation/explain`: start the missing nodes, or make room on disks.",
        )


def mapping(alias: AliasState) -> Iterator[Telling]:
    """Tell whether the index is there, and has the mapping of this release."""
    if isinstance(alias.indices, Refused):
        yield _unseen("elasticsearch.mapping", f"the indices behind {alias.alias}", alias.indices)
        return
    if alias.is_an_index:
        told = "It is an index, and should be an alias."
        yield _mapping(alias.alias, told, "Rename or delete it, then run `vedette migrate`.")
    elif not alias.indices:
        yield _mapping(alias.alias, "There is no such index or alias.", f"Run `{alias.remedy}`.")
    if older := [index.name for index in alias.indices if index.version < alias.wanted_version]:
        told = f"The mapping is older than this release, which has version {alias.wanted_version}."
        yield _mapping(listed(older), told, "Run `vedette migrate`.")
    if newer := [index.name for index in alias.indices if index.version > alias.wanted_version]:
        told = f"The mapping is newer than this release, which has version {alias.wanted_version}."
        yield _mapping(listed(newer), told, "Install the newer release of Vedette on this machine too.")


def replicas(aliases: Sequence[AliasState], found: Health | Refused) -> Iterator[Finding]:
    """Tell which indices have one copy alone."""
    known = [index for alias in aliases if not isinstance(alias.indices, Refused) for index in alias.indices]
    single = [index.name for index in known if index.replicas < 1]
    has_many_nodes = not isinstance(found, Refused) and found.nodes > 1
    if single:
        yield Finding(
            check="elasticsearch.replication",
            severity=Severity.WARNING if has_many_nodes else Severity.ADVICE,
            subject=f"indices {listed(single)}",
            problem="Each shard has one copy.",
            risk="While its node is down searches fail. If its disk is lost, the index must be rebuilt from Cassandra,"
            " and activity is lost.",
            remedy="Run at least two nodes, set VEDETTE_ELASTICSEARCH__REPLICAS=1 for indices that are made later, and"
            ' change the existing ones: `PUT /INDEX/_settings {"index.number_of_replicas": 1}`.',
        )


def read_only(alias: AliasState) -> Iterator[Finding]:
    """Tell which indices take no writes."""
    if isinstance(alias.indices, Refused):
        return
    if blocked := [index for index in alias.indices if index.blocks]:
        kinds = {block for index in blocked for block in index.blocks}
        yield Finding(
            check="elasticsearch.read_only",
            severity=Severity.ERROR,
            subject=f"indices {listed(index.name for index in blocked)}",
            problem=f"They take no writes ({listed(f'index.blocks.{kind}' for kind in kinds)}).",
            risk="The index worker waits, and searches show nothing new.",
            remedy="Make room on the disks, then lift it: `PUT /INDEX/_settings "
            '{"index.blocks.read_only_allow_delete": null}` (likewise read_only and write).',
        )


def rebuild(unfinished: str | None) -> Iterator[Finding]:
    """Tell of a rebuild that goes on, or was killed."""
    if unfinished is not None:
        yield Finding(
            check="elasticsearch.rebuild",
            severity=Severity.ADVICE,
            subject=f"index {unfinished}",
            problem="A rebuild of the index goes on, or was killed.",
            risk="If it was killed, the index takes room, and searches may miss the most recent answers.",
            remedy="If none goes on, run `vedette rebuild index` again.",
        )


def superuser(username: str | None) -> Iterator[Finding]:
    """Tell where the platform may do everything with the cluster."""
    if username == SUPERUSER:
        yield Finding(
            check="elasticsearch.superuser",
            severity=Severity.WARNING,
            subject="VEDETTE_ELASTICSEARCH__USERNAME",
            problem="The platform logs in as the administrator of Elasticsearch.",
            risk="Whoever gets at its password can do everything with all indices.",
            remedy="Create an account, or an API key, that may use the indices vedette-* alone.",
        )


def blocks_of(settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return which kinds of writes the flat settings of an index refuse."""
    return tuple(kind for kind in BLOCKS if str(settings.get(f"index.blocks.{kind}", "false")).lower() == "true")


def _mapping(subject: str, problem: str, remedy: str) -> Finding:
    return Finding(
        check="elasticsearch.mapping",
        severity=Severity.ERROR,
        subject=subject,
        problem=problem,
        risk="The workers that write to it, and searches, fail or wait.",
        remedy=remedy,
    )


def _unseen(check: str, subject: str, refused: Refused) -> Unseen:
    remedy = "Give the account the cluster privilege `monitor`, and `view_index_metadata` on the platform's indices."
    return Unseen(check=check, subject=subject, why=refused.why, remedy=remedy)
