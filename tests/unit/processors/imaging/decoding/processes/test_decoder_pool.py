"""What takes too long is ended and what crashes is replaced: on real processes, hung and killed in earnest."""

import io
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from infra.errors import Rejected
from processors.imaging.decoding.containers import FORMATS
from processors.imaging.decoding.decode import decode
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import MEMORY_BYTES_PER_PIXEL, DecoderPool
from processors.imaging.decoding.processes.process import DecoderProcess, DecoderUnavailable
from processors.imaging.decoding.processes.wire import Request
from processors.imaging.views import THUMBNAIL, Crop, Letterbox
from schemas.dead_letters import Reason
from tests.fakes.pictures import encoded, png_of, scene

VIEWS = (Crop(64, 56), Letterbox(80, 40), THUMBNAIL)
MAX_PIXELS = 89_000_000
PATIENCE_S = 60.0
# Long enough for a machine with other work to start a process and decode a small picture.
HASTE_S = 2.0
PICTURE = encoded(scene(300, 200), "WEBP")
PROGRAM = "processors.imaging.decoding.processes.child"


def decoders(parent: int | None = None) -> list[psutil.Process]:
    """Return the processes that decode for ``parent``, which is this one where nobody is named."""
    return [child for child in psutil.Process(parent).children() if _is_decoder(child)]


def _is_decoder(process: psutil.Process) -> bool:
    try:
        return PROGRAM in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found


def slow_jpeg() -> bytes:
    """A small file near the pixel limit that asks for a hundred passes over all of them: seconds of work."""
    data = encoded(Image.new("L", (9400, 9400), 90), "JPEG", progressive=True)
    last_scan = data[data.rfind(b"\xff\xda") : -2]
    return data[:-2] + last_scan * (100 - data.count(b"\xff\xda")) + data[-2:]


def ready_decoder() -> psutil.Process | None:
    """Return the process that decodes, once it has started: it then writes to nobody."""
    for process in decoders():
        if Path(f"/proc/{process.pid}/fd/2").readlink() == Path(os.devnull):
            return process
    return None


def reason_for(pool: DecoderPool, data: bytes) -> Reason:
    with pytest.raises(Rejected) as rejected:
        pool.decode(data, VIEWS)
    return rejected.value.reason


@pytest.fixture(scope="module")
def slow() -> bytes:
    return slow_jpeg()


@pytest.fixture
def pool() -> Iterator[DecoderPool]:
    pool = DecoderPool(2, PATIENCE_S, MAX_PIXELS)
    yield pool
    pool.close()
    assert decoders() == []


@pytest.fixture
def hasty() -> Iterator[DecoderPool]:
    """One process, and little time for each image."""
    pool = DecoderPool(1, HASTE_S, MAX_PIXELS)
    yield pool
    pool.close()
    assert decoders() == []


def test_every_format_comes_back_as_it_would_have_been_decoded_here(pool: DecoderPool) -> None:
    for kind in FORMATS:
        data = encoded(scene(300, 200), kind)
        here, there = decode(data, VIEWS, MAX_PIXELS), pool.decode(data, VIEWS)
        assert (there.width, there.height, there.format) == (here.width, here.height, here.format) == (300, 200, kind)
        assert all(np.array_equal(here.views[view], there.views[view]) for view in VIEWS)
        assert there.views.keys() == set(VIEWS)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (PICTURE[: len(PICTURE) // 2], Reason.CORRUPT_IMAGE),
        (b"text", Reason.UNSUPPORTED_FORMAT),
        (png_of(20_000, 10_000), Reason.TOO_MANY_PIXELS),
    ],
)
def test_rejections_come_back_with_their_reason_and_cost_no_process(
    pool: DecoderPool, data: bytes, reason: Reason
) -> None:
    assert reason_for(pool, data) is reason
    (first,) = decoders()
    assert reason_for(pool, data) is reason
    assert decoders() == [first]
    assert pool.decode(PICTURE, VIEWS).width == 300


