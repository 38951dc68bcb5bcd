"""Decodes what is bounded in the calling thread, and everything else in a process that can be ended."""

from collections.abc import Collection

from processors.imaging.bounded import is_bounded
from processors.imaging.decode import DecodedImage, claimed_format, decode, unsupported
from processors.imaging.decoder_pool import DecoderPool
from processors.imaging.views import View


class Decoder:
    """Both ways give the same pixels and the same rejections; hostile bytes can hurt in neither."""

    def __init__(self, max_pixels: int, processes: DecoderPool | None) -> None:
        """Without ``processes`` everything is decoded in the calling thread, however long that takes."""
        self._max_pixels = max_pixels
        self._processes = processes

    def decode(self, data: bytes, views: Collection[View]) -> DecodedImage:
        """Return ``views`` of an image; raises ``Rejected``, also for what took too long or crashed."""
        bounded = is_bounded(data)
        if bounded or not data or self._processes is None:
            return decode(data, views, self._max_pixels, bounded=bounded)
        if claimed_format(data) is None:
            # No parser would take it: neither the bytes nor the answer need go anywhere.
            raise unsupported()
        return self._processes.decode(data, views)
