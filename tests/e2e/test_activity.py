"""What people do is searchable and chained, and who changes the chain is found."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.cassandra.session import CassandraSession
from infra.operations.audit.store import SLICE_OFFSETS
from schemas.topics import ACTIVITY
from tests.platforms import RunningPlatform, eventually

CHANGE = "UPDATE {keyspace}.audit SET event = ? WHERE chain = ? AND slice = ? AND offset = ?"
READ = "SELECT event FROM {keyspace}.audit WHERE chain = ? AND slice = ? AND offset = ?"

Place = tuple[str, int, int]


@pytest.fixture(scope="module")
def grace(platform: RunningPlatform) -> Iterator[httpx.Client]:
    email = f"grace-{uuid4().hex[:8]}@activity.example"
    platform.create_account(email, "activity", role="admin")
    with platform.client(email) as client:
        yield client


def account_id(client: httpx.Client) -> str:
    return str(client.get("/v1/me").raise_for_status().json()["id"])


def listed(client: httpx.Client, path: str, **query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(path, params=query).raise_for_status().json()["items"]
    return items


def verify(platform: RunningPlatform, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the report of the command."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", "audit", "verify", "--json", *arguments],
        env={**os.environ, "VEDETTE_HOME": str(platform.settings.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def faults(report: dict[str, Any]) -> set[tuple[str, int, str]]:
    return {(finding["chain"], finding["offset"], finding["fault"]) for finding in report["findings"]}


async def run_cql(platform: RunningPlatform, statement: str, values: tuple[Any, ...]) -> list[Any]:
    session = await CassandraSession.connect(platform.settings.cassandra)
    try:
        return await session.execute(statement, values)
    finally:
        await session.close()


def change(platform: RunningPlatform, place: Place, text: str) -> None:
    """Change what an entry says, as somebody could who may do everything in Cassandra."""
    asyncio.run(run_cql(platform, CHANGE, (text, *place)))


def text_of(platform: RunningPlatform, place: Place) -> str:
    [row] = asyncio.run(run_cql(platform, READ, place))
    return str(row.event)


def test_a_log_in_and_an_act_are_searchable_and_chained_and_a_changed_entry_is_found(
    platform: RunningPlatform, grace: httpx.Client, tmp_path: Path
) -> None:
    me, workspace = account_id(grace), f"made-{uuid4().hex[:8]}"
    grace.post("/v1/workspaces", json={"id": workspace}).raise_for_status()

    wanted = {"account.logged_in", "workspace.created"}
    found = eventually(lambda: searchable(grace, me, wanted))
    [act] = [item for item in found if item["action"] == "workspace.created"]
    assert (act["subject"], act["outcome"], act["address"]) == (workspace, "success", "127.0.0.1")
    requests = eventually(lambda: listed(grace, "/v1/activity", actor=me, event="access"))
    assert {"/v1/me", "/v1/workspaces"} & {item["route"] for item in requests}

    entries = eventually(lambda: chained(grace, me, wanted))
    [entry] = [entry for entry in entries if entry["event"]["action"] == "workspace.created"]
    assert entry["event"]["subject"] == workspace
    place = (entry["chain"], entry["offset"] // SLICE_OFFSETS, entry["offset"])

    code, report = verify(platform)
    assert (code, report["findings"]) == (0, [])
    assert report["compared"] > 0
    heads = tmp_path / "heads.json"
    heads.write_text(json.dumps(report))

    told = text_of(platform, place)
    change(platform, place, told.replace(workspace, "nothing-at-all"))
    code, report = verify(platform, "--expect-head", str(heads))
    assert code == 1
    assert faults(report) == {
        (entry["chain"], entry["offset"], "changed"),
        (entry["chain"], entry["offset"], "differs_from_topic"),
    }
    code, report = verify(platform, "--no-topic")
    assert (code, faults(report)) == (1, {(entry["chain"], entry["offset"], "changed")})
    change(platform, place, told)
    assert verify(platform, "--expect-head", str(heads))[0] == 0


def searchable(client: httpx.Client, actor: str, wanted: set[str]) -> list[dict[str, Any]]:
    """Return somebody's acts as they are searched, once all that are wanted are there."""
    items = listed(client, "/v1/activity", actor=actor, event="audit")
    return items if {item["action"] for item in items} >= wanted else []


def chained(client: httpx.Client, actor: str, wanted: set[str]) -> list[dict[str, Any]]:
    """Return the entries of somebody's acts, once all that are wanted are there."""
    entries = listed(client, "/v1/audit", actor=actor)
    return entries if {entry["event"]["action"] for entry in entries} >= wanted else []


def test_what_is_no_event_is_told_in_both_stores_and_stops_neither(
    platform: RunningPlatform, grace: httpx.Client
) -> None:
    before = {item["id"] for item in listed(grace, "/v1/activity", event="unreadable")}
    platform.publish_raw(b"\x00 no event", topic=ACTIVITY)
    told = eventually(lambda: {item["id"] for item in listed(grace, "/v1/activity", event="unreadable")} - before)
    [name] = told
    partition, offset = map(int, name.split(":")[1:])
    entries = eventually(
        lambda: [
            entry
            for entry in listed(grace, "/v1/audit")
            if (entry["chain"].rpartition(":")[2], entry["offset"]) == (str(partition), offset)
        ]
    )
    assert entries[0]["problem"].startswith("not marked as an event of the platform: 10 bytes, sha256 ")
    assert verify(platform)[0] == 0


def test_the_trail_survives_that_its_worker_is_killed(platform: RunningPlatform, grace: httpx.Client) -> None:
    me = account_id(grace)
    platform.platform.kill("audit")
    names = [f"killed-{uuid4().hex[:8]}" for _ in range(3)]
    for name in names:
        grace.post("/v1/workspaces", json={"id": name}).raise_for_status()
    platform.restart("audit")
    eventually(lambda: set(names) <= {entry["event"]["subject"] for entry in listed(grace, "/v1/audit", actor=me)})
    assert verify(platform)[0] == 0
