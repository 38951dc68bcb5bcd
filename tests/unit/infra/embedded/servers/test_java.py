"""A fitting Java is found among those that do not fit; the Javas here are shell scripts that answer as Java does."""

from pathlib import Path

import cjdk
import pytest

from infra.embedded.homes.errors import StackError
from infra.embedded.servers.java import find_java

NO_PATH = {"PATH": ""}


def make_java(home: Path, version: str, server_jvm: bool = True) -> Path:
    executable = home / "bin" / "java"
    executable.parent.mkdir(parents=True)
    lines = [f"java.home = {home}", f"java.specification.version = {version}"]
    executable.write_text("#!/bin/sh\n" + "".join(f"echo '    {line}' >&2\n" for line in lines))
    executable.chmod(0o755)
    if server_jvm:
        (home / "lib" / "server").mkdir(parents=True)
        (home / "lib" / "server" / "libjvm.so").touch()
    return home


def never_fetch(_folder: Path) -> Path:
    raise AssertionError("a Java was there, so none may be fetched")


def offline(_folder: Path) -> Path:
    raise cjdk.InstallError("no network")


def test_the_configured_java_is_taken(tmp_path: Path) -> None:
    home = make_java(tmp_path / "mine", "17")
    other = make_java(tmp_path / "other", "17")

    assert find_java(home, tmp_path, {"JAVA_HOME": str(other)}, (), never_fetch).home == home


def test_a_configured_java_that_does_not_fit_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
    wrong, right = make_java(tmp_path / "wrong", "25"), make_java(tmp_path / "right", "17")

    with pytest.raises(StackError, match=r"VEDETTE_JAVA_HOME=.*wrong is Java 25, not 17; point it at a Java 17"):
        find_java(wrong, tmp_path, {"JAVA_HOME": str(right)}, (), never_fetch)


def test_java_home_goes_before_path(tmp_path: Path) -> None:
    first, second = make_java(tmp_path / "first", "17"), make_java(tmp_path / "second", "17")
    environment = {"JAVA_HOME": str(first), "PATH": str(second / "bin")}

    assert find_java(None, tmp_path, environment, (), never_fetch).home == first


def test_another_version_on_path_is_passed_over_for_an_installed_one(tmp_path: Path) -> None:
    newer, fitting = make_java(tmp_path / "newer", "25"), make_java(tmp_path / "jvm" / "seventeen", "17")
    installed = (f"{tmp_path}/jvm/*",)

    assert find_java(None, tmp_path, {"PATH": str(newer / "bin")}, installed, never_fetch).home == fitting


def test_a_java_without_the_server_jvm_is_passed_over(tmp_path: Path) -> None:
    bare = make_java(tmp_path / "bare", "17", server_jvm=False)
    whole = make_java(tmp_path / "jvm" / "whole", "17")
    environment = {"JAVA_HOME": str(bare), "PATH": ""}

    assert find_java(None, tmp_path, environment, (f"{tmp_path}/jvm/*",), never_fetch).home == whole


def test_a_java_that_does_not_start_is_passed_over(tmp_path: Path) -> None:
    broken = make_java(tmp_path / "broken", "17")
    (broken / "bin" / "java").write_text("#!/bin/sh\nexit 1\n")
    whole = make_java(tmp_path / "jvm" / "whole", "17")
    environment = {"JAVA_HOME": str(broken), "PATH": ""}

    assert find_java(None, tmp_path, environment, (f"{tmp_path}/jvm/*",), never_fetch).home == whole


def test_one_is_fetched_where_none_fits(tmp_path: Path) -> None:
    def fetch(folder: Path) -> Path:
        return make_java(folder / "fetched", "17")

    assert find_java(None, tmp_path, NO_PATH, (), fetch).home == tmp_path / "java" / "fetched"


def test_the_error_names_the_package_and_what_was_looked_at(tmp_path: Path) -> None:
    old = make_java(tmp_path / "old", "11")

    with pytest.raises(StackError) as caught:
        find_java(None, tmp_path, {"JAVA_HOME": str(old), "PATH": ""}, (), offline)
    message = str(caught.value)
    assert "openjdk-17-jre-headless" in message
    assert f"{old}: is Java 11, not 17" in message
    assert "no network" in message
