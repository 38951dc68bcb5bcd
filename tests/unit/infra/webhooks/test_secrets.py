"""Secrets of endpoints: encrypted with the newest key, readable with the earlier ones, and with no others."""

import base64
import secrets
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from infra.errors import ConfigurationError
from infra.settings.settings import Settings
from infra.settings.webhooks import WebhookSettings
from infra.webhooks.secrets import PREFIX, SecretBox, WebhookKeys, new_secret

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


def as_setting(key: bytes) -> SecretStr:
    return SecretStr(base64.b64encode(key).decode())


def test_a_secret_has_the_form_and_the_size_that_the_specification_asks_for() -> None:
    made = {new_secret() for _ in range(10)}
    assert len(made) == 10
    assert {len(base64.b64decode(secret.removeprefix(PREFIX), validate=True)) for secret in made} == {32}


def test_what_is_stored_tells_nothing_of_the_secret() -> None:
    box, secret = SecretBox([NEW]), new_secret()
    sealed = box.seal(secret)
    assert secret not in sealed
    assert box.seal(secret) != sealed
    assert box.open(sealed) == secret


def test_keys_rotate() -> None:
    secret = new_secret()
    sealed = SecretBox([OLD]).seal(secret)
    both = SecretBox([NEW, OLD])
    assert both.open(sealed) == secret
    renewed = both.renew(sealed)
    assert SecretBox([NEW]).open(renewed) == secret
    for unreadable in (sealed, "garbage", ""):
        with pytest.raises(ConfigurationError, match="VEDETTE_WEBHOOKS__KEY"):
            SecretBox([NEW]).open(unreadable)


def test_an_installation_makes_its_own_key_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    sealed = WebhookKeys(settings).box().seal("whsec_x")
    assert WebhookKeys(settings).box().open(sealed) == "whsec_x"
    file = tmp_path / "secrets" / "webhook-keys"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_settings_stands_before_the_file(tmp_path: Path) -> None:
    given = WebhookSettings(key=as_setting(NEW), older_keys=[as_setting(OLD)])
    box = WebhookKeys(Settings(home=tmp_path, webhooks=given)).box()
    assert box.open(SecretBox([OLD]).seal("whsec_x")) == "whsec_x"
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xff", base64.b64encode(bytes(32))])
def test_a_broken_or_weak_file_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secrets" / "webhook-keys"
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="webhook-keys"):
        WebhookKeys(Settings(home=tmp_path)).box()


@pytest.mark.parametrize(
    "weak", ["password", "", base64.b64encode(bytes(32)).decode(), base64.b64encode(b"x" * 16).decode()]
)
@pytest.mark.parametrize("name", ["key", "older_keys"])
def test_a_weak_key_is_refused_at_the_start_and_never_repeated(name: str, weak: str) -> None:
    with pytest.raises(ValidationError) as refused:
        WebhookSettings.model_validate({name: weak if name == "key" else [weak]})
    assert not weak or weak not in str(refused.value)
