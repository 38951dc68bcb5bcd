"""The application that every stream processor is, as far as it goes without a broker."""

from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from infra.settings import KafkaSettings, Settings
from processors.worker import create_worker

NOWHERE = KafkaSettings(bootstrap_servers="127.0.0.1:1")


async def test_a_worker_may_be_the_first_to_use_its_home(tmp_path: Path) -> None:
    app = create_worker("store", Settings(home=tmp_path / "new" / "home", kafka=NOWHERE))
    await app.on_first_start()
    assert (tmp_path / "new" / "home" / "run" / "faust-store").is_dir()


def test_without_brokers_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="run `vedette up`, or set VEDETTE_KAFKA__BOOTSTRAP_SERVERS"):
        create_worker("store", Settings(home=tmp_path, kafka=KafkaSettings()))
