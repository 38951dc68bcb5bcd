"""A signed list is verified without the platform, and any byte of it that was changed is noticed."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import ConfigurationError
from infra.operations.erasure.keys import ErasureKey, PublicKey, open_key
from infra.operations.erasure.signed_list import InvalidList, Sealing, VerifiedList, verify_list
from infra.settings.operations import ErasureSettings
from infra.settings.settings import Settings
from schemas.records.erasures import ErasedImage, ListHeader
from tests.samples import START, erasure

KEY = ErasureKey(bytes(range(32)))
OTHER = ErasureKey(bytes(range(1, 33)))
ENDED = datetime(2026, 3, 2, tzinfo=UTC)


def signed(images: int = 3, key: ErasureKey = KEY) -> bytes:
    told = erasure().model_dump(include={"id", "by", "owner", "sought", "confirmed", "begun_at"})
    header = ListHeader(**told, closes_at=ENDED, ended_at=ENDED).model_dump_json()
    lines = [
        ErasedImage(
            owner="shop", image_id=f"{number}.jpg", deleted_at=START, gone_from=("Cassandra",)
        ).model_dump_json()
        for number in range(images)
    ]
    sealing = Sealing(header)
    for line in lines:
        sealing.add(line)
    return "".join(f"{line}\n" for line in (header, *lines, sealing.seal(key).model_dump_json())).encode()


def verified(text: bytes, key: ErasureKey = KEY) -> VerifiedList:
    return verify_list(io.BytesIO(text), PublicKey.parse(key.public.text))


WHOLE = signed()


@pytest.mark.parametrize("images", [0, 1, 3])
def test_what_was_signed_is_verified(images: int) -> None:
    assert verified(signed(images)).images == images


@given(at=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_is_noticed(at: int, byte: int) -> None:
    changed = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    if changed != WHOLE:
        with pytest.raises(InvalidList):
            verified(changed)


@given(at=st.integers(0, len(WHOLE) - 1))
def test_a_list_that_is_cut_off_anywhere_is_noticed(at: int) -> None:
    with pytest.raises(InvalidList):
        verified(WHOLE[:at])


@given(lines=st.permutations(range(5)), left_out=st.integers(0, 5))
def test_lines_that_are_moved_or_left_out_are_noticed(lines: list[int], left_out: int) -> None:
    whole = WHOLE.splitlines(keepends=True)
    changed = b"".join(whole[number] for number in lines if number != left_out)
    if changed != WHOLE:
        with pytest.raises(InvalidList):
            verified(changed)


def test_something_after_the_seal_is_noticed() -> None:
    with pytest.raises(InvalidList):
        verified(WHOLE + WHOLE.splitlines(keepends=True)[1])


def test_a_list_of_another_installation_names_its_key() -> None:
    with pytest.raises(InvalidList, match=f"signed by key {OTHER.public.id}"):
        verified(signed(key=OTHER))


def test_an_installation_makes_its_key_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(ConfigurationError, match="there is no key of erasures"):
        open_key(settings)
    made = open_key(settings, make=True)
    assert open_key(settings).public.text == open_key(settings, make=True).public.text == made.public.text


def test_a_key_in_the_settings_goes_before_the_file(tmp_path: Path) -> None:
    given = ErasureSettings.model_validate({"key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})
    assert open_key(Settings(home=tmp_path, erasure=given)).public.text == KEY.public.text


@pytest.mark.parametrize("text", ["", "no base64!", "AAAA"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="no public key"):
        PublicKey.parse(text)
