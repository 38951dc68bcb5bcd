"""Decodes what is bounded in the calling thread, and everything else in a process that can be ended."""

from collections.abc import Collection

from infra.errors import Rejected
from processors.imaging.decoding.bounded import is_bounded
from processors.imaging.decoding.containers import claimed_format
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.imaging.decoding.heif import HEIF_FORMATS, refuse_without_extra
from processors.imaging.decoding.jpeg_xl import JXL, refuse_jxl_without_extra
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.decoding.refusals import unsupported
from processors.imaging.views import View
from schemas.dead_letters import Reason
from schemas.results import ResultWarning


class Decoder:
    """Both ways give the same pixels and the same rejections; hostile bytes can hurt in neither."""

    def __init__(self, max_pixels: int, processes: DecoderPool | None, *, accept_truncated: bool = True) -> None:
        """Without ``processes`` everything is decoded in the calling thread, however long that takes."""
        self._max_pixels = max_pixels
        self._processes = processes
        self._accept_truncated = accept_truncated

    def decode(self, data: bytes, views: Collection[View]) -> DecodedImage:
        """Return ``views`` of an image; raises ``Rejected``, also for what took too long or crashed."""
        image = self._decode(data, views)
        if ResultWarning.TRUNCATED in image.warnings and not self._accept_truncated:
            raise Rejected(Reason.CORRUPT_IMAGE, "the image's data end early")
        return image

    def _decode(self, data: bytes, views: Collection[View]) -> DecodedImage:
        bounded = is_bounded(data)
        if bounded or not data or self._processes is None:
            return decode(data, views, self._max_pixels, bounded=bounded)
        claimed = claimed_format(data)
        if claimed is None:
            # No parser would take it: neither the bytes nor the answer need go anywhere.
            raise unsupported(data)
        if claimed in HEIF_FORMATS:
            refuse_without_extra()
        if claimed == JXL:
            refuse_jxl_without_extra()
        return self._processes.decode(data, views)
