"""What files are that no decoder here takes, by how they begin, so that a refusal can name them."""

import re
import zlib

from processors.imaging.formats.iso_boxes import brands

HEAD_BYTES = 4096
# Where the bytes stand, what they are, and what such a file is.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff\xf7", "JPEG-LS"),
    (0, b"8BPS\0\2", "PSB, which is a large PSD,"),
    (0, b"P7\n", "PAM"),
    (0, b"Pf\n", "PFM"),
    (0, b"PF\n", "PFM"),
    (0, b"FUJIFILMCCD-RAW", "RAF, a Fujifilm camera's raw format,"),
    (0, b"IIU\0", "RW2, a Panasonic camera's raw format,"),
    (0, b"IIRO", "ORF, an Olympus camera's raw format,"),
    (0, b"IIRS", "ORF, an Olympus camera's raw format,"),
    (0, b"MMOR", "ORF, an Olympus camera's raw format,"),
    (0, b"FOVb", "X3F, a Sigma camera's raw format,"),
    (0, b"\0MRM", "MRW, a Minolta camera's raw format,"),
    (6, b"HEAPCCDR", "CRW, a Canon camera's raw format,"),
    (0, b"II\xbc\1", "JPEG XR"),
    (0, b"v/1\1", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"DDS ", "DDS"),
    (0, b"\xabKTX", "KTX"),
    (0, b"qoif", "QOI"),
    (0, b"FLIF", "FLIF"),
    (0, b"BPG\xfb", "BPG"),
    (0, b"gimp xcf", "XCF, GIMP's own format,"),
    (0, b"icns", "ICNS"),
    (0, b"\x01\xda\0", "SGI"),
    (0, b"\x01\xda\1", "SGI"),
    (0, b"\x0a\x05\x01", "PCX"),
    (0, b"SIMPLE  =", "FITS"),
    (128, b"DICM", "DICOM"),
    (0, b"\x97JB2\r\n", "JBIG2"),
    (0, b"AT&TFORM", "DjVu"),
    (0, b"/* XPM */", "XPM"),
    (0, b"\xd7\xcd\xc6\x9a", "WMF"),
    (40, b" EMF", "EMF"),
    (0, b"%!PS", "PostScript"),
    (0, b"\xc5\xd0\xd3\xc6", "EPS"),
    (0, b"{\\rtf", "RTF"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (0, b"\x1aE\xdf\xa3", "video (WebM or Matroska)"),
    (0, b"\0\0\1\xba", "video (MPEG)"),
    (0, b"\0\0\1\xb3", "video (MPEG)"),
    (0, b"FLV\1", "video (FLV)"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video (WMV or WMA)"),
    (0, b"OggS", "audio or video (Ogg)"),
    (0, b"ID3", "audio (MP3)"),
    (0, b"\xff\xfb", "audio (MP3)"),
    (0, b"\xff\xf1", "audio (AAC)"),
    (0, b"fLaC", "audio (FLAC)"),
    (0, b"MThd", "audio (MIDI)"),
    (0, b"FORM", "an IFF file"),
    (0, b"#!AMR", "audio (AMR)"),
    (0, b"PK\5\6", "an archive (ZIP)"),
    (0, b"Rar!\x1a\7", "an archive (RAR)"),
    (0, b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (0, b"BZh", "an archive (bzip2)"),
    (0, b"\xfd7zXZ\0", "an archive (xz)"),
    (0, b"\x28\xb5\x2f\xfd", "an archive (Zstandard)"),
    (0, b"MSCF", "an archive (CAB)"),
    (257, b"ustar", "an archive (tar)"),
    (0, b"SQLite format 3\0", "a database (SQLite)"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\xca\xfe\xba\xbe", "a program"),
    (0, b"\0asm", "a program"),
    (0, b"#!", "a script"),
    (0, b"wOFF", "a font"),
    (0, b"wOF2", "a font"),
    (0, b"OTTO", "a font"),
    (0, b"\0\1\0\0\0", "a font"),
    (0, b"version https://git-lfs", "a pointer of Git LFS, whose file was never fetched,"),
)
RIFF = {b"AVI ": "video (AVI)", b"WAVE": "audio (WAV)", b"ACON": "an animated cursor (ANI)", b"RMID": "audio (MIDI)"}
# Of files of ISO's boxes; those that are pictures are known elsewhere.
BRANDS = {b"qt  ": "video (QuickTime, MOV)", b"crx ": "CR3, a Canon camera's raw format,", b"M4A ": "audio (M4A)"}
BRANDS |= {b"M4B ": "audio (M4A)", b"F4V ": "video (F4V)"}
OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"pnot", b"free", b"skip"})
# How zlib is told to look for gzip's head.
GZIP = 16
TRANSPORT_PACKET, TRANSPORT_SYNC = 188, b"G"
ZIPPED = ((b"word/", "DOCX"), (b"xl/", "XLSX"), (b"ppt/", "PPTX"), (b"epub+zip", "EPUB"), (b"opendocument", "ODF"))
_SVG = re.compile(rb"<(?:\w+:)?svg[\s>]", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|script|meta|div|p|h1|a|center)[\s>]", re.IGNORECASE)
_BEFORE_THE_ROOT = re.compile(rb"\s*(?:<\?[^>]*>|<!--.*?-->|\s)*", re.DOTALL)


def file_kind(data: bytes) -> str | None:
    """Return what ``data`` is, as it may begin a sentence that goes on with a verb; None where nothing tells."""
    for at, mark, name in SIGNATURES:
        if data.startswith(mark, at):
            return name
    for told in (_of_riff, _of_boxes, _of_zip, _of_gzip, _of_others, text_kind):
        if (found := told(data)) is not None:
            return found
    return None


def _of_riff(data: bytes) -> str | None:
    return RIFF.get(data[8:12], "a RIFF file") if data.startswith(b"RIFF") else None


def _of_boxes(data: bytes) -> str | None:
    found = list(brands(data))
    if found:
        return next((BRANDS[brand] for brand in found[:1] if brand in BRANDS), "video (MP4)")
    return "video (QuickTime, MOV)" if data[4:8] in OLD_QUICKTIME else None


def _of_zip(data: bytes) -> str | None:
    if not data.startswith(b"PK\3\4"):
        return None
    head = data[:HEAD_BYTES]
    return next((name for mark, name in ZIPPED if mark in head), "an archive (ZIP)")


def _of_gzip(data: bytes) -> str | None:
    """Return what lies in a file that gzip made: SVG is often kept so; no more than a head of it is unpacked."""
    if not data.startswith(b"\x1f\x8b"):
        return None
    try:
        head = zlib.decompressobj(zlib.MAX_WBITS | GZIP).decompress(data[:HEAD_BYTES], HEAD_BYTES)
    except zlib.error:
        head = b""
    return "SVG (compressed)" if text_kind(head) == "SVG" else "an archive (gzip)"


def _of_others(data: bytes) -> str | None:
    if b"%PDF-" in data[:1024]:
        return "PDF"
    if data.startswith(b"\0\0\2\0") and data[4:6] != b"\0\0":
        return "a cursor (CUR)"
    if all(data[at : at + 1] == TRANSPORT_SYNC for at in range(0, 3 * TRANSPORT_PACKET, TRANSPORT_PACKET)):
        return "video (MPEG-TS)"
    return "a file of nothing but zeros" if data[:HEAD_BYTES].strip(b"\0") == b"" else None


def text_kind(data: bytes) -> str | None:
    """Return what a text is: SVG and HTML by their first element, whatever stands before it."""
    head = _plain(data[:HEAD_BYTES])
    if head is None:
        return None
    root = head[_BEFORE_THE_ROOT.match(head).end() :]  # type: ignore[union-attr]  # matches nothing at all, too
    if _HTML.match(root) and not _SVG.match(root):
        return "HTML"
    if root.startswith(b"<"):
        return "SVG" if _SVG.search(head) else "XML"
    return "JSON" if root[:1] in (b"{", b"[") else "text"


def _plain(head: bytes) -> bytes | None:
    """Return the start of a text as UTF-8; None where it is none."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "replace").encode()
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        # A character may be cut in two where the head ends.
        text = head[: error.start].decode() if len(head) - error.start < 4 and error.start else ""
    return text.encode() if text and all(sign.isprintable() or sign.isspace() for sign in text) else None
