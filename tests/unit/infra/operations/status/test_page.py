"""The page of `vedette status --watch`: it fits into 80 columns, whatever it shows, and says what is not known."""

import io
import os
import pty
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.groups.lag import Lag
from infra.operations.status.page import compact, duration, page
from infra.operations.status.snapshot import (
    SeenProcess,
    SeenSystem,
    Snapshot,
    Told,
    Unknown,
    group_states,
)
from infra.operations.status.troubles import newest
from infra.terminal import Console
from schemas.queries import Latency, StageLatency
from schemas.topics import GROUP_TOPICS, IMAGE_REFERENCES, RECOGNISE_GROUP, STORE_GROUP

NOW = datetime(2026, 11, 30, 15, 4, 5, tzinfo=UTC)
WIDTH = 80
COLOUR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
TEXTS = st.text(max_size=150)
COUNTS = st.integers(0, 10**12)
SECONDS = st.floats(0, 10**9)


def lag(group: str = RECOGNISE_GROUP, topic: str = IMAGE_REFERENCES, **changed: object) -> Lag:
    usual: dict[str, object] = {"waiting": 0, "oldest_s": None, "retention_s": 86_400.0, "deleted": 0}
    return Lag(group=group, topic=topic, **{**usual, **changed})  # type: ignore[arg-type]


def snapshot(monotonic_s: float = 0.0, **changed: object) -> Snapshot:
    usual: dict[str, object] = {
        "at": NOW,
        "home": "/srv/vedette",
        "systems": (SeenSystem("kafka", "127.0.0.1:9092", None, SeenProcess(7, 2**29, 60.0)),),
        "workers": {RECOGNISE_GROUP: SeenProcess(8, 2**30, 3700.0)},
        "members": dict.fromkeys(GROUP_TOPICS, 1),
        "lags": (lag(),),
        "latency": Latency(images=3, stages=(StageLatency(stage="queue", p50_ms=12, p95_ms=80),)),
        "troubles": (Told(NOW, "rejected not_found shop/mug.jpg: the object is gone"),),
    }
    return Snapshot(monotonic_s=monotonic_s, **{**usual, **changed})  # type: ignore[arg-type]


def shown(now: Snapshot, before: Snapshot | None = None, rows: int | None = None) -> list[str]:
    output = io.StringIO()
    Console(file=output, width=WIDTH).print(page(before, now, rows))
    return output.getvalue().splitlines()


def test_a_page_shows_servers_workers_latency_and_what_went_wrong() -> None:
    text = "\n".join(shown(snapshot()))
    assert re.search(r"kafka +ready +127\.0\.0\.1:9092 +512 MiB +1m 0s", text)
    assert re.search(r"recognise +1 +0 +- +- +1,024 MiB", text)
    assert "queue 12/80" in text
    assert "rejected not_found shop/mug.jpg" in text
    assert "2026-11-30 15:04:05 UTC" in text


def test_a_page_of_a_usual_platform_fits_a_terminal_of_24_rows() -> None:
    systems = tuple(SeenSystem(name, "here", None) for name in ("kafka", "cassandra", "elasticsearch", "api"))
    many = tuple(Told(NOW - timedelta(seconds=number), f"trouble {number}") for number in range(50))
    assert len(shown(snapshot(systems=systems, troubles=many), rows=24)) <= 24
    assert len(shown(snapshot(systems=systems, troubles=many), rows=40)) <= 40


def test_what_is_not_known_is_said_and_never_shown_as_nothing() -> None:
    down = Unknown("Kafka does not answer")
    lines = shown(
        snapshot(
            systems=(SeenSystem("kafka", "kafka-1:9092", "it is down"),),
            members=down,
            lags=down,
            latency=Unknown("no index"),
            troubles=Unknown("no store"),
        )
    )
    text = "\n".join(lines)
    assert re.search(r"kafka +no answer +it is down", text)
    assert re.search(r"recognise +\? +\? +\? +\? +\?", text)
    assert "It is not known how much waits: Kafka does not answer" in text
    assert "It is not known how long images take: no index" in text
    assert "It is not known what went wrong lately: no store" in text


def test_messages_that_were_deleted_unread_are_shown_in_place_of_the_topic() -> None:
    assert "25 deleted unread" in "\n".join(shown(snapshot(lags=(lag(STORE_GROUP, waiting=3, deleted=25),))))


