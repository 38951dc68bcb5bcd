"""What a running worker says of itself."""

from pydantic import AwareDatetime, Field

from schemas.images import Frozen
from schemas.results import VersionedName


class WorkerReport(Frozen):
    """One recognise worker, as it was when it began its work."""

    worker: str = Field(description="Its machine and process: `host:pid`.")
    version: str = Field(description="The version of Vedette that it runs.")
    lacking: tuple[VersionedName, ...] = Field(
        default=(), description="Models that come with Vedette and that it answers with `not_installed`."
    )
    at: AwareDatetime
