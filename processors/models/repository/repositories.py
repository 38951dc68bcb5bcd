"""Which repository the settings name: the models that come with Vedette, and beside them an operator's own."""

from collections.abc import Callable, Collection
from pathlib import Path

from infra.objects.object_folder import ObjectFolder
from infra.settings.settings import Settings
from processors.models.card import ModelCard
from processors.models.default.shipped import add_shipped_models, shipped_models
from processors.models.repository.bucket import BucketRepository
from processors.models.repository.repository import ModelFiles, ModelRepository, Repository
from schemas.results import VersionedName

Added = frozenset[VersionedName]


class TwoRepositories:
    """Models that come with Vedette, in ``own``, and all others in ``added``."""

    def __init__(
        self, own: Repository, added: Repository, shipped: Collection[VersionedName] = (), theirs: Added = frozenset()
    ) -> None:
        """Models that are ``shipped`` are looked for in ``own`` alone, unless an operator has added one so named.

        Others that lie in ``own`` are found there.
        """
        self._own = own
        self._added = added
        self._shipped = frozenset(shipped) - theirs
        self._theirs = theirs

    def list_models(self) -> list[tuple[str, int]]:
        return sorted({*self._own.list_models(), *self._added.list_models()})

    def read_card(self, name: str, version: int) -> ModelCard:
        return self._of(name, version).read_card(name, version)

    def size_bytes(self, name: str, version: int) -> int:
        return self._of(name, version).size_bytes(name, version)

    def load(self, name: str, version: int) -> ModelFiles:
        return self._of(name, version).load(name, version)

    def add(self, name: str, version: int, write: Callable[[Path], None]) -> None:
        self._of(name, version).add(name, version, write)

    def remove(self, name: str, version: int) -> None:
        self._of(name, version).remove(name, version)

    def read_note(self, name: str, version: int, file: str) -> bytes | None:
        return self._of(name, version).read_note(name, version, file)

    def write_note(self, name: str, version: int, file: str, content: bytes) -> None:
        self._of(name, version).write_note(name, version, file, content)

    def _of(self, name: str, version: int) -> Repository:
        model = f"{name}@{version}"
        if model in self._shipped:
            return self._own
        return self._own if model not in self._theirs and (name, version) in self._own.list_models() else self._added


def open_repository(settings: Settings, theirs: Added = frozenset()) -> Repository:
    """Return the model repository, the models that come with Vedette in it; builds those at first use.

    What can be built anew lies in the cache; what an operator added lies where the settings say, or else in the home,
    whose owner takes care of it. Models that were added to the cache by an earlier version are found there. ``theirs``
    are names that an operator gave to a model before Vedette came with one of that name: they stay the operator's.
    """
    built = ModelRepository(settings.cache / "models")
    add_shipped_models(built)
    return TwoRepositories(built, open_added(settings), shipped_models(), theirs)


def open_added(settings: Settings) -> Repository:
    """Return the repository of the models that operators add, where the settings say."""
    if (place := settings.models.repository) is None:
        return ModelRepository(settings.home / "models")
    scheme, _, bucket = place.partition("://")
    if not bucket:
        return ModelRepository(Path(place).expanduser().absolute())
    own_options = getattr(settings.models, scheme)
    setting = f"VEDETTE_{'MODELS' if own_options else 'SOURCES'}__{scheme.upper()}"
    options = own_options or getattr(settings.sources, scheme)
    return BucketRepository(ObjectFolder(place, options, setting), settings.cache / "model-files")
