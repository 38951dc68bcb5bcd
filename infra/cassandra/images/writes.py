"""The writes that tell Cassandra of references, results, rejections and deletions.

Each carries the version of its reference as its timestamp. Writes to one partition stand in one group.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from infra.cassandra.images.cells import (
    ImageRow,
    accepted_cell,
    announced_cell,
    deleted_cell,
    discarded_cell,
    listed_versions,
    recognised_cell,
    rejected_cell,
    rejected_name,
    resolution_cell,
)
from infra.cassandra.session import Write
from infra.cassandra.time_lists import Slice, TimeList
from infra.slices import in_slices
from schemas.dead_letters import Rejection, Resolution, Resolved
from schemas.images import ImageIdentity, ImageReference, Origin
from schemas.results import ImageDeleted, RecognitionResult

# One statement for each stage: a cell that is not named is not touched.
STAGE = "INSERT INTO {{keyspace}}.images (image_key, owner, image_id, {}) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
ANNOUNCED = STAGE.format("announced")
ACCEPTED = STAGE.format("accepted")
RECOGNISED = STAGE.format("recognised")
REJECTED = STAGE.format("rejected")
DISCARDED = STAGE.format("discarded")
DELETED = (
    "INSERT INTO {keyspace}.images"
    " (image_key, owner, image_id, deleted, accepted, recognised, rejected, discarded)"
    " VALUES (?, ?, ?, ?, null, null, null, null) USING TIMESTAMP ?"
)
# Announcements carry the time of whoever made them, and no reference's number.
UNANNOUNCE = "DELETE announced FROM {keyspace}.images USING TIMESTAMP ? WHERE image_key = ?"
SAVE_RESULT = "INSERT INTO {keyspace}.results (image_key, pipeline, result) VALUES (?, ?, ?) USING TIMESTAMP ?"
DELETE_RESULTS = "DELETE FROM {keyspace}.results USING TIMESTAMP ? WHERE image_key = ?"
LIST_IMAGE = (
    "INSERT INTO {keyspace}.images_by_owner (owner, slice, version, image_key) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
)
UNLIST_IMAGE = (
    "DELETE FROM {keyspace}.images_by_owner USING TIMESTAMP ?"
    " WHERE owner = ? AND slice = ? AND version = ? AND image_key = ?"
)
LIST_REJECTION = (
    "INSERT INTO {keyspace}.rejections (slice, version, name, rejection) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
)
RESOLVE = "INSERT INTO {keyspace}.rejections (slice, version, name, resolution) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
UNLIST_REJECTION = "DELETE FROM {keyspace}.rejections USING TIMESTAMP ? WHERE slice = ? AND version = ? AND name = ?"
NAME_REJECTION = (
    "INSERT INTO {keyspace}.rejections_by_image (image_key, version, listed, name) VALUES (?, ?, ?, ?)"
    " USING TIMESTAMP ?"
)
UNNAME_REJECTIONS = "DELETE FROM {keyspace}.rejections_by_image USING TIMESTAMP ? WHERE image_key = ?"

REJECTIONS = TimeList(
    name="rejections",
    select="SELECT version, name, rejection, resolution FROM {keyspace}.rejections WHERE slice = ?",
    key=(),
    order="(version, name)",
    slice_ms=60_000,
)


# Cassandra refuses a batch of more than 16 MiB, and a rejection may hold an address of 32 KiB.
MOST_LISTINGS_A_GROUP = 100


@dataclass(frozen=True)
class Writes:
    """Groups of writes, and the slices of lists that they put entries in."""

    groups: list[list[Write]]
    slices: frozenset[Slice] = field(default_factory=frozenset)

    def __add__(self, other: "Writes") -> "Writes":
        return Writes([*self.groups, *other.groups], self.slices | other.slices)


def images_of(owner: str) -> TimeList:
    """Return the list of a workspace's images."""
    return TimeList(
        name=f"images:{owner}",
        select="SELECT version, image_key FROM {keyspace}.images_by_owner WHERE owner = ? AND slice = ?",
        key=(owner,),
        order="(version, image_key)",
        slice_ms=600_000,
    )


def announcement(identity: ImageIdentity, uri: str, announced_at: datetime) -> Write:
    return _stage(ANNOUNCED, identity, announced_cell(uri, announced_at), _microseconds(announced_at))


def acceptances(references: Sequence[tuple[ImageReference, Origin]]) -> Writes:
    named = [(reference.identity, accepted_cell(reference, origin), origin.version) for reference, origin in references]
    rows = [[_stage(ACCEPTED, identity, cell, version)] for identity, cell, version in named]
    return Writes(rows) + _listings((identity.owner, version, identity.image_key) for identity, _, version in named)


def recognitions(results: Sequence[RecognitionResult]) -> Writes:
    entries = ((result.owner, result.origin.version, result.image_key) for result in results if not _is_beside(result))
    return Writes([_recognition(result) for result in results]) + _listings(entries)


def rejections(rejected: Sequence[Rejection]) -> Writes:
    named = [(identity, rejection) for rejection in rejected if (identity := rejection.identity) is not None]
    rows = [
        [_stage(REJECTED, identity, rejected_cell(rejection), rejection.origin.version)]
        for identity, rejection in named
    ]
    entries = ((identity.owner, rejection.origin.version, identity.image_key) for identity, rejection in named)
    rows += [[_naming(identity, rejection.known_as)] for identity, rejection in named]
    return Writes(rows) + _listings(entries) + _rejection_listings(rejected)


