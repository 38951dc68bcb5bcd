"""Tells a TGA, which has no signature, by a header of which every field makes sense."""

import struct

# Length of the note, whether there is a palette, the kind, the palette, where it stands, its size, bits and descriptor.
HEADER = struct.Struct("<BBBHHBHHHHBB")
PALETTED, COLOURS, GREYS = frozenset({1, 9}), frozenset({2, 10}), frozenset({3, 11})
COLOUR_BITS, GREY_BITS, ENTRY_BITS = frozenset({16, 24, 32}), frozenset({8, 16}), frozenset({15, 16, 24, 32})
MOST_ENTRIES, ALPHA_BITS, RESERVED = 256, frozenset({0, 1, 8}), 0xC0


def is_targa(data: bytes) -> bool:
    """Whether ``data`` begins as a TGA of a kind that is read; of other bytes not one in a billion does."""
    if len(data) < HEADER.size:
        return False
    _, has_palette, kind, first, entries, entry_bits, _, _, width, height, bits, descriptor = HEADER.unpack_from(data)
    if not (width and height) or descriptor & RESERVED or descriptor & 15 not in ALPHA_BITS:
        return False
    if kind in PALETTED:
        is_whole = entries > 0 and first + entries <= MOST_ENTRIES
        return has_palette == 1 and bits == 8 and is_whole and entry_bits in ENTRY_BITS
    if has_palette or first or entries or entry_bits:
        return False
    return (kind in COLOURS and bits in COLOUR_BITS) or (kind in GREYS and bits in GREY_BITS)
