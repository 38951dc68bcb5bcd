"""References that come in by HTTP: checked as far as can be without fetching, announced, published, confirmed."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import structlog
from pydantic import ConfigDict, Field, ValidationError

from api.admission.coalescing import SingleFlightCache, WriteBatcher
from api.http.errors import field_error
from api.services import Accounts, Backlog, Images, PipelineDirectory, Publisher
from infra.errors import FieldError, InvalidRequest, Rejected, TransientError
from infra.kafka.event_bus import Record
from infra.sources.rules import SourceRules
from schemas.access.accounts import Workspace
from schemas.images import (
    MAX_METADATA_ENTRIES,
    Feature,
    Frozen,
    ImageId,
    ImageReference,
    ImageUri,
    MetadataName,
    MetadataValue,
    Origin,
    Owner,
    VersionedName,
)
from schemas.messages.cloud_events import API_SOURCE, REFERENCE_TYPE, headers_for
from schemas.texts.moments import Moment
from schemas.topics import IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, MAX_REFERENCE_BYTES

log = structlog.get_logger(__name__)

MAX_IMAGES = 100
NO_PIPELINE = "There is no such pipeline. Leave it out to use the promoted one. (unknown_pipeline)"
Priority = Literal["normal", "batch"]
TOPICS: dict[Priority, str] = {"normal": IMAGE_REFERENCES, "batch": IMAGE_REFERENCES_BATCH}


class SubmittedImage(Frozen):
    """One image to recognise. The platform fetches it from ``uri``."""

    # A misspelt field of a caller's is told, not ignored.
    model_config = ConfigDict(extra="forbid")

    uri: ImageUri = Field(
        description="An address with the scheme s3, gs, az, https or file. The workspace must be allowed to read it."
    )
    image_id: ImageId | None = Field(default=None, description="The image's id. Default: an id derived from the URI.")
    features: list[Feature] | None = Field(
        default=None,
        min_length=1,
        description="The features to recognise. Default: the workspace's default features.",
    )
    metadata: dict[MetadataName, MetadataValue] = Field(
        default_factory=dict,
        max_length=MAX_METADATA_ENTRIES,
        description="Values that are returned unchanged with the result.",
    )
    pipeline: VersionedName | None = Field(
        default=None, description="The pipeline that answers. Default: the promoted one."
    )
    deadline: Moment | None = Field(
        default=None,
        description="The time after which an answer is no longer needed. The image is then not recognised.",
    )


class Submission(Frozen):
    """Images of one workspace, at most 100."""

    # Lists, not tuples: of a tuple with one wrong item Pydantic also says that it is too short.

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "owner": "shop",
                    "images": [{"uri": "s3://shop-media/mug.jpg", "image_id": "mug-1", "metadata": {"sku": "A-17"}}],
                }
            ]
        },
    )

    images: list[SubmittedImage] = Field(min_length=1, max_length=MAX_IMAGES)
    owner: Owner | None = Field(
        default=None, description="The workspace. Default: your workspace, if you have only one."
    )
    priority: Priority = Field(
        default="normal", description="References with the priority `batch` give way to `normal` ones."
    )


class Submissions:
    """Takes references in."""

    def __init__(
        self,
        images: Images,
        accounts: Accounts,
        pipelines: PipelineDirectory,
        publisher: Publisher,
        rules: SourceRules,
        backlog: Backlog,
    ) -> None:
        self._workspaces: SingleFlightCache[str, Workspace | None] = SingleFlightCache(accounts.find_workspace)
        self._announcements = WriteBatcher(images.announce)
        self._acceptances = WriteBatcher(images.save_accepted)
        self._pipelines = pipelines
        self._publisher = publisher
        self._rules = rules
        self._backlog = backlog

    async def submit(
        self, submission: Submission, owner: str, request_id: str, traceparent: str | None
    ) -> list[ImageReference]:
        """Return the references once the broker has them all, in the order given; ``owner`` may be written to.

        Each image is announced before it is published, so that whoever reads it straight after finds it pending.
        Raises ``InvalidRequest`` or ``Overloaded`` before anything happened, and ``TransientError`` where some images
        may have been published: sending all of them again is right, and recognises none twice.
        """
        self.make_room(submission.priority, len(submission.images))
        workspace = await self.find_workspace(owner)
        submitted_at = datetime.now(UTC)
        references = build_references(submission, workspace, self._rules, submitted_at)
        await self.require_pipelines(references)
        await self.send(references, submission.priority, request_id, traceparent)
        return references

    def make_room(self, priority: Priority, images: int) -> None:
        """Count ``images`` among those that wait to be recognised; raises ``Overloaded`` where too many do."""
        self._backlog.reserve(TOPICS[priority], images)

    async def send(
        self,
        references: Sequence[ImageReference],
        priority: Priority,
        request_id: str,
        traceparent: str | None,
    ) -> None:
        """Announce and publish references that were checked; raises ``TransientError`` as ``submit`` does."""
        submitted_at = datetime.now(UTC)
        await self._announcements.add([(each.identity, each.public_uri, submitted_at) for each in references])
        headers = _Headers(submitted_at, traceparent or _new_traceparent(), request_id)
        topic = TOPICS[priority]
        origins = await self._publisher.publish([_record(reference, topic, headers) for reference in references])
        await self._show_pending(references, origins)

    async def find_workspace(self, owner: str) -> Workspace:
        """Return the workspace; raises ``InvalidRequest`` where there is none."""
        workspace = await self._workspaces.get(owner)
        if workspace is None:
            raise InvalidRequest([FieldError(field="owner", message="There is no such workspace.")])
        return workspace

    def forget_workspace(self, workspace_id: str) -> None:
        """Read this workspace anew, since it was made or changed here."""
        self._workspaces.forget(workspace_id)

    async def require_pipelines(self, references: Sequence[ImageReference]) -> None:
        """Raise ``InvalidRequest`` where a pipeline is named that there is none of."""
        named = {reference.pipeline for reference in references if reference.pipeline is not None}
        unknown = {name for name in named if await self._pipelines.find(name) is None}
        errors = [
            FieldError(field=f"images[{number}].pipeline", message=NO_PIPELINE)
            for number, reference in enumerate(references)
            if reference.pipeline in unknown
        ]
        if errors:
            raise InvalidRequest(errors)

    async def require_pipeline(self, name: VersionedName | None) -> None:
        """Raise ``InvalidRequest`` for the parameter ``pipeline`` where it names one that there is none of."""
        if name is not None and await self._pipelines.find(name) is None:
            raise InvalidRequest([FieldError(field="pipeline", message=NO_PIPELINE)])

    async def _show_pending(self, references: Sequence[ImageReference], origins: tuple[Origin, ...]) -> None:
        """Write down at once what the store worker will write again: an image sent anew is pending, not as it was.

        By now the broker has the references. Should Cassandra not answer this moment, they are accepted all the same,
        and the worker's write makes up for ours.
        """
        try:
            await self._acceptances.add(list(zip(references, origins, strict=True)))
        except TransientError as error:
            log.warning("accepted_not_shown", error=str(error), images=len(references))


def build_references(
    submission: Submission, workspace: Workspace, rules: SourceRules, submitted_at: datetime
) -> list[ImageReference]:
    """Return the references that are asked for; raises ``InvalidRequest`` naming every field that is wrong."""
    references: list[ImageReference] = []
    errors: list[FieldError] = []
    for number, image in enumerate(submission.images):
        try:
            rules.check_uri(image.uri, workspace.allowed_prefixes)
            references.append(_reference(number, image, workspace.id, submitted_at))
        except Rejected as rejected:
            errors.append(
                FieldError(field=f"images[{number}].uri", message=f"{rejected.detail} ({rejected.reason.value})")
            )
        except InvalidRequest as invalid:
            errors += invalid.errors
    errors += _repetitions(references) if not errors else []
    if errors:
        raise InvalidRequest(errors)
    return references


def _repetitions(references: Sequence[ImageReference]) -> list[FieldError]:
    """Refuse one name twice: which of the two would count is left to chance."""
    first: dict[str, int] = {}
    errors = []
    for number, reference in enumerate(references):
        earlier = first.setdefault(reference.identity.image_id, number)
        if earlier != number:
            field = "uri" if reference.image_id is None else "image_id"
            message = (
                f"This is the same image as images[{earlier}]. Send each image once, or give each its own image_id."
            )
            errors.append(FieldError(field=f"images[{number}].{field}", message=message))
    return errors


def _reference(number: int, image: SubmittedImage, owner: str, submitted_at: datetime) -> ImageReference:
    try:
        reference = ImageReference(owner=owner, submitted_at=submitted_at, **image.model_dump())
    except ValidationError as invalid:
        problems = invalid.errors(include_input=False, include_url=False)
        raise InvalidRequest(
            [field_error(("body", "images", number, *each["loc"]), each) for each in problems]
        ) from None
    if len(_value(reference)) > MAX_REFERENCE_BYTES:
        message = f"The reference is too large. A whole reference may have at most {MAX_REFERENCE_BYTES} bytes."
        raise InvalidRequest([FieldError(field=f"images[{number}].metadata", message=message)])
    return reference


@dataclass(frozen=True)
class _Headers:
    """What the headers of all messages of one request have in common."""

    time: datetime
    traceparent: str
    correlation_id: str


def _record(reference: ImageReference, topic: str, common: _Headers) -> Record:
    headers = headers_for(
        REFERENCE_TYPE,
        event_id=str(uuid.uuid4()),
        source=API_SOURCE,
        time=common.time,
        traceparent=common.traceparent,
        correlation_id=common.correlation_id,
    )
    return Record(topic, _value(reference), reference.identity.image_key.encode(), headers)


def _value(reference: ImageReference) -> bytes:
    return reference.model_dump_json(exclude_none=True).encode()


def _new_traceparent() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
