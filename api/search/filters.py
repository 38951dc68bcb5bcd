"""The filters of results, which lists, searches, counts and live streams have in common."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from api.dependencies import OwnerQuery, Reader, owners_in_reach
from infra.errors import FieldError, InvalidRequest
from schemas.dead_letters import Reason
from schemas.images import MAX_ANSWERS
from schemas.queries import ResultQuery
from schemas.results import VersionedName
from schemas.texts.moments import Moment

MetadataFilters = list[Annotated[str, Field(pattern=r"(?s)^[^=\x00]+=.+$", max_length=1200)]]
LabelNames = list[Annotated[str, Field(min_length=1, max_length=200)]]


async def get_filters(
    caller: Reader,
    owner: OwnerQuery = None,
    label: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Only images that show this: a label, an object, or anything more general. `dog` finds every "
            "breed.",
            examples=["espresso"],
        ),
    ] = None,
    label_exact: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Only images with a label of exactly this name.",
            examples=["espresso"],
        ),
    ] = None,
    exclude_label: Annotated[
        LabelNames | None,
        Query(
            max_length=10,
            description="Only images that do not show this: no label, no object, nothing beneath it. Repeat the "
            "parameter for more.",
            examples=["person"],
        ),
    ] = None,
    category: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="Only images in this category.", examples=["Animals and Pets"]),
    ] = None,
    object_name: Annotated[
        str | None,
        Query(
            alias="object",
            min_length=1,
            max_length=200,
            description="Only images that show an object with this name.",
            examples=["dog"],
        ),
    ] = None,
    moderation: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Only images in this category of moderation, or in one beneath it.",
            examples=["Explicit"],
        ),
    ] = None,
    min_confidence: Annotated[
        float | None,
        Query(
            ge=0,
            le=1,
            description="The minimum confidence of the labels, object and categories that are given, or of the top "
            "label if none is.",
        ),
    ] = None,
    min_known: Annotated[
        float | None,
        Query(ge=0, le=1, description="Only images whose `known` is at least this."),
    ] = None,
    max_known: Annotated[
        float | None,
        Query(
            ge=0,
            le=1,
            description="Only images whose `known` is below this: with 0.05, those that probably show nothing that the"
            " model knows.",
        ),
    ] = None,
    min_faces: Annotated[
        int | None,
        Query(ge=0, le=MAX_ANSWERS, description="Only images in which at least so many faces were found."),
    ] = None,
    max_faces: Annotated[
        int | None,
        Query(
            ge=0,
            le=MAX_ANSWERS,
            description="Only images in which at most so many faces were found. 0: those that were searched for faces "
            "and have none.",
        ),
    ] = None,
    since: Annotated[Moment | None, Query(description="At or after this time.")] = None,
    until: Annotated[Moment | None, Query(description="Before this time.")] = None,
    taken_since: Annotated[
        Moment | None,
        Query(
            description="Only images that EXIF says were taken at or after this time. A time without an offset is "
            "compared as if it were UTC."
        ),
    ] = None,
    taken_until: Annotated[Moment | None, Query(description="Only images taken before this time.")] = None,
    camera: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Only images of this camera, as EXIF names it, in any case.",
            examples=["Apple iPhone 12"],
        ),
    ] = None,
    pipeline: Annotated[VersionedName | None, Query(examples=["standard@2"])] = None,
    reason: Annotated[Reason | None, Query(description="Only images rejected for this reason.")] = None,
    metadata: Annotated[
        MetadataFilters | None,
        Query(
            max_length=10,
            description="Only images with this metadata, as `name=value`; repeat the parameter for more.",
            examples=["sku=A-17"],
        ),
    ] = None,
) -> ResultQuery:
    """Return what is asked for by contents, time and workspace, within what the caller may see."""
    require_order(since, until)
    require_order(taken_since, taken_until, "taken_until", "taken_since")
    if min_faces is not None and max_faces is not None and min_faces > max_faces:
        raise InvalidRequest([FieldError(field="max_faces", message="This must not be less than `min_faces`.")])
    return ResultQuery(
        owners=owners_in_reach(caller, owner),
        label=label,
        label_exact=label_exact,
        exclude_labels=tuple(exclude_label or ()),
        category=category,
        object=object_name,
        min_confidence=min_confidence,
        min_known=min_known,
        max_known=max_known,
        moderation=moderation,
        min_faces=min_faces,
        max_faces=max_faces,
        since=since,
        until=until,
        taken_since=taken_since,
        taken_until=taken_until,
        camera=camera,
        pipeline=pipeline,
        reason=reason,
        metadata=pairs_of(metadata),
    )


def require_order(since: datetime | None, until: datetime | None, later: str = "until", earlier: str = "since") -> None:
    """Raise ``InvalidRequest`` where a span ends before it begins; ``later`` and ``earlier`` are its fields' names."""
    if since is not None and until is not None and since >= until:
        raise InvalidRequest([FieldError(field=later, message=f"This must be later than `{earlier}`.")])


def pairs_of(metadata: list[str] | None) -> tuple[tuple[str, str], ...]:
    """Return name and value of each ``name=value``."""
    return tuple((name, value) for name, _, value in (pair.partition("=") for pair in metadata or ()))


Filters = Annotated[ResultQuery, Depends(get_filters)]
