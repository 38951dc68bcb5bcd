"""Which of the countless kinds of TIFF are read right, and what the numbers of their samples mean."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import TiffImagePlugin

UNKNOWN, UNSIGNED, SIGNED, FLOAT = 0, 1, 2, 3
WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
SAMPLES, PLANAR, EXTRA_SAMPLES, SAMPLE_FORMAT = 277, 284, 338, 339
WHITE_IS_ZERO, PALETTE, UNCOMPRESSED, SEPARATE, REVERSED, PREMULTIPLIED = 0, 3, 1, 2, 2, 1
LARGEST_BITS, MOST_SAMPLES = 64, 16
FORMAT_NAMES = {UNSIGNED: "unsigned", SIGNED: "signed", FLOAT: "float", 4: "undefined", 5: "complex", 6: "complex"}


@dataclass(frozen=True, slots=True)
class TiffKind:
    """How a TIFF keeps its samples."""

    bits: tuple[int, ...]
    sample_format: int
    photometric: int
    planar: int = 1
    compression: int = UNCOMPRESSED
    fill_order: int = 1
    extra: tuple[int, ...] = ()
    big_endian: bool = False

    def __str__(self) -> str:
        bits = "/".join(map(str, dict.fromkeys(self.bits)))
        name = FORMAT_NAMES.get(self.sample_format, "unknown")
        samples = f"{len(self.bits)} {name} samples of {bits} bits"
        return f"{samples}, photometric {self.photometric}, compression {self.compression}, planes {self.planar}"

    @property
    def is_plausible(self) -> bool:
        """Whether a writer may have meant it, rather than damage."""
        return self.sample_format in FORMAT_NAMES and all(0 < bits <= LARGEST_BITS for bits in self.bits)

    @property
    def is_read_right(self) -> bool:
        """Whether Pillow, which has opened it, gives its samples as they are meant.

        What it does not, `make compare-decoders` has found.
        """
        is_raw = self.compression == UNCOMPRESSED
        wrong = [
            self.is_in_planes and len(self.bits) == 2,
            self.is_in_planes and is_raw and not self._has_plain_planes,
            self.sample_format == SIGNED and self.bits[0] > 8 and self.big_endian and not is_raw,
            self.fill_order == REVERSED and is_raw and not self._has_plain_bytes,
        ]
        return not any(wrong)

    @property
    def is_in_planes(self) -> bool:
        """Whether all of one sample stand before all of the next."""
        return self.planar == SEPARATE and len(self.bits) > 1

    @property
    def _has_plain_planes(self) -> bool:
        return set(self.bits) == {8} and self.fill_order != REVERSED and PREMULTIPLIED not in self.extra

    @property
    def _has_plain_bytes(self) -> bool:
        """Whether Pillow knows a way to turn the bits around in these bytes."""
        if self.photometric == PALETTE:
            return self.bits[0] == 8
        return self.photometric != WHITE_IS_ZERO or self.bits[0] < 8


def kind_in(tags: Any) -> TiffKind:
    """Return the kind that a TIFF's tags name, with the specification's defaults for those that are missing."""
    formats = _numbers(tags.get(SAMPLE_FORMAT, 1))
    bits = _numbers(tags.get(BITS, 1)) or (0,)
    samples = _number(tags.get(SAMPLES, len(bits)))
    return TiffKind(
        bits=bits * samples if len(bits) == 1 and 0 < samples <= MOST_SAMPLES else bits,
        sample_format=formats[0] if len(set(formats)) == 1 else UNKNOWN,
        photometric=_number(tags.get(PHOTOMETRIC, WHITE_IS_ZERO)),
        planar=_number(tags.get(PLANAR, 1)),
        compression=_number(tags.get(COMPRESSION, UNCOMPRESSED)),
        fill_order=_number(tags.get(FILL_ORDER, 1)),
        extra=_numbers(tags.get(EXTRA_SAMPLES, ())),
        big_endian=tags.prefix == b"MM",
    )


def size_in(tags: Any) -> tuple[int, int]:
    """Return width and height as the tags have them; 0 for what they have not."""
    return _number(tags.get(WIDTH, 0)), _number(tags.get(LENGTH, 0))


def first_tags(data: bytes) -> Any:
    """Return the first directory of a TIFF; raises whatever Pillow raises for one that cannot be read."""
    header = data[:16] if data[2:3] == b"\x2b" or data[3:4] == b"\x2b" else data[:8]
    tags = TiffImagePlugin.ImageFileDirectory_v2(header)
    file = io.BytesIO(data)
    file.seek(tags.next)
    tags.load(file)
    return tags


def _numbers(value: Any) -> tuple[int, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(_number(item) for item in values)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