def test_none_is_started_before_it_is_needed_and_no_more_than_are_needed(pool: DecoderPool) -> None:
    assert decoders() == []
    for _ in range(3):
        pool.decode(PICTURE, VIEWS)
    assert len(decoders()) == 1


def test_many_threads_share_a_few_processes(pool: DecoderPool) -> None:
    with ThreadPoolExecutor(6) as threads:
        widths = list(threads.map(lambda _: pool.decode(PICTURE, VIEWS).width, range(40)))
    assert widths == [300] * 40
    assert len(decoders()) == 2


def test_an_image_that_takes_too_long_is_ended_and_the_next_one_is_read(hasty: DecoderPool, slow: bytes) -> None:
    assert hasty.decode(PICTURE, VIEWS).width == 300
    (first,) = decoders()
    with pytest.raises(Rejected, match=rf"decoding took longer than the {HASTE_S:g} s allowed") as rejected:
        hasty.decode(slow, VIEWS)
    assert rejected.value.reason is Reason.DECODE_TIMEOUT
    assert not first.is_running()
    assert hasty.decode(PICTURE, VIEWS).width == 300


@pytest.mark.parametrize("size", [len(PICTURE), 8_000_000])
def test_a_process_that_does_not_even_listen_is_killed(hasty: DecoderPool, size: int) -> None:
    hasty.decode(PICTURE, VIEWS)
    (stopped,) = decoders()
    stopped.suspend()
    assert reason_for(hasty, PICTURE.ljust(size, b"\0")) is Reason.DECODE_TIMEOUT
    assert not stopped.is_running()
    assert hasty.decode(PICTURE, VIEWS).width == 300


def test_an_image_that_crashes_its_process_is_rejected_and_the_next_one_is_read(pool: DecoderPool, slow: bytes) -> None:
    with ThreadPoolExecutor(1) as threads:
        rejected = threads.submit(reason_for, pool, slow)
        process = wait_for(ready_decoder)
        process.send_signal(signal.SIGSEGV)
        assert rejected.result() is Reason.CRASHED_DECODER
    assert pool.decode(PICTURE, VIEWS).width == 300


def test_an_image_does_not_pay_for_what_an_earlier_one_did_to_its_process(pool: DecoderPool) -> None:
    pool.decode(PICTURE, VIEWS)
    (damaged,) = decoders()
    damaged.suspend()
    with ThreadPoolExecutor(1) as threads:
        read = threads.submit(pool.decode, PICTURE, VIEWS)
        damaged.send_signal(signal.SIGSEGV)
        damaged.resume()
        assert read.result().width == 300
    assert damaged not in decoders()


def test_a_process_that_was_killed_while_idle_is_replaced(pool: DecoderPool) -> None:
    pool.decode(PICTURE, VIEWS)
    decoders()[0].kill()
    assert pool.decode(PICTURE, VIEWS).width == 300


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("GIF", "P"), ("TIFF", "RGB")])
def test_an_image_that_takes_too_much_memory_is_not_called_corrupt(kind: str, mode: str) -> None:
    options = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    data = encoded(Image.new(mode, (5000, 5000)), kind, **options)
    process = DecoderProcess(memory_bytes=48 * 1024 * 1024)
    with pytest.raises(Rejected) as rejected:
        process.decode(Request(VIEWS, MAX_PIXELS, PATIENCE_S), data)
    process.end()
    assert rejected.value.reason is Reason.DECODE_OUT_OF_MEMORY
    assert not process.usable


@pytest.mark.parametrize("kind", FORMATS)
def test_the_largest_pictures_fit_into_the_memory_that_is_allowed(kind: str) -> None:
    """Of WebP and AVIF above all, whose codecs do not tell a lack of memory from damage."""
    pixels = np.random.default_rng(1).integers(0, 256, (750, 1000, 4), np.uint8)
    picture = Image.fromarray(pixels).convert("RGBA" if kind in ("PNG", "TIFF", "WEBP", "AVIF") else "RGB")
    options: dict[str, Any] = {"method": 0} if kind == "WEBP" else {"speed": 10} if kind == "AVIF" else {}
    allowed = MEMORY_BYTES_PER_PIXEL * 750_000 + 64 * 1024 * 1024
    process = DecoderProcess(allowed)
    assert process.decode(Request(VIEWS, 750_000, PATIENCE_S), encoded(picture, kind, **options)).width == 1000
    process.end()


