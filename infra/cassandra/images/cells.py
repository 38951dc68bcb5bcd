"""The cells of a row in ``images``: each stage of an image's way as one JSON text, written as a whole."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from schemas.dead_letters import DeadLetter, Rejection, Resolved
from schemas.images import ImageReference, Origin
from schemas.queries import ImageRecord
from schemas.results import RecognitionResult


class ImageRow(NamedTuple):
    """A row of ``images`` as it is read."""

    image_key: str
    owner: str
    image_id: str
    announced: str | None
    accepted: str | None
    recognised: str | None
    rejected: str | None
    discarded: str | None
    deleted: str | None


def announced_cell(uri: str, announced_at: datetime) -> str:
    return _cell(at=announced_at, uri=uri)


def accepted_cell(reference: ImageReference, origin: Origin) -> str:
    coordinates = origin.model_dump(exclude={"appended_at_ms"}, exclude_none=True)
    return _cell(at=origin.appended_at, version=origin.version, uri=reference.public_uri, origin=coordinates)


def accepted_origin(cell: str) -> Origin:
    """Return where the reference stood that an ``accepted`` cell tells of."""
    told = _read(cell)
    appended_at = datetime.fromisoformat(told["at"])
    return Origin(appended_at_ms=round(appended_at.timestamp() * 1000), **told["origin"])


def announced_at(cell: str) -> datetime:
    """Return when an ``announced`` cell was written."""
    return datetime.fromisoformat(_read(cell)["at"])


def recognised_cell(result: RecognitionResult) -> str:
    return _cell(
        at=result.recognised_at,
        version=result.origin.version,
        uri=result.uri,
        pipeline=result.pipeline,
        name=result.origin.name,
    )


def rejected_cell(rejection: Rejection) -> str:
    return _cell(
        at=rejection.rejected_at,
        version=rejection.origin.version,
        uri=rejection.uri,
        reason=rejection.reason,
        detail=rejection.detail,
        name=rejection.origin.name,
        # Where administrators' list has it, which for a rejected replay is elsewhere.
        listed=(rejection.message.moment_us, rejection.message.name),
    )


def discarded_cell(resolved: Resolved) -> str:
    return _cell(at=resolved.at, version=resolved.rejection.origin.version)


def resolution_cell(resolved: Resolved) -> str:
    return _cell(resolution=resolved.resolution, resolved_by=resolved.by, resolved_at=resolved.at)


def read_letter(rejection: str, resolution: str | None) -> DeadLetter:
    """Return a row of ``rejections``."""
    return DeadLetter.model_validate(orjson.loads(rejection) | dict(_read(resolution)))


def deleted_cell(deleted_at: datetime, origin: Origin) -> str:
    return _cell(at=deleted_at, version=origin.version)


def deleted_version(cell: str | None) -> int:
    """Return the number of the deletion that a ``deleted`` cell tells of; -1 where there was none."""
    return int(_read(cell).get("version", -1))


def listed_versions(row: ImageRow) -> set[int]:
    """Return the versions under which the image may stand in its workspace's list."""
    return {stage["version"] for stage in map(_read, (row.accepted, row.recognised, row.rejected)) if stage}


def rejected_name(row: ImageRow) -> tuple[int, str] | None:
    """Return moment and name of the image's rejection in the administrators' list, if it has one."""
    rejected = _read(row.rejected)
    if not rejected:
        return None
    moment, name = rejected.get("listed", (rejected["version"], rejected["name"]))
    return moment, name


def read_record(row: ImageRow) -> ImageRecord:
    """Return what the row says. What is older than the image's deletion is left out, however late it was written."""
    deleted = _read(row.deleted)
    accepted, recognised, rejected, discarded = (
        _newer(_read(cell), deleted) for cell in (row.accepted, row.recognised, row.rejected, row.discarded)
    )
    announced = _announced(_read(row.announced), deleted)
    newest = max((accepted, recognised, rejected), key=lambda stage: stage.get("version", -1))
    return ImageRecord(
        owner=row.owner,
        image_id=row.image_id,
        image_key=row.image_key,
        uri=newest.get("uri") or announced.get("uri"),
        announced_at=announced.get("at"),
        pipeline=recognised.get("pipeline"),
        accepted_origin=_origin_name(accepted.get("origin")),
        recognised_origin=recognised.get("name"),
        rejected_origin=rejected.get("name"),
        reason=rejected.get("reason"),
        detail=rejected.get("detail"),
        **_stage("accepted", accepted),
        **_stage("recognised", recognised),
        **_stage("rejected", rejected),
        **_stage("discarded", discarded),
        **_stage("deleted", deleted),
    )


def newest_version(record: ImageRecord) -> int | None:
    """Return the version of the newest reference that the record knows of."""
    versions = (record.accepted_version, record.recognised_version, record.rejected_version)
    return max((version for version in versions if version is not None), default=None)


def _cell(**fields: object) -> str:
    return orjson.dumps(fields).decode()


def _read(cell: str | None) -> Mapping[str, Any]:
    return orjson.loads(cell) if cell else {}


def _newer(stage: Mapping[str, Any], deleted: Mapping[str, Any]) -> Mapping[str, Any]:
    return stage if stage and stage["version"] > deleted.get("version", -1) else {}


def _origin_name(origin: Mapping[str, Any] | None) -> str | None:
    return None if origin is None else f"{origin['topic']}:{origin['partition']}:{origin['offset']}"


def _announced(stage: Mapping[str, Any], deleted: Mapping[str, Any]) -> Mapping[str, Any]:
    if stage and deleted and datetime.fromisoformat(stage["at"]) <= datetime.fromisoformat(deleted["at"]):
        return {}
    return stage


def _stage(name: str, stage: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}_at": stage.get("at"), f"{name}_version": stage.get("version")}
