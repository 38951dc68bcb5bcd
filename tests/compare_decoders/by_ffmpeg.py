"""Pictures as FFmpeg decodes them: the formats that libvips does not read, with code of its own."""

import io

import av
import numpy as np

from tests.compare_decoders.subject import Levels, on_white


def decoded(data: bytes) -> Levels:
    """Return ``[height, width, 3]`` of the first picture as it is stored; raises ``av.error.FFmpegError``."""
    with av.open(io.BytesIO(data)) as container:
        return _levels(next(container.decode(video=0)))


def decoded_by(codec: str, data: bytes) -> Levels:
    """Return the same of a file that is nothing but what ``codec`` reads."""
    context = av.CodecContext.create(codec, "r")
    return _levels([*context.decode(av.Packet(data)), *context.decode(None)][0])


def _levels(frame: av.VideoFrame) -> Levels:
    if not any(component.is_alpha for component in frame.format.components):
        return frame.to_ndarray(format="rgb24")
    four = frame.to_ndarray(format="rgba")
    return on_white(four[:, :, :3], np.ascontiguousarray(four[:, :, 3]), 255)
