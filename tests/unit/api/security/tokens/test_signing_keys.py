"""Signing keys are made once, kept private, changed for newer ones, and refused where they are none."""

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

from api.security.tokens import signing_keys
from api.security.tokens.signing_keys import KeyFile, find_key_file, key_id, open_key_file, rotate
from infra.errors import ConfigurationError
from infra.settings.api import ApiSettings
from infra.settings.settings import Settings


def settings(home: Path, key_file: Path | None = None) -> Settings:
    return Settings(home=home, api=ApiSettings(signing_key_file=key_file))


def pem(key: object, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())  # type: ignore[attr-defined]


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes_raw()


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = open_key_file(settings(tmp_path)).keys().newest
    assert raw(open_key_file(settings(tmp_path)).keys().newest) == raw(first)
    files = list((tmp_path / "secrets").iterdir())
    assert [file.name for file in files] == ["api-signing-key.pem"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_processes_that_start_at_once_use_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: raw(open_key_file(settings(tmp_path)).keys().newest), range(32)))
    assert len(set(keys)) == 1


def test_a_given_key_is_used_and_none_is_made(tmp_path: Path) -> None:
    given = Ed25519PrivateKey.generate()
    file = tmp_path / "given.pem"
    file.write_bytes(pem(given))
    assert raw(open_key_file(settings(tmp_path / "home", file)).keys().newest) == raw(given)
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
        open_key_file(settings(tmp_path, file))


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.pem cannot be read: No such file"):
        open_key_file(settings(tmp_path, tmp_path / "missing.pem"))


def test_a_new_key_signs_and_those_before_it_verify_on(tmp_path: Path) -> None:
    path = find_key_file(settings(tmp_path))
    first = KeyFile(path).keys().newest_id
    newest = [rotate(path).newest_id for _ in range(3)]
    kept = KeyFile(path).keys()
    assert kept.newest_id == newest[2]
    assert kept.ids == (newest[2], newest[1], newest[0])
    assert first not in kept.ids
    assert [each["kid"] for each in kept.jwks()["keys"]] == list(kept.ids)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_older_keys_are_dropped_where_one_has_leaked(tmp_path: Path) -> None:
    path = find_key_file(settings(tmp_path))
    assert len(rotate(path).ids) == 2
    assert rotate(path, drop_older=True).ids == KeyFile(path).keys().ids
    assert len(KeyFile(path).keys().ids) == 1


def test_a_running_process_notices_new_keys_and_keeps_its_own_while_the_file_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(signing_keys.time, "monotonic", lambda: now)
    path = find_key_file(settings(tmp_path))
    file = KeyFile(path)
    rotated = rotate(path)
    assert file.keys().newest_id != rotated.newest_id, "looked again too soon to be cheap"
    now += signing_keys.LOOK_EVERY_S
    assert file.keys().ids == rotated.ids
    path.write_bytes(b"half a ke")
    now += signing_keys.LOOK_EVERY_S
    assert file.keys().ids == rotated.ids
    path.unlink()
    now += signing_keys.LOOK_EVERY_S
    assert file.keys().ids == rotated.ids


def test_a_file_may_be_put_together_by_hand_with_the_newest_first(tmp_path: Path) -> None:
    newer, older = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    file = tmp_path / "keys.pem"
    file.write_bytes(b"newest\n" + pem(newer) + b"\n" + pem(older))
    assert open_key_file(settings(tmp_path, file)).keys().ids == (key_id(newer), key_id(older))
