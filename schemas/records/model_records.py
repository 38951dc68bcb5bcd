"""What was put into the repository of models, as it was when an administrator put it there."""

from pydantic import AwareDatetime, Field

from schemas.images import MAX_NAME_CHARACTERS, Frozen
from schemas.results import VersionedName


class ModelRecord(Frozen):
    """A model by its contents: workers load none whose contents are others."""

    model: VersionedName
    sha256: str = Field(description="Of model.onnx.")
    description_sha256: str | None = Field(
        default=None, description="Of card and labels together; absent where the record is of an older version."
    )
    by: str = Field(max_length=MAX_NAME_CHARACTERS)
    at: AwareDatetime