@given(
    texts=st.lists(TEXTS, min_size=4, max_size=4),
    waiting=COUNTS,
    deleted=COUNTS,
    oldest_s=SECONDS,
    uptime_s=SECONDS,
    size=COUNTS,
    rate=COUNTS,
)
def test_every_page_fits_into_80_columns(
    texts: list[str], waiting: int, deleted: int, oldest_s: float, uptime_s: float, size: int, rate: int
) -> None:
    process = SeenProcess(1, size, uptime_s)
    lags = tuple(
        lag(group, topic, waiting=waiting, oldest_s=oldest_s, deleted=deleted, acknowledged=rate)
        for group, topics in GROUP_TOPICS.items()
        for topic in topics
    )
    now = snapshot(
        1.0,
        home=texts[0],
        systems=(SeenSystem("elasticsearch", texts[1], texts[2], process),),
        workers=dict.fromkeys(GROUP_TOPICS, process),
        lags=lags,
        troubles=(Told(NOW, texts[3]),),
    )
    console = Console(file=io.StringIO(), width=WIDTH)
    lines = shown(now, snapshot(lags=tuple(lag(one.group, one.topic) for one in lags)))
    assert all(console.measure(line).maximum <= WIDTH for line in lines)
    # Nothing that others wrote begins a line of its own.
    assert len(lines) == len(shown(snapshot(lags=lags)))


@given(SECONDS)
def test_a_time_takes_eight_characters_at_most_up_to_a_century(seconds: float) -> None:
    assert len(duration(min(seconds, 86_400 * 999))) <= 8


@given(COUNTS)
def test_a_number_takes_nine_characters_at_most(count: int) -> None:
    assert len(compact(count)) <= 9


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(1, 3600))
def test_a_rate_is_what_was_acknowledged_between_two_looks(stood: int, done: int, elapsed_s: int) -> None:
    before = snapshot(0.0, lags=(lag(acknowledged=stood),))
    now = snapshot(float(elapsed_s), lags=(lag(acknowledged=stood + done),))
    states = group_states(before, now, (RECOGNISE_GROUP,))
    assert not isinstance(states, Unknown)
    assert states[0].per_s == pytest.approx(done / elapsed_s)


def test_a_topic_that_was_made_again_makes_no_rate_negative() -> None:
    before, now = snapshot(0.0, lags=(lag(acknowledged=900),)), snapshot(1.0, lags=(lag(acknowledged=3),))
    states = group_states(before, now, (RECOGNISE_GROUP,))
    assert not isinstance(states, Unknown)
    assert states[0].per_s == 0


@pytest.mark.parametrize("before", [None, snapshot(lags=Unknown("down"))])
def test_without_an_earlier_look_there_is_no_rate(before: Snapshot | None) -> None:
    states = group_states(before, snapshot(9.0), (RECOGNISE_GROUP,))
    assert not isinstance(states, Unknown)
    assert states[0].per_s is None


@given(st.lists(st.lists(st.integers(0, 10**6)), max_size=4), st.integers(1, 9))
def test_the_newest_troubles_come_first(parts: list[list[int]], most: int) -> None:
    told = newest([[Told(NOW + timedelta(seconds=at), "x") for at in part] for part in parts], most)
    times = [one.at for one in told]
    assert times == sorted((NOW + timedelta(seconds=at) for part in parts for at in part), reverse=True)[:most]


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "infra.cli", "status", "--home", str(home), "--watch", *arguments]


def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}


def test_elsewhere_than_on_a_terminal_pages_are_printed_one_after_the_other(tmp_path: Path) -> None:
    ended = subprocess.run(
        command(tmp_path, "--every", "1", "--times", "2"),
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.count("UTC") == 2
    assert not COLOUR.search(ended.stdout)
    assert re.search(r"kafka +not known", ended.stdout)
    assert ended.stderr == ""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_page_leaves_the_terminal_as_it_was_and_ends_with_0(tmp_path: Path, ending: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(tmp_path),
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        # Tests that a shell runs in the background would have it ignore what is sent.
        preexec_fn=lambda: signal.signal(ending, signal.SIG_DFL),
    )
    os.close(theirs)
    try:
        seen = read_until(ours, "UTC")
        process.send_signal(ending)
        seen += read_to_the_end(ours)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert "\x1b[?1049h" in seen
    assert seen.rindex("\x1b[?1049l") > seen.index("\x1b[?1049h")
    assert "\x1b[?25h" in seen[seen.rindex("\x1b[?25l") :]
    assert "Traceback" not in seen


def read_until(descriptor: int, wanted: str) -> str:
    seen = ""
    deadline = time.monotonic() + 60
    while wanted not in seen:
        assert time.monotonic() < deadline, seen
        seen += os.read(descriptor, 65_536).decode(errors="replace")
    return seen


def read_to_the_end(descriptor: int) -> str:
    """Return what is still written until the other side is closed, which Linux tells by an error."""
    seen = ""
    while True:
        try:
            part = os.read(descriptor, 65_536)
        except OSError:
            return seen
        if not part:
            return seen
        seen += part.decode(errors="replace")
