"""The commands on a home where nothing ever ran, and what the progress display says."""

import io
from pathlib import Path

import orjson
from rich.console import Console
from typer.testing import CliRunner

from infra.cli import build_app
from infra.embedded.homes.home import Home
from infra.embedded.processes import ServerProcess
from infra.embedded.progress import StackProgress
from infra.embedded.stack import StackEvent

RUNNER = CliRunner()


def test_status_of_a_stack_that_never_ran_is_stopped_with_exit_code_3(tmp_path: Path) -> None:
    result = RUNNER.invoke(build_app(), ["status", "--home", str(tmp_path / "none"), "--json"])

    assert result.exit_code == 3
    assert [(server["server"], server["state"]) for server in orjson.loads(result.stdout)] == [
        ("kafka", "stopped"),
        ("cassandra", "stopped"),
        ("elasticsearch", "stopped"),
    ]
    assert not (tmp_path / "none").exists()


def test_down_where_nothing_ever_ran_is_harmless(tmp_path: Path) -> None:
    result = RUNNER.invoke(build_app(), ["down", "--home", str(tmp_path / "none")])

    assert result.exit_code == 0
    assert not (tmp_path / "none").exists()


def test_wiping_asks_first_and_no_means_no(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    result = RUNNER.invoke(build_app(), ["down", "--wipe", "--home", str(tmp_path)], input="n\n")

    assert result.exit_code == 1
    assert (tmp_path / "data").exists()


def test_wiping_deletes_data_and_leaves_what_is_not_the_stacks(tmp_path: Path) -> None:
    (tmp_path / "data" / "kafka").mkdir(parents=True)
    (tmp_path / "signing-key.pem").touch()
    result = RUNNER.invoke(build_app(), ["down", "--wipe", "--yes", "--home", str(tmp_path)])

    assert result.exit_code == 0
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "signing-key.pem").exists()


def test_away_from_a_terminal_each_change_is_one_line() -> None:
    output = io.StringIO()
    with StackProgress(Console(file=output, width=100)) as progress:
        progress(StackEvent("kafka", "fetching"))
        progress(StackEvent("kafka", "fetching", "12 of 46 jars"))
        progress(StackEvent("kafka", "starting", "127.0.0.1:20001"))
        progress(StackEvent("cassandra", "running", "127.0.0.1:20003"))
    lines = output.getvalue().splitlines()

    assert [line.split() for line in lines] == [
        ["kafka", "fetching"],
        ["kafka", "starting", "127.0.0.1:20001"],
        ["cassandra", "already", "running", "127.0.0.1:20003"],
    ]


def test_log_lines_in_square_brackets_are_shown_as_they_are(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    ServerProcess(home, "kafka").start(["/bin/sh", "-c", "echo '12:00 [main] [/oops] gone'", marked(home)], {})
    result = RUNNER.invoke(build_app(), ["status", "--home", str(tmp_path)])

    assert result.exit_code == 3
    assert "12:00 [main] [/oops] gone" in result.stdout


def marked(home: Home) -> str:
    return ServerProcess(home, "kafka").mark
