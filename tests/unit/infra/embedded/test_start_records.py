"""What differs from the start of what runs is told by name, and no value is kept."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.embedded.homes.home import Home
from infra.embedded.parts import PARTS, PartSettings
from infra.embedded.platform import Platform
from infra.embedded.processes import ServerProcess
from infra.embedded.start_records import EARLIER_VERSION, StartRecord, differing_settings, remember_start
from infra.settings.settings import Settings

NAMED = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=6)


@given(then=NAMED, now=NAMED)
def test_exactly_the_names_that_were_set_otherwise_differ(then: dict[str, str], now: dict[str, str]) -> None:
    expected = {name for name in {*then, *now} if then.get(name) != now.get(name)}
    assert set(StartRecord.of(then).differing(now)) == expected


def test_no_value_is_kept_and_equal_values_look_different(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    for process in ("api", "store"):
        remember_start(home, process, {"VEDETTE_CASSANDRA__PASSWORD": "kept-nowhere"})
    kept = [(tmp_path / "run" / f"{process}.started.json").read_text() for process in ("api", "store")]
    assert "kept-nowhere" not in "".join(kept)
    assert kept[0] != kept[1]
    assert (tmp_path / "run" / "api.started.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_what_was_started_without_a_record_is_of_an_earlier_version(tmp_path: Path, content: str | None) -> None:
    home = Home(tmp_path)
    home.create()
    if content is not None:
        (tmp_path / "run" / "api.started.json").write_text(content)
    assert differing_settings(home, "api", {}) == (EARLIER_VERSION,)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Home]:
    """A home whose worker `store`, a small Python process, was started with one folder open."""
    home = Home(tmp_path)
    home.create()
    process = ServerProcess(home, "store")
    process.start([sys.executable, "-c", "import time; time.sleep(60)", process.mark], os.environ)
    given_then = {**os.environ, "VEDETTE_SOURCES__FILE_ROOTS": "/then"}
    remember_start(home, "store", PartSettings(home, given_then).given())
    yield home
    process.stop(0)


def test_a_running_part_is_compared_with_what_it_would_be_given_now(started: Home) -> None:
    settings = Settings(home=started.root)
    same = Platform(settings, {"VEDETTE_SOURCES__FILE_ROOTS": "/then", "VEDETTE_OWNER": "shop"})
    other = Platform(settings, {"VEDETTE_SOURCES__FILE_ROOTS": "/now", "VEDETTE_LOG_LEVEL": "DEBUG"})
    assert same.outdated() == {}
    assert other.outdated() == {"store": ("VEDETTE_LOG_LEVEL", "VEDETTE_SOURCES__FILE_ROOTS")}


def test_other_endpoints_differ_unless_the_environment_names_them(started: Home) -> None:
    started.endpoints_file.write_text('{"kafka": {"bootstrap_servers": "127.0.0.1:1"}, "api": {"port": 1}}')
    platform = Platform(Settings(home=started.root), {"VEDETTE_SOURCES__FILE_ROOTS": "/then"})
    assert platform.outdated() == {"store": ("VEDETTE_KAFKA__BOOTSTRAP_SERVERS",)}


def test_each_part_serves_its_metrics_on_a_port_of_its_own(tmp_path: Path) -> None:
    settings = PartSettings(Home(tmp_path), {"VEDETTE_METRICS__PORT": "9180", "VEDETTE_API__PORT": "9000", "A": "b"})
    environments = [settings.environment_of(part, 9001) for part in PARTS]
    assert [each["VEDETTE_METRICS__PORT"] for each in environments] == [str(9180 + n) for n in range(len(PARTS))]
    assert [each.get("VEDETTE_API__PORT") for each in environments] == [*[None] * (len(PARTS) - 1), "9001"]
    assert all(each["A"] == "b" for each in environments)
