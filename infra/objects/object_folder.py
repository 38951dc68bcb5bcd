"""Files beneath one prefix of an object store, read and written by calls that block."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError

from infra.errors import AlreadyExists, ConfigurationError, OutsideSystem, TransientError
from infra.objects.stores import STORE_TYPES, Store, client_options

ATTEMPTS_BEYOND_THE_FIRST = 3
TIMEOUT_S = 60.0
# Each piece is a request of its own: a large file over a slow line needs no long timeout.
PIECE_BYTES = 16 * 1_048_576


class ObjectFolder:
    """Files by name, as ``lite0/1/card.yaml``, beneath ``s3://bucket/prefix``, likewise ``gs`` and ``az``.

    Every method raises ``TransientError`` while the store does not answer and ``ConfigurationError`` where it refuses.
    The client's own messages hold addresses, and those of Azure signatures, so none of them is ever repeated.
    """

    def __init__(self, url: str, options: dict[str, str], setting: str) -> None:
        """``options`` are obstore's; ``setting`` is the name under which an operator gave them.

        Raises ``ConfigurationError`` where obstore knows none such.
        """
        self.url = url.rstrip("/")
        self._setting = setting
        self._store = _open(self.url, options, setting)

    def list_names(self) -> list[str]:
        """Return the name of every file."""
        with self._explained():
            return sorted(entry["path"] for page in obstore.list(self._store) for entry in page)

    def older(self, before: datetime) -> Iterator[list[str]]:
        """Yield the names of files that were last written before, some at a time; deleting them meanwhile is right."""
        with self._explained():
            for page in obstore.list(self._store):
                if found := [entry["path"] for entry in page if entry["last_modified"] < before]:
                    yield found

    def read(self, name: str) -> bytes | None:
        """Return a small file's content; ``None`` where there is none such."""
        with self._explained():
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError:
                return None

    def size_bytes(self, name: str) -> int | None:
        """Return a file's size; ``None`` where there is none such."""
        with self._explained():
            try:
                return int(obstore.head(self._store, name)["size"])
            except FileNotFoundError:
                return None

    def read_part(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes of a file that is there, from ``start`` to ``end``."""
        with self._explained():
            return bytes(obstore.get_range(self._store, name, start=start, end=end))

    def download(self, name: str, target: Path) -> bool:
        """Write a file of any size to ``target``, a piece at a time; False where there is none such."""
        if (size := self.size_bytes(name)) is None:
            return False
        with self._explained(), target.open("wb") as file:
            for start in range(0, size, PIECE_BYTES):
                end = min(start + PIECE_BYTES, size)
                file.write(obstore.get_range(self._store, name, start=start, end=end))
        return True

    def write(self, name: str, content: bytes | Path, *, only_new: bool = False) -> None:
        """Store a file; raises ``AlreadyExists`` where it must be new and is there."""
        with self._explained():
            try:
                obstore.put(self._store, name, content, mode="create" if only_new else "overwrite")
            except AlreadyExistsError:
                raise AlreadyExists(f"{self.url}/{name} exists already") from None

    def delete(self, names: Sequence[str]) -> None:
        """Delete files one after the other, in this order; one that is not there is no error."""
        with self._explained():
            for name in names:
                try:
                    obstore.delete(self._store, name)
                except FileNotFoundError:
                    continue

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError):
            raise ConfigurationError(f"{self.url}: the object store refuses us: see {self._setting}") from None
        except FileNotFoundError:
            raise ConfigurationError(f"{self.url}: there is no such bucket") from None
        except BaseError as error:
            if "NoSuchBucket" in str(error):
                raise ConfigurationError(f"{self.url}: there is no such bucket") from None
            kind = type(error).__name__
            raise TransientError(
                f"{self.url} does not answer ({kind}); its address is in {self._setting}",
                part=OutsideSystem.OBJECT_STORE,
            ) from None


def _open(url: str, options: dict[str, str], setting: str) -> Store:
    scheme, _, rest = url.partition("://")
    bucket, _, prefix = rest.partition("/")
    try:
        return STORE_TYPES[scheme](
            bucket,
            prefix=unquote(prefix) or None,
            config=options,
            client_options=client_options(options, TIMEOUT_S),
            retry_config={"max_retries": ATTEMPTS_BEYOND_THE_FIRST, "retry_timeout": timedelta(seconds=TIMEOUT_S)},
        )
    except (BaseError, ValueError) as error:
        raise ConfigurationError(
            f"{setting} holds an unknown or invalid option ({type(error).__name__}); "
            f"given are {', '.join(sorted(options)) or 'none'}"
        ) from None
