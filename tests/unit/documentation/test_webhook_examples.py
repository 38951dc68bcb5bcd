"""The Python of the guide to webhooks receives what Vedette sends, and nothing that somebody else does."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from infra.embedded.homes.ports import answers, choose_ports
from infra.settings.webhooks import WebhookSettings
from infra.webhooks.secrets import new_secret
from infra.webhooks.sending import Parcel, WebhookSender
from tests.examples import examples
from tests.places import ROOT

GUIDE = ROOT / "docs" / "how-to" / "receive-webhooks.md"
BODY = '{"type":"image.recognised","timestamp":"2026-03-01T12:00:00Z","data":{"image_id":"cat-1"}}'
START_S = 120


@contextmanager
def running_example(folder: Path, secret: str) -> Iterator[int]:
    """Run the guide's receiver until the end of the block; what it prints is in ``folder / "printed"``."""
    [example] = examples("python", page=GUIDE)
    program, port = folder / "receiver.py", choose_ports(["receiver"], {})["receiver"]
    program.write_text(example.text)
    environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)}
    with (folder / "printed").open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, program], env=environment, stdout=printed, stderr=subprocess.DEVNULL
        )
    with process:
        try:
            deadline = time.monotonic() + START_S
            while not answers(port):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield port
        finally:
            process.kill()


async def test_the_python_of_the_guide_takes_what_is_signed_and_refuses_the_rest(tmp_path: Path) -> None:
    secret = new_secret()
    with running_example(tmp_path, secret) as port:
        sender = WebhookSender(WebhookSettings(allowed_private_hosts=[f"127.0.0.1:{port}"], timeout_s=60))
        url = f"http://127.0.0.1:{port}/"
        taken = await sender.send(Parcel(url, "msg_1", BODY, [new_secret(), secret]))
        refused = await sender.send(Parcel(url, "msg_2", BODY, [new_secret()]))
        await sender.close()
        async with httpx.AsyncClient(timeout=60) as stranger:
            unsigned = await stranger.post(url, content=BODY)
    assert (taken.code, refused.code, unsigned.status_code) == (204, 401, 401)
    assert (tmp_path / "printed").read_text().splitlines() == ["image.recognised cat-1"]
