"""What the header of a JPEG XL says (ISO/IEC 18181-1, codestream; 18181-2, container): size, turn, samples, colours.

Read here before any decoder sees the file, so that limits hold whatever it claims. The header is a few dozen bytes;
no more than ``HEADER_BYTES`` of a file are looked at for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from processors.imaging.formats.iso_boxes import boxes

CODESTREAM, CONTAINER = b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"
HEADER_BYTES = 65_536
MOST_EXTRA_CHANNELS = 64
# Width to height, by the number that stands for it.
RATIOS = (None, *(Fraction(*pair) for pair in ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))))
GREY, XYB = 1, 2
ALPHA, SPOT_COLOUR, COLOUR_FILTER = 0, 2, 5
CUSTOM = 2
PART_INDEX_BYTES = 4

# Each of a number's four forms: how many bits follow, and what is added to them.
Forms = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
SIDE: Forms = ((9, 1), (13, 1), (18, 1), (30, 1))
ENUM: Forms = ((0, 0), (0, 1), (4, 2), (6, 18))
WHOLE_BITS: Forms = ((0, 8), (0, 10), (0, 12), (6, 1))
REAL_BITS: Forms = ((0, 32), (0, 16), (0, 24), (6, 1))
CHANNELS: Forms = ((0, 0), (0, 1), (4, 2), (12, 1))
SHIFT: Forms = ((0, 0), (0, 3), (0, 4), (3, 1))
NAME: Forms = ((0, 0), (4, 0), (5, 16), (10, 48))
FILTER_CHANNEL: Forms = ((0, 1), (2, 0), (4, 3), (8, 19))
PREVIEW_EIGHTS: Forms = ((0, 16), (0, 32), (5, 1), (9, 33))
PREVIEW: Forms = ((6, 1), (8, 65), (10, 321), (12, 1345))
TICKS: Forms = ((0, 100), (0, 1000), (10, 1), (30, 1))
TICK_PARTS: Forms = ((0, 1), (0, 1001), (8, 1), (10, 1))
LOOPS: Forms = ((0, 0), (3, 0), (16, 0), (32, 0))
COORDINATE: Forms = ((19, 0), (19, 524_288), (20, 1_048_576), (21, 2_097_152))


Points = tuple[tuple[float, float], ...]
# By the numbers that JPEG XL gives them.
WHITES: Mapping[int, Points] = {1: ((0.3127, 0.3290),), 10: ((1 / 3, 1 / 3),), 11: ((0.314, 0.351),)}
PRIMARIES: Mapping[int, Points] = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}


class NotAHeader(ValueError):
    """The bytes end before the header does, or say what no header may."""


@dataclass(frozen=True, slots=True)
class Colours:
    """How colours are described: by a profile, or by numbers.

    ``points`` are white, red, green and blue, each as x and y; ``transfer`` is CICP's number. ``gamma`` is the power of
    light that samples are.
    """

    has_profile: bool = False
    space: int = 0
    points: Points = (*WHITES[1], *PRIMARIES[1])
    transfer: int = 13
    gamma: float | None = None


@dataclass(frozen=True, slots=True)
class JpegXlHeader:
    """The size as the file keeps it, and how EXIF's ``orientation`` turns it upright; ``bits`` of each sample."""

    width: int
    height: int
    orientation: int = 1
    bits: int = 8
    is_real: bool = False
    channels: int = 3
    has_alpha: bool = False
    alpha_is_applied: bool = False
    is_in_xyb: bool = True
    colours: Colours = Colours()

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height of the upright picture."""
        return (self.height, self.width) if self.orientation > 4 else (self.width, self.height)

    @property
    def is_in_planes(self) -> bool:
        """Whether it is grey, with channels beside that are no alpha: decoders give such channels one by one."""
        return self.colours.space == GREY and self.channels > 1 and not self.has_alpha


def is_jpeg_xl(data: bytes) -> bool:
    return data.startswith((CODESTREAM, CONTAINER))


def header_of(data: bytes) -> JpegXlHeader:
    """Return what ``data`` says of its picture; raises ``NotAHeader``."""
    bits = _Bits(_codestream(data))
    if bits.take(16) != int.from_bytes(CODESTREAM, "little"):
        raise NotAHeader("it does not begin as one")
    width, height = _size(bits)
    if bits.flag():
        return JpegXlHeader(width, height)
    orientation = _extra_fields(bits) if bits.flag() else 1
    is_real, depth = _depth(bits)
    bits.flag()
    alphas = [_extra_channel(bits) for _ in range(_checked(bits.number(CHANNELS), MOST_EXTRA_CHANNELS))]
    is_in_xyb = bits.flag()
    colours = _colours(bits)
    return JpegXlHeader(
        width,
        height,
        orientation,
        depth,
        is_real,
        (1 if colours.space == GREY else 3) + len(alphas),
        has_alpha=any(is_alpha for is_alpha, _ in alphas),
        alpha_is_applied=any(is_alpha and is_applied for is_alpha, is_applied in alphas),
        is_in_xyb=is_in_xyb,
        colours=colours,
    )


def exif_box(data: bytes) -> bytes:
    """Return the EXIF in a container; nothing where there is none, or where it is compressed."""
    if not data.startswith(CONTAINER):
        return b""
    found = next((box for box in boxes(data) if box.kind == b"Exif"), None)
    if found is None:
        return b""
    offset = int.from_bytes(data[found.start : found.start + 4], "big")
    return data[found.start + 4 + offset : found.end]


def _codestream(data: bytes) -> bytes:
    """Return the beginning of the codestream, put together where the container keeps it in parts."""
    if not data.startswith(CONTAINER):
        return data[:HEADER_BYTES]
    start = bytearray()
    for box in boxes(data):
        if box.kind == b"jxlc":
            return data[box.start : min(box.end, box.start + HEADER_BYTES)]
        if box.kind == b"jxlp":
            start += data[box.start + PART_INDEX_BYTES : min(box.end, box.start + HEADER_BYTES)]
        if len(start) >= HEADER_BYTES:
            break
    return bytes(start)


class _Bits:
    """Reads bits, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> int:
        start, self._at = self._at, self._at + count
        if self._at > len(self._data) * 8:
            raise NotAHeader("its data end early")
        around = int.from_bytes(self._data[start // 8 : (self._at + 7) // 8], "little")
        return around >> start % 8 & (1 << count) - 1

    def flag(self) -> bool:
        return bool(self.take(1))

    def number(self, forms: Forms) -> int:
        count, base = forms[self.take(2)]
        return base + self.take(count)


def _size(bits: _Bits) -> tuple[int, int]:
    """Return width and height; in eights where both are small, or one by its ratio to the other."""
    in_eights = bits.flag()

    def side() -> int:
        return 8 * (bits.take(5) + 1) if in_eights else bits.number(SIDE)

    height = side()
    ratio = RATIOS[bits.take(3)]
    return (side() if ratio is None else height * ratio.numerator // ratio.denominator), height


def _extra_fields(bits: _Bits) -> int:
    """Return the orientation, and pass over what else a picture may say of how it is shown."""
    orientation = bits.take(3) + 1
    if bits.flag():
        _size(bits)
    if bits.flag():
        _preview(bits)
    if bits.flag():
        for forms in (TICKS, TICK_PARTS, LOOPS):
            bits.number(forms)
        bits.flag()
    return orientation


def _preview(bits: _Bits) -> None:
    forms = PREVIEW_EIGHTS if bits.flag() else PREVIEW
    bits.number(forms)
    if not bits.take(3):
        bits.number(forms)


def _depth(bits: _Bits) -> tuple[bool, int]:
    """Return whether samples are real numbers, and of how many bits."""
    if not bits.flag():
        return False, bits.number(WHOLE_BITS)
    depth = bits.number(REAL_BITS)
    bits.take(4)
    return True, depth


def _extra_channel(bits: _Bits) -> tuple[bool, bool]:
    """Return whether a channel is alpha, and whether that is applied to the colours already."""
    if bits.flag():
        return True, False
    kind = bits.number(ENUM)
    _depth(bits)
    bits.number(SHIFT)
    bits.take(8 * bits.number(NAME))
    if kind == ALPHA:
        return True, bits.flag()
    if kind == SPOT_COLOUR:
        bits.take(64)
    if kind == COLOUR_FILTER:
        bits.number(FILTER_CHANNEL)
    return False, False


def _colours(bits: _Bits) -> Colours:
    if bits.flag():
        return Colours()
    has_profile, space = bits.flag(), bits.number(ENUM)
    if has_profile or space == XYB:
        return Colours(has_profile, space)
    white = _points(bits, WHITES, 1)
    primaries = PRIMARIES[1] if space == GREY else _points(bits, PRIMARIES, 3)
    gamma = bits.take(24) / 10_000_000 if bits.flag() else None
    transfer = bits.number(ENUM) if gamma is None else CUSTOM
    return Colours(False, space, (*white, *primaries), transfer, gamma)


def _points(bits: _Bits, named: Mapping[int, Points], count: int) -> Points:
    """Return points that have a number, or else those that are written out, in millionths; raises ``NotAHeader``."""
    number = bits.number(ENUM)
    if number == CUSTOM:
        return tuple((_millionths(bits), _millionths(bits)) for _ in range(count))
    if number not in named:
        raise NotAHeader("its colours have no meaning")
    return named[number]


def _millionths(bits: _Bits) -> float:
    packed = bits.number(COORDINATE)
    return (-(packed + 1) // 2 if packed & 1 else packed // 2) / 1_000_000


def _checked(count: int, most: int) -> int:
    if count > most:
        raise NotAHeader(f"it has more than {most} extra channels")
    return count
