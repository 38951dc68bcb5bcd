"""How a camera was held, as EXIF tells it."""

from PIL import Image

EXIF_ORIENTATION = 0x0112
UPRIGHT = 1
SIDEWAYS = frozenset({5, 6, 7, 8})
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_of(image: Image.Image) -> int:
    """Return how the pixels that ``image`` loads are turned, 1 to 8; upright where nothing readable says otherwise."""
    if image.format == "TIFF":
        # Pillow turns a TIFF itself while loading, and gives the upright size before.
        return UPRIGHT
    try:
        orientation = image.getexif().get(EXIF_ORIENTATION)
    except Exception:
        # A camera's broken notes about itself must not cost the picture, whatever Pillow makes of them.
        return UPRIGHT
    return orientation if orientation in TURNS else UPRIGHT


def turn(image: Image.Image, orientation: int) -> Image.Image:
    """Return ``image`` upright."""
    return image if orientation == UPRIGHT else image.transpose(TURNS[orientation])
