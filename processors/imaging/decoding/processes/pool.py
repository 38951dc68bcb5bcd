"""A few processes that decode, started when first needed and replaced when they had to be killed."""

import os
import queue
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from infra.errors import Rejected
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.decoding.processes.process import DecoderDied, DecoderProcess
from processors.imaging.decoding.processes.wire import Request
from processors.imaging.views import View
from schemas.dead_letters import Reason

# Besides the pixels, in up to four copies of four bytes: what codecs keep for themselves.
BASE_MEMORY_BYTES = 512 * 1024 * 1024
MEMORY_BYTES_PER_PIXEL = 16


def open_decoders(settings: ModelSettings) -> "DecoderPool":
    """Return the processes that a worker decodes in, as many as its threads that decode; none is started yet."""
    return DecoderPool(settings.threads or os.cpu_count() or 1, settings.decode_timeout_s, settings.max_pixels)


class DecoderPool:
    """Decodes images in at most ``size`` processes; ``decode`` blocks, and may be called from any thread."""

    def __init__(self, size: int, timeout_s: float, max_pixels: int) -> None:
        self._size = size
        self._timeout_s = timeout_s
        self._max_pixels = max_pixels
        # The last one used is the first one used again: no more are started than are needed at once.
        self._places: queue.LifoQueue[DecoderProcess | None] = queue.LifoQueue()
        for _ in range(size):
            self._places.put(None)
        # On Linux a process can die with the thread that started it: one that lives as long as the pool.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="start-decoder")

    def decode(self, data: bytes, views: Collection[View]) -> DecodedImage:
        """Return what ``decode`` returns; raises ``Rejected`` as it does, and besides:

        ``decode_timeout`` for an image that took longer than ``timeout_s``, ``decode_out_of_memory``, and
        ``crashed_decoder`` for one that ends a process that decoded nothing else: no image pays for another.
        """
        request = Request(tuple(views), self._max_pixels, self._timeout_s)
        process = self._places.get()
        try:
            if process is not None:
                with suppress(DecoderDied):
                    return process.decode(request, data)
            process = self._starter.submit(self._start).result()
            return process.decode(request, data)
        except DecoderDied as died:
            raise Rejected(Reason.CRASHED_DECODER, f"the process that decoded the image {died}") from None
        finally:
            self._places.put(process if process is not None and process.usable else None)

    def close(self) -> None:
        """End the processes, each after the image that it is at; the pool is of no use afterwards."""
        for _ in range(self._size):
            if (process := self._places.get()) is not None:
                process.end()
        self._starter.shutdown()

    def _start(self) -> DecoderProcess:
        return DecoderProcess(BASE_MEMORY_BYTES + MEMORY_BYTES_PER_PIXEL * self._max_pixels)
