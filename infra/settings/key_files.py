"""Files of an installation's own keys, one a line and the newest first."""

import base64
import secrets
from pathlib import Path

from pydantic import SecretStr

from infra.errors import ConfigurationError
from infra.secret_files import make_once
from infra.settings.keys import HOW_TO_MAKE_A_KEY, KEY_BYTES, decode_key


def make_key_file(path: Path) -> None:
    """Make the file with a new key, unless another process has made it by then."""
    make_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")


def keys_in(path: Path, of: str, *, if_missing: str | None = None) -> list[bytes]:
    """Return the keys ``of`` something, as messages name it.

    Raises ``ConfigurationError``, with ``if_missing`` where that is given and there is no file.
    """
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        if if_missing is not None and isinstance(error, FileNotFoundError):
            raise ConfigurationError(if_missing) from None
        raise ConfigurationError(f"the keys of {of} cannot be read from {path}: {error}") from None
    if not lines:
        raise ConfigurationError(f"{path} holds no key: {HOW_TO_MAKE_A_KEY}")
    try:
        return [decode_key(SecretStr(line)) for line in lines]
    except ValueError as error:
        raise ConfigurationError(f"a key in {path} {error}") from None
