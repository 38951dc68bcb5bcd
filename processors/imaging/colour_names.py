"""The named colours of CSS, and which of them looks nearest to a colour."""

import numpy as np
import numpy.typing as npt
from PIL import ImageColor

Colours = npt.NDArray[np.float64]

# Linear sRGB to CIE XYZ (IEC 61966-2-1), each row divided by that of white, D65.
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_RELATIVE_XYZ = _XYZ / _XYZ.sum(axis=1, keepdims=True)
_LAB = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])
_LAB_OFFSET = np.array([-16.0, 0.0, 0.0])
_LINEAR_BELOW = (6 / 29) ** 3


def lab_of(rgb: Colours) -> Colours:
    """Return sRGB colours, ``[..., 3]`` from 0 to 255, in CIELAB, where distance is about how different they look."""
    encoded = rgb / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    relative = linear @ _RELATIVE_XYZ.T
    bent = np.where(relative > _LINEAR_BELOW, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.asarray(bent @ _LAB.T + _LAB_OFFSET)


def nearest_name(lab: Colours) -> str:
    """Return the name in CSS of the colour that looks nearest; of two names for one colour, the first by alphabet."""
    return _NAMES[int(np.argmin(np.linalg.norm(_NAMED - lab, axis=1)))]


_NAMES = sorted(ImageColor.colormap)
_NAMED = lab_of(np.array([ImageColor.getrgb(name)[:3] for name in _NAMES], np.float64))