def test_a_process_knows_no_secrets_and_has_limits(pool: DecoderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_KAFKA__SASL_PASSWORD", "correct horse battery")
    pool.decode(PICTURE, VIEWS)
    (process,) = decoders()
    assert not [name for name in process.environ() if name.startswith("VEDETTE")]
    assert 0 < process.rlimit(resource.RLIMIT_AS)[0] < 8 * 1024**3
    assert process.rlimit(resource.RLIMIT_CORE) == (0, 0)
    assert process.rlimit(resource.RLIMIT_FSIZE) == (0, 0)
    assert 0 < process.rlimit(resource.RLIMIT_CPU)[0] < 2 * PATIENCE_S


def test_an_image_in_flight_is_finished_when_the_worker_is_told_to_stop(slow: bytes) -> None:
    """Signals may reach the whole group of processes; those that decode leave them to the worker, which closes."""
    pool = DecoderPool(1, PATIENCE_S, MAX_PIXELS)
    with ThreadPoolExecutor(1) as threads:
        read = threads.submit(pool.decode, slow, VIEWS)
        process = wait_for(ready_decoder)
        for number in (signal.SIGTERM, signal.SIGINT):
            process.send_signal(number)
        pool.close()
        assert read.result().width == 9400
    assert decoders() == []


WORKER = """
import sys, time
from processors.imaging.decoding.processes.pool import MEMORY_BYTES_PER_PIXEL, DecoderPool
from processors.imaging.views import THUMBNAIL
pool = DecoderPool(1, 30.0, 40_000_000)
pool.decode(sys.stdin.buffer.read(), (THUMBNAIL,))
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_none_outlives_its_worker(number: signal.Signals, stopped: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(PICTURE)
        worker.stdin.close()
        assert worker.stdout.readline() == b"ready\n"
        (process,) = decoders(worker.pid)
        if stopped:
            process.suspend()
        worker.send_signal(number)
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


def test_one_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(DecoderUnavailable, match="a process that decodes images could not be started"):
        DecoderProcess(1_000_000)
    pool = DecoderPool(1, 60.0, MAX_PIXELS)
    with pytest.raises(DecoderUnavailable):
        pool.decode(PICTURE, VIEWS)
    monkeypatch.undo()
    assert pool.decode(PICTURE, VIEWS).width == 300
    pool.close()


def test_what_is_bounded_is_decoded_here_and_what_is_no_picture_at_all_is_refused_here(pool: DecoderPool) -> None:
    decoder = Decoder(MAX_PIXELS, pool)
    assert decoder.decode(encoded(scene(300, 200)), VIEWS).width == 300
    for data in (b"", b"text that is called .jpg"):
        with pytest.raises(Rejected):
            decoder.decode(data, VIEWS)
    assert decoders() == []
    assert decoder.decode(PICTURE, VIEWS).width == 300
    assert len(decoders()) == 1


def test_while_processes_are_killed_every_image_is_read_or_rejected_as_what_crashed(pool: DecoderPool) -> None:
    def kill_some() -> None:
        for _ in range(3):
            wait_for(ready_decoder).kill()
            time.sleep(0.2)

    def attempt(data: bytes) -> str:
        try:
            return pool.decode(data, VIEWS).format
        except Rejected as rejected:
            return rejected.reason.value

    killer = threading.Thread(target=kill_some)
    killer.start()
    with ThreadPoolExecutor(4) as threads:
        outcomes = set(threads.map(attempt, [PICTURE] * 50))
    pool.decode(PICTURE, VIEWS)
    killer.join()
    assert "WEBP" in outcomes
    assert outcomes <= {"WEBP", "crashed_decoder"}


def test_the_slow_picture_is_a_picture(slow: bytes) -> None:
    with Image.open(io.BytesIO(slow)) as image:
        assert image.size == (9400, 9400)
    assert len(slow) < 8_000_000
