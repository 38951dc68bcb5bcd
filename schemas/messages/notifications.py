"""Bucket notifications: the S3 event JSON that AWS, MinIO and Ceph publish when an object is written."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from pydantic import AwareDatetime, Field, ValidationError
from pydantic_core import from_json

from schemas.images import Frozen, ImageReference
from schemas.texts.uris import object_uri
from schemas.topics import FOREIGN_BATCH_BYTES
from schemas.wire import describe

# AWS writes ``ObjectCreated:Put``, MinIO ``s3:ObjectCreated:Put``, Ceph either, by its version.
CREATED = ("ObjectCreated:", "s3:ObjectCreated:")
# Ceph gives the key as it is; the others encode it as a form does, MinIO its slashes too.
PLAIN_KEYS = "ceph:s3"


class _Bucket(Frozen):
    name: str = Field(min_length=1)


class _Object(Frozen):
    key: str = Field(min_length=1)
    version_id: str | None = Field(default=None, alias="versionId")


class _Subject(Frozen):
    bucket: _Bucket
    object: _Object


class _Creation(Frozen):
    """One ``ObjectCreated`` record."""

    source: str = Field(default="", alias="eventSource")
    time: AwareDatetime | None = Field(default=None, alias="eventTime")
    s3: _Subject

    @property
    def key(self) -> str:
        """The object's key as its store knows it."""
        return self.s3.object.key if self.source == PLAIN_KEYS else _decode(self.s3.object.key)

    def to_reference(self, owner: str) -> ImageReference:
        uri = object_uri("s3", self.s3.bucket.name, self.key, self.s3.object.version_id)
        return ImageReference(owner=owner, uri=uri, submitted_at=self.time)


def _decode(key: str) -> str:
    """Return the key without its encoding; what is replaced instead of refused would be another object's key."""
    try:
        return unquote_plus(key, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("s3.object.key: the decoded key is not UTF-8 text") from None


def references_of(value: bytes, owner_of_bucket: Mapping[str, str]) -> tuple[ImageReference, ...]:
    """Return a reference for every object that the notification says was written.

    Other events and the empty objects that stand for folders give none. Raises ``ValueError``, naming the field,
    where the value is no notification or names a bucket that ``owner_of_bucket`` gives to no workspace.
    """
    references = []
    for index, record in enumerate(_records(value)):
        try:
            references += _references_of_record(record, owner_of_bucket)
        except ValidationError as error:
            raise ValueError(f"Records[{index}].{describe(error)}") from None
        except ValueError as error:
            raise ValueError(f"Records[{index}].{error}") from None
    return tuple(references)


def _records(value: bytes) -> list[Any]:
    if len(value) > FOREIGN_BATCH_BYTES:
        raise ValueError(f"the message is larger than {FOREIGN_BATCH_BYTES} bytes")
    try:
        payload = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(f"the message is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise ValueError("the message is not a JSON object")
    if payload.get("Event") == "s3:TestEvent":
        return []
    records = payload.get("Records")
    if not isinstance(records, list):
        raise ValueError("Records: a list is required")
    return records


def _references_of_record(record: Any, owner_of_bucket: Mapping[str, str]) -> list[ImageReference]:
    name = record.get("eventName") if isinstance(record, dict) else None
    if not isinstance(name, str):
        raise ValueError("eventName: text is required")
    if not name.startswith(CREATED):
        return []
    creation = _Creation.model_validate(record)
    if creation.key.endswith("/"):
        return []
    bucket = creation.s3.bucket.name
    if (owner := owner_of_bucket.get(bucket)) is None:
        raise ValueError(f"s3.bucket.name: bucket {bucket[:63]} belongs to no workspace")
    return [creation.to_reference(owner)]
