"""How long ``POST /v1/recognise`` takes on an idle system, and how much of that is neither decoding nor inference.

Then the same at 0.7 of what the system can answer, by requests at times that do not depend on the answers. Last, 100
requests at once by ten accounts: how many are answered, how long they take, and what the others are told.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import httpx

from infra.terminal import say
from processors.pictures import DEMO_PICTURES
from tests.benchmarks.open_loop import LoadClient, at_once, at_rate
from tests.platforms import RunningPlatform, platform_with_pictures
from tests.stacks import running_stack

WARM_UP = 30
AT_ONCE = 100
ACCOUNTS = 10
# As many as keep a worker busy without a place being refused.
ENOUGH_AT_ONCE = 6
MEASURED_S = 20.0
SHARE_OF_CAPACITY = 0.7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, pictures = Path(folder, "home"), Path(folder, "pictures")
        pictures.mkdir()
        with running_stack(home) as stack, platform_with_pictures(stack, pictures) as platform:
            measure(platform, asked.requests)


def measure(platform: RunningPlatform, requests: int) -> None:
    emails = [f"bench-{number}@recognise.example" for number in range(ACCOUNTS)]
    for number, email in enumerate(emails):
        platform.create_account(email, f"bench-{number}")
    pictures = [path.read_bytes() for path in sorted(DEMO_PICTURES.glob("*.jpg"))]
    with platform.client(emails[0]) as client:
        for number in range(WARM_UP):
            ask(client, pictures[number % len(pictures)])
        taken = [ask(client, pictures[number % len(pictures)]) for number in range(requests)]
    tell("request", [whole for whole, _ in taken])
    tell("decoding and inference", [model for _, model in taken])
    tell("all else", [whole - model for whole, model in taken])
    asyncio.run(busy(platform, emails, pictures))
    asyncio.run(crowd(platform, emails, pictures[0]))


def ask(client: httpx.Client, picture: bytes) -> tuple[float, float]:
    """Return how long the request took, and what of that was decoding and inference, in milliseconds."""
    began = time.perf_counter()
    answer = client.post("/v1/recognise", content=picture)
    whole = (time.perf_counter() - began) * 1000
    timings = answer.raise_for_status().json()["timings"]
    return whole, timings["decode_ms"] + timings["inference_ms"]


async def busy(platform: RunningPlatform, emails: Sequence[str], pictures: Sequence[bytes]) -> None:
    """Measure how many requests are answered a second, then how long they take at a share of that."""
    port = platform.settings.api.port
    requests = itertools.cycle(
        f"POST /v1/recognise HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {platform.token(email)}\r\n"
        f"Content-Length: {len(picture)}\r\n\r\n".encode("ascii")
        + picture
        for email, picture in itertools.product(emails, pictures)
    )
    client = LoadClient("127.0.0.1", port, AT_ONCE)
    most = await at_once(client, ENOUGH_AT_ONCE, MEASURED_S, lambda: next(requests))
    capacity = len(most.with_status(httpx.codes.OK)) / MEASURED_S
    some = await at_rate(client, SHARE_OF_CAPACITY * capacity, MEASURED_S, lambda: next(requests))
    say(f"capacity: {capacity:.1f} answers/s, {dict(most.statuses)}")
    say(f"at {SHARE_OF_CAPACITY} of it: {dict(some.statuses)}")
    tell("request", [answer.latency_s * 1000 for answer in some.with_status(httpx.codes.OK)])


async def crowd(platform: RunningPlatform, emails: list[str], picture: bytes) -> None:
    """Send all requests at once."""
    tokens = [platform.token(email) for email in emails]
    async with httpx.AsyncClient(
        base_url=platform.url, timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)
    ) as client:

        async def one(number: int) -> tuple[int, float, bool]:
            began = time.perf_counter()
            headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}
            answer = await client.post("/v1/recognise", content=picture, headers=headers)
            return answer.status_code, (time.perf_counter() - began) * 1000, "Retry-After" in answer.headers

        answers = await asyncio.gather(*(one(number) for number in range(AT_ONCE)))
    say(f"{AT_ONCE} at once: {dict(Counter(status for status, _, _ in answers))}")
    assert all(has_retry_after for status, _, has_retry_after in answers if status != httpx.codes.OK)
    tell("answered", [took for status, took, _ in answers if status == httpx.codes.OK])
    tell("refused", [took for status, took, _ in answers if status != httpx.codes.OK])


def tell(what: str, milliseconds: list[float]) -> None:
    if len(milliseconds) > 1:
        say(f"{what}: p50 {median(milliseconds):.1f} ms, p99 {quantiles(milliseconds, n=100)[98]:.1f} ms")


if __name__ == "__main__":
    main()
