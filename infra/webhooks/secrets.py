"""The secrets of endpoints: made at random, encrypted under the platform's keys, decrypted to sign."""

import base64
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from infra.errors import ConfigurationError
from infra.settings.key_files import keys_in, make_key_file
from infra.settings.keys import decode_key
from infra.settings.settings import Settings

FILE_NAME = "webhook-keys"
PREFIX = "whsec_"
# Of the 24 to 64 that the specification asks for.
SECRET_BYTES = 32
UNREADABLE = (
    "the secret of an endpoint was encrypted with another key: set VEDETTE_WEBHOOKS__KEY or "
    "VEDETTE_WEBHOOKS__OLDER_KEYS to that key, or rotate the endpoint's secret"
)


def new_secret() -> str:
    """Return a secret as the Standard Webhooks specification writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


class SecretBox:
    """Encrypts with the newest key, and decrypts with any; the sealed text tells which kind of encryption it is."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def seal(self, secret: str) -> str:
        """Return the secret encrypted."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the secret; raises ``ConfigurationError`` where none of the keys has encrypted it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ConfigurationError(UNREADABLE) from None

    def renew(self, sealed: str) -> str:
        """Return the same secret encrypted with the newest key; raises ``ConfigurationError`` as ``open`` does."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise ConfigurationError(UNREADABLE) from None


class WebhookKeys:
    """The keys of this installation, read when the first secret is sealed or opened.

    They are those of the settings, or else of a file in the home folder, one a line, the newest first. The file is made
    where there is none. Methods raise ``ConfigurationError`` where it cannot be read or written.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._box: SecretBox | None = None

    def box(self) -> SecretBox:
        if self._box is None:
            self._box = SecretBox(self._read())
        return self._box

    def _read(self) -> list[bytes]:
        given = self._settings.webhooks
        if given.key is not None:
            return [decode_key(key) for key in (given.key, *given.older_keys)]
        path = self._settings.home / "secrets" / FILE_NAME
        if not path.exists():
            make_key_file(path)
        return keys_in(path, "webhooks")