def resolutions(resolved: Sequence[Resolved]) -> Writes:
    """Of several acts on one dead letter the last one counts."""
    marks = [[_resolution(event)] for event in resolved]
    discarded = [
        [_stage(DISCARDED, identity, discarded_cell(event), event.rejection.origin.version)]
        for event in resolved
        if event.resolution is Resolution.DISCARDED and (identity := event.rejection.identity) is not None
    ]
    slices = frozenset((REJECTIONS.name, _listed_in(event.rejection)) for event in resolved)
    return Writes([*marks, *discarded], slices)


def _resolution(event: Resolved) -> Write:
    message = event.rejection.known_as
    values = (message.moment_us, message.name, resolution_cell(event), _microseconds(event.at))
    return Write(RESOLVE, (_listed_in(event.rejection), *values))


def deletion(
    deleted: ImageDeleted, origin: Origin, row: ImageRow | None, letters: Iterable[tuple[int, str]] = ()
) -> Writes:
    """``row`` is what is known of the image, whose entries in lists are taken out, and ``letters`` moment and name of
    each of its dead letters of before.
    """
    version = origin.version
    cell = deleted_cell(deleted.deleted_at, origin)
    image = Write(DELETED, (deleted.image_key, deleted.owner, deleted.image_id, cell, version))
    unannounced = Write(UNANNOUNCE, (_microseconds(deleted.deleted_at), deleted.image_key))
    groups = [[image, unannounced, Write(DELETE_RESULTS, (version, deleted.image_key))]]
    groups.extend([_unlisting(version, listed, name)] for listed, name in letters)
    if row is not None:
        groups.extend([write] for write in _unlistings(row, version))
    return Writes(groups)


def forgotten_letters(deletions: Iterable[tuple[ImageDeleted, Origin]]) -> list[list[Write]]:
    """To be written once the dead letters themselves are gone: until then it is known which they are."""
    return [[Write(UNNAME_REJECTIONS, (origin.version, deleted.image_key))] for deleted, origin in deletions]


def _stage(statement: str, identity: ImageIdentity, cell: str, version: int) -> Write:
    return Write(statement, (identity.image_key, identity.owner, identity.image_id, cell, version))


def _recognition(result: RecognitionResult) -> list[Write]:
    key, version = result.image_key, result.origin.version
    answer = Write(SAVE_RESULT, (key, result.pipeline, result.model_dump_json(exclude_none=True).encode(), version))
    if _is_beside(result):
        return [answer]
    return [Write(RECOGNISED, (key, result.owner, result.image_id, recognised_cell(result), version)), answer]


def _is_beside(result: RecognitionResult) -> bool:
    """Whether this is one more answer to a reference that has its outcome, by a pipeline that does not count yet."""
    return result.replay is not None and not result.promoted


def _listings(entries: Iterable[tuple[str, int, str]]) -> Writes:
    """Put images, each (owner, version, image_key), in their workspaces' lists: one group for each slice."""
    groups: defaultdict[Slice, list[Write]] = defaultdict(list)
    lists: dict[str, TimeList] = {}
    for owner, version, key in entries:
        images = lists.setdefault(owner, images_of(owner))
        begins = images.slice_of(version)
        groups[images.name, begins].append(Write(LIST_IMAGE, (owner, begins, version, key, version)))
    return Writes(_in_parts(groups.values()), frozenset(groups))


def _rejection_listings(rejected: Sequence[Rejection]) -> Writes:
    """List each under the message that was rejected: what a replay says that it replays may be another's message.

    Its place is told by its id, which has no number: whoever has the id finds it.
    """
    groups: defaultdict[Slice, list[Write]] = defaultdict(list)
    for rejection in rejected:
        message, begins = rejection.known_as, _listed_in(rejection)
        cell = rejection.model_dump_json(exclude_none=True)
        values = (begins, message.moment_us, message.name, cell, message.version)
        groups[REJECTIONS.name, begins].append(Write(LIST_REJECTION, values))
    return Writes(_in_parts(groups.values()), frozenset(groups))


def _in_parts(groups: Iterable[list[Write]]) -> list[list[Write]]:
    """Cut groups that may grow with a batch; their writes need not become visible together."""
    return [list(part) for group in groups for part in in_slices(group, MOST_LISTINGS_A_GROUP)]


def _unlistings(row: ImageRow, version: int) -> Iterable[Write]:
    images = images_of(row.owner)
    for listed in listed_versions(row):
        yield Write(UNLIST_IMAGE, (version, row.owner, images.slice_of(listed), listed, row.image_key))
    if (rejected := rejected_name(row)) is not None:
        yield _unlisting(version, *rejected)


def _unlisting(version: int, listed: int, name: str) -> Write:
    return Write(UNLIST_REJECTION, (version, REJECTIONS.slice_of(listed), listed, name))


def _naming(identity: ImageIdentity, message: Origin) -> Write:
    values = (identity.image_key, message.version, message.moment_us, message.name, message.version)
    return Write(NAME_REJECTION, values)


def _listed_in(rejection: Rejection) -> datetime:
    """Return the slice of the administrators' list that holds a rejection."""
    return REJECTIONS.slice_of(rejection.known_as.moment_us)


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)
