"""Where uploaded pictures lie: one folder, or one prefix of a bucket, that references of callers cannot name."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from infra.objects.local_folder import LocalFolder
from infra.objects.object_folder import ObjectFolder
from infra.settings.settings import Settings
from schemas.texts.uris import SourceUri

Folder = LocalFolder | ObjectFolder
SETTING = "VEDETTE_UPLOADS__PLACE"


@dataclass(frozen=True)
class UploadPlace:
    """A place, and the options with which its store is opened; ``url`` is an absolute path or ``s3://bucket/prefix``."""

    url: str
    options: dict[str, str] = field(default_factory=dict, repr=False)
    setting: str = SETTING

    @classmethod
    def of(cls, settings: Settings) -> "UploadPlace":
        """Return the place that the settings name: ``uploads`` beneath the home folder where they name none."""
        place = settings.uploads.place or str(settings.home / "uploads")
        scheme, is_url, _ = place.partition("://")
        if not is_url:
            return cls(os.path.normpath(Path(place).expanduser().absolute()))
        own_options: dict[str, str] = getattr(settings.uploads, scheme)
        setting = f"VEDETTE_{'UPLOADS' if own_options else 'SOURCES'}__{scheme.upper()}"
        return cls(place.rstrip("/"), own_options or getattr(settings.sources, scheme), setting)

    @property
    def scheme(self) -> str:
        """``file``, ``s3``, ``gs`` or ``az``."""
        scheme, is_url, _ = self.url.partition("://")
        return scheme if is_url else "file"

    def open(self, *names: str) -> Folder:
        """Return the folder beneath this place that is reached by these names."""
        if self.scheme == "file":
            return LocalFolder(Path(self.url, *names), self.setting)
        return ObjectFolder("/".join((self.url, *names)), self.options, self.setting)

    def locate(self, upload: SourceUri) -> SourceUri:
        """Return where an upload lies in truth."""
        bucket, segments = self._root
        return SourceUri(self.scheme, bucket, None, (*segments, upload.host, *upload.segments), "")

    def holds(self, source: SourceUri) -> bool:
        """Whether ``source`` is this place or lies beneath it."""
        bucket, segments = self._root
        return (source.scheme, source.host) == (self.scheme, bucket) and any(
            source.segments[: len(root)] == root for root in (segments, self._real_segments)
        )

    @cached_property
    def _root(self) -> tuple[str, tuple[str, ...]]:
        if self.scheme == "file":
            return "", Path(self.url).parts[1:]
        bucket, _, prefix = self.url.partition("://")[2].partition("/")
        return bucket, tuple(unquote(prefix).split("/")) if prefix else ()

    @cached_property
    def _real_segments(self) -> tuple[str, ...]:
        return Path(os.path.realpath(self.url)).parts[1:] if self.scheme == "file" else self._root[1]
