"""A job over a bucket of many objects: how fast it ends, in how much memory, with its worker killed twice.

``python -m tests.benchmarks.jobs`` starts real servers, the whole platform and an S3 server in a home of its own. At
the end the result file is held against the bucket, and against what the API answers of a thousand images.
"""

import argparse
import io
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from infra.embedded.homes.home import Home
from infra.embedded.processes import ServerProcess
from infra.terminal import say
from tests.peak_memory import peak_bytes
from tests.platforms import RunningPlatform, running_platform
from tests.s3_server import running_s3
from tests.stacks import running_stack

BUCKET = "photos-of-years"
EMAIL = "bench@jobs.example"
PUTTERS = 8
LOOK_S = 1.0
COMPARED = 1000
MIB = 1 << 20
ENDED = ("finished", "failed", "cancelled")


def main() -> None:
    """Measure once, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, pictures = Path(folder, "home"), Path(folder, "pictures")
        pictures.mkdir()
        with running_stack(home) as stack, running_s3(Path(folder)) as s3_url:
            fill(s3_url, asked.objects)
            with running_platform(stack, pictures, s3_url) as platform:
                measure(platform, asked.objects, asked.kills)


def fill(s3_url: str, objects: int) -> None:
    """Put so many small pictures into the bucket."""
    httpx.put(f"{s3_url}/{BUCKET}").raise_for_status()
    pictures = [_picture(number) for number in range(256)]
    with httpx.Client(base_url=f"{s3_url}/{BUCKET}/", timeout=60) as store, ThreadPoolExecutor(PUTTERS) as threads:

        def put(number: int) -> None:
            store.put(f"{number // 1000:04}/{number:07}.png", content=pictures[number % 256]).raise_for_status()

        for done, _ in enumerate(threads.map(put, range(objects)), start=1):
            if done % 10_000 == 0:
                say(f"{done:,} objects are in the bucket")


def _picture(number: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (16, 16), (number, 255 - number, 99)).save(data, "PNG")
    return data.getvalue()


@dataclass
class Course:
    """What was seen while the job ran."""

    listed_after_s: float | None = None
    ended_after_s: float = 0.0
    peaks: dict[str, int] = field(default_factory=dict)


def measure(platform: RunningPlatform, objects: int, kills: int) -> None:
    platform.create_account(EMAIL, "years", allow=(f"s3://{BUCKET}/",))
    with platform.client(EMAIL) as client:
        wish = {"source": {"kind": "prefix", "uri": f"s3://{BUCKET}/"}, "features": ["properties"]}
        job = client.post("/v1/jobs", json=wish).raise_for_status().json()
        course, state = watched(platform, job, objects, kills)
        say(f"state {state['state']}: {state['recognised']:,} recognised, {state['rejected']:,} rejected")
        if course.listed_after_s is not None:
            say(f"listed and published: {course.listed_after_s:.0f} s, {objects / course.listed_after_s:,.0f} a second")
        say(f"ended: {course.ended_after_s:.0f} s, {objects / course.ended_after_s:,.0f} a second")
        for name, most in sorted(course.peaks.items()):
            say(f"most memory of the {name} process: {most / MIB:.0f} MiB")
        compare(client, job, objects)


def watched(platform: RunningPlatform, job: dict[str, Any], objects: int, kills: int) -> tuple[Course, dict[str, Any]]:
    """Follow the job to its end, and kill its worker at even distances meanwhile."""
    course, began = Course(), time.monotonic()
    kill_at = [objects * number // (kills + 1) for number in range(1, kills + 1)]
    with sampling(platform, course):
        while True:
            # A token lasts for minutes, and a job for longer.
            with platform.client(EMAIL) as client:
                state: dict[str, Any] = client.get(f"/v1/jobs/{job['id']}").raise_for_status().json()
            spent = time.monotonic() - began
            if course.listed_after_s is None and state["found"] >= objects:
                course.listed_after_s = spent
            if kill_at and state["recognised"] >= kill_at[0]:
                kill_at.pop(0)
                platform.platform.kill("activity")
                platform.restart("activity")
            if state["state"] in ENDED:
                course.ended_after_s = spent
                return course, state
            time.sleep(LOOK_S)


@contextmanager
def sampling(platform: RunningPlatform, course: Course) -> Iterator[None]:
    """Note the most memory of the processes that carry the job out, whichever process that is at the time."""
    over = threading.Event()

    def sample() -> None:
        while not over.wait(LOOK_S):
            for name in ("activity", "recognise", "api"):
                if (found := ServerProcess(Home(platform.settings.home), name).find()) is not None:
                    course.peaks[name] = max(course.peaks.get(name, 0), _peak(found.pid))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def _peak(pid: int) -> int:
    try:
        return peak_bytes(pid)
    except (OSError, LookupError):
        # It has just been killed.
        return 0


def compare(client: httpx.Client, job: dict[str, Any], objects: int) -> None:
    """Hold the result file against the bucket, and some of its lines against the API."""
    named: set[str] = set()
    differing = compared = 0
    with client.stream("GET", f"/v1/jobs/{job['id']}/result") as result:
        lines = result.raise_for_status().iter_lines()
        for number, line in enumerate(map(json.loads, lines)):
            if line.get("end"):
                break
            named.add(line["source"])
            if number % max(1, objects // COMPARED) == 0:
                shown = client.get(f"/v1/images/{line['image']['image_id']}").raise_for_status().json()
                compared += 1
                differing += shown != line["image"]
    say(f"the result file names {len(named):,} of {objects:,} objects; {differing} of {compared:,} differ from the API")


if __name__ == "__main__":
    main()
