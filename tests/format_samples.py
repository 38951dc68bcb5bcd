"""A file of every format and variant that people have, small and whole, for tests and for the documentation's table."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from tests.fakes.camera_raws import FORMS, camera_raw
from tests.fakes.heic import HeicForm, box, heic
from tests.fakes.jpeg_xl import contained, jxl, jxl_of_jpeg
from tests.fakes.pictures import encoded, scene
from tests.fakes.psd import CMYK, GREY, PACKED, RGB, psd

PICTURE = scene(192, 128)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'

Sample = Callable[[], bytes]


def picture(kind: str, mode: str = "RGB", *, more: bool = False, **options: Any) -> Sample:
    """Return a sample that Pillow writes; ``more`` adds a second picture."""

    def sample() -> bytes:
        second = {"save_all": True, "append_images": [PICTURE.rotate(180)]} if more else {}
        return encoded(PICTURE.convert(mode), kind, **second, **options)

    return sample


def planes(mode: str = "RGB") -> list[Any]:
    image = PICTURE.convert(mode)
    return [np.asarray(image.getchannel(band)) for band in range(len(image.getbands()))]


def _wide(kind: str) -> bytes:
    return encoded(Image.fromarray(np.asarray(PICTURE.convert("L")).astype(np.uint16) * 257), kind)


def _light() -> Any:
    """Return the picture's light in 16 bits, which is how such a JPEG XL is written here."""
    shares = np.asarray(PICTURE) / 255
    bright = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return np.rint(bright * 65535).astype(np.uint16)


def _bitmap_icon() -> bytes:
    return encoded(PICTURE.resize((96, 64)), "ICO", bitmap_format="bmp", sizes=[(16, 16), (96, 64)])


def _zip(name: str = "a.txt") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "a")
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return file.getvalue()


def _film(brand: bytes) -> Sample:
    return lambda: box(b"ftyp", brand, bytes(4), b"isom") + box(b"moov", bytes(40)) + box(b"mdat", bytes(90))


