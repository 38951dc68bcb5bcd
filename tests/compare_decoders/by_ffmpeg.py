"""Pictures as FFmpeg decodes them: the formats that libvips does not read, with code of its own."""

import io

import av

from tests.compare_decoders.subject import Levels


def decoded(data: bytes) -> Levels:
    """Return ``[height, width, 3]`` of the first picture as it is stored; raises ``av.error.FFmpegError``."""
    with av.open(io.BytesIO(data)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")
