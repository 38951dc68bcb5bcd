"""The signing key is made once, kept private, and refused where it is not one."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from api.security.signing_key import load_signing_key
from infra.errors import ConfigurationError
from infra.settings import ApiSettings, Settings


def settings(home: Path, key_file: Path | None = None) -> Settings:
    return Settings(home=home, api=ApiSettings(signing_key_file=key_file))


def pem(key: object, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())  # type: ignore[attr-defined]


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes_raw()


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = load_signing_key(settings(tmp_path))
    assert raw(load_signing_key(settings(tmp_path))) == raw(first)
    files = list((tmp_path / "secrets").iterdir())
    assert [file.name for file in files] == ["api-signing-key.pem"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_processes_that_start_at_once_use_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: raw(load_signing_key(settings(tmp_path))), range(32)))
    assert len(set(keys)) == 1


def test_a_given_key_is_used_and_none_is_made(tmp_path: Path) -> None:
    given = Ed25519PrivateKey.generate()
    file = tmp_path / "given.pem"
    file.write_bytes(pem(given))
    assert raw(load_signing_key(settings(tmp_path / "home", file))) == raw(given)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a key",
        pem(generate_private_key(SECP256R1())),
        pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"violet anchors")),
    ],
    ids=["empty", "text", "another kind", "encrypted"],
)
def test_a_file_that_holds_no_usable_key_is_refused_with_how_to_make_one(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="openssl genpkey -algorithm ed25519"):
        load_signing_key(settings(tmp_path, file))


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.pem cannot be read: No such file"):
        load_signing_key(settings(tmp_path, tmp_path / "missing.pem"))