READ: Mapping[str, Sample] = {
    "JPEG": picture("JPEG"),
    "JPEG, progressive": picture("JPEG", progressive=True),
    "JPEG, CMYK": picture("JPEG", "CMYK"),
    "MPO, two pictures of a phone": picture("MPO", more=True),
    "PNG": picture("PNG"),
    "PNG of 16 bits": lambda: _wide("PNG"),
    "APNG": picture("PNG", more=True),
    "GIF": picture("GIF"),
    "GIF, animated": picture("GIF", more=True),
    "BMP": picture("BMP"),
    "WebP": picture("WEBP"),
    "WebP, animated": picture("WEBP", more=True),
    "TIFF": picture("TIFF"),
    "TIFF of several pages": picture("TIFF", more=True),
    "TIFF of 16 bits": lambda: _wide("TIFF"),
    "AVIF": picture("AVIF", speed=10),
    "HEIC": lambda: heic(PICTURE),
    "HEIC in tiles": lambda: heic(PICTURE, HeicForm(tiles=2)),
    "HEIC of 10 bits": lambda: heic(PICTURE, HeicForm(bits=10)),
    "HEIF without HEIC's brand": lambda: heic(PICTURE, HeicForm(brands=(b"mif1", b"mif1", b"miaf"))),
    "JPEG 2000": picture("JPEG2000"),
    "JPEG 2000, codestream alone": picture("JPEG2000", no_jp2=True),
    "JPEG XL": lambda: jxl(PICTURE),
    "JPEG XL in a container": lambda: contained(jxl(PICTURE), cuts=[9]),
    "JPEG XL, lossy": lambda: jxl(PICTURE, lossless=False, distance=1.0),
    "JPEG XL of 16 bits": lambda: jxl(_light()),
    "JPEG XL, made of a JPEG": lambda: jxl_of_jpeg(PICTURE, quality=95)[1],
    "JPEG XL, animated": lambda: jxl(np.stack([np.asarray(PICTURE), np.asarray(PICTURE.rotate(180))])),
    "ICO, of PNGs": lambda: encoded(PICTURE.resize((96, 64)), "ICO", sizes=[(16, 16), (96, 64)]),
    "ICO, of bitmaps": _bitmap_icon,
    "TGA": picture("TGA"),
    "TGA, run-length coded": picture("TGA", compression="tga_rle"),
    "PBM": picture("PPM", "1"),
    "PGM": picture("PPM", "L"),
    "PPM": picture("PPM"),
    "PSD": lambda: psd(planes(), RGB),
    "PSD, packed": lambda: psd(planes(), RGB, compression=PACKED),
    "PSD, grey": lambda: psd(planes("L"), GREY),
    "PSD, CMYK": lambda: psd([255 - plane for plane in planes("CMYK")], CMYK),
    **{
        f"{form.name}, by its preview": lambda form=form: camera_raw(form, [encoded(PICTURE)], 1)  # type: ignore[misc]
        for form in FORMS
    },
}
REFUSED: Mapping[str, Sample] = {
    "SVG": lambda: SVG,
    "SVG after a declaration and notes": lambda: (
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg>\n' + SVG
    ),
    "SVG, UTF-16": lambda: b"\xff\xfe" + SVG.decode().encode("utf-16-le"),
    "SVG, compressed (SVGZ)": lambda: gzip.compress(SVG),
    "HTML": lambda: b"<!DOCTYPE html><html><body>404 <svg></svg></body></html>",
    "XML": lambda: b"<?xml version='1.0'?><rss/>",
    "JSON": lambda: b'{"error": "not found"}',
    "text": lambda: "Just a text, called photo.jpg \N{EM DASH} ".encode() * 200,
    "PDF": lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "video, MP4": _film(b"isom"),
    "video, MP4 of a phone": _film(b"mp42"),
    "video, MOV": _film(b"qt  "),
    "video, MOV of old": lambda: box(b"wide") + box(b"mdat", bytes(90)),
    "video, WebM": lambda: b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1webm" + bytes(60),
    "video, AVI": lambda: b"RIFF" + struct.pack("<I", 90) + b"AVI LIST" + bytes(80),
    "video, MPEG-TS": lambda: (b"G" + bytes(187)) * 4,
    "audio, MP3": lambda: b"ID3\4\0\0" + bytes(90),
    "audio, WAV": lambda: b"RIFF" + struct.pack("<I", 90) + b"WAVEfmt " + bytes(80),
    "archive, ZIP": _zip,
    "DOCX": lambda: _zip("word/document.xml"),
    "archive, tar": _tar,
    "archive, gzip": lambda: gzip.compress(b"a" * 90),
    "archive, 7z": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(90),
    "JPEG-LS": lambda: b"\xff\xd8\xff\xf7\0\x0b\x08\0\2\0\2\1\1\x11\0" + bytes(20),
    "CR3": _film(b"crx "),
    "RAF": lambda: b"FUJIFILMCCD-RAW 0201" + bytes(90),
    "ORF": lambda: b"IIRO\x08\0\0\0" + bytes(90),
    "PSB": lambda: psd(planes(), RGB, version=2),
    "PSD of 16 bits": lambda: psd(planes(), RGB, bits=16),
    "PSD without its composite": lambda: psd(planes(), RGB, resources=[(1057, b"\0\0\0\1\0")]),
    "HEIF of AV1": lambda: heic(PICTURE, HeicForm(codec=b"av01", brands=(b"mif1", b"mif1"))),
    "PCX": picture("PCX"),
    "DDS": picture("DDS"),
    "SGI": picture("SGI"),
    "a cursor": lambda: b"\0\0\2\0\1\0" + bytes(90),
    "zeros": lambda: bytes(100),
    "a program": lambda: b"\x7fELF" + bytes(90),
}
