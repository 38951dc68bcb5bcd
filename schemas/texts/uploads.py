"""Uploads by name: an address that only the platform can write into a reference, and only its own workspace can use."""

import re
from dataclasses import dataclass
from typing import Self

from schemas.texts.uris import SourceUri

UPLOAD = "upload"
NAME_DIGITS = 32

_URI = re.compile(
    r"upload://(?P<owner>[a-z0-9][a-z0-9-]{0,62})/(?P<image_key>[0-9a-f]{40})/(?P<sha256>[0-9a-f]{64})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Upload:
    """One picture that was uploaded for one image; a copy for each image, so that one is deleted without another."""

    owner: str
    image_key: str
    sha256: str

    @classmethod
    def parse(cls, uri: str) -> Self | None:
        """Return the upload that ``uri`` names; None for any other text."""
        match = _URI.fullmatch(uri)
        return None if match is None else cls(**match.groupdict())

    @property
    def uri(self) -> str:
        return f"{upload_prefix(self.owner)}{self.image_key}/{self.sha256}"

    @property
    def source(self) -> SourceUri:
        return SourceUri(UPLOAD, self.owner, None, (self.image_key, self.sha256), "")


def upload_prefix(owner: str) -> str:
    """Return what the addresses of a workspace's uploads begin with: beside its prefixes it may read these."""
    return f"{UPLOAD}://{owner}/"


def image_id_of(sha256: str) -> str:
    """Return the name of an uploaded image that nobody has named."""
    return f"upload-{sha256[:NAME_DIGITS]}"
