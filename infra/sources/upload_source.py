"""Images that were uploaded, read from where the API has put them."""

from collections.abc import Sequence
from pathlib import Path

from infra.objects.upload_place import UploadPlace
from infra.settings.recognition import SourceSettings
from infra.sources.contents import FetchedImage, SchemeSource
from infra.sources.file_source import FileSource
from infra.sources.object_stores import ObjectStores
from infra.sources.rules import SourceRules
from schemas.texts.uris import SourceUri


class UploadSource:
    """Uploads by owner, image and hash, within the limits of every other image."""

    def __init__(self, place: UploadPlace, settings: SourceSettings) -> None:
        self._place = place
        self._source = _open(place, settings)

    async def fetch(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> FetchedImage:
        """Return the upload; whose it is was looked at by whoever parsed ``uri``."""
        return await self._source.fetch(self._place.locate(uri), ())

    async def close(self) -> None:
        await self._source.close()


def _open(place: UploadPlace, settings: SourceSettings) -> SchemeSource:
    if place.scheme == "file":
        own = settings.model_copy(update={"file_roots": [Path(place.url)]})
        return FileSource(own, SourceRules(own))
    return ObjectStores(settings.model_copy(update={place.scheme: place.options}))
