"""``vedette augment``: variations of every picture of a folder, for training; the same files for the same seed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from infra.errors import ConfigurationError, Rejected
from processors.imaging.augmentation import STANDARD, Augmentation, augment
from processors.imaging.decoding.decode import decode
from processors.imaging.views import Pixels, Within

QUALITY = 95


@dataclass(frozen=True, slots=True)
class AugmentedFolder:
    """How many variations were written, and which pictures could not be read, each with the reason."""

    written: int
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variations:
    """``copies`` variations of each picture, no side above ``longest_side``; ``seed`` decides which."""

    copies: int
    seed: int
    longest_side: int
    max_pixels: int
    rules: Augmentation = STANDARD

    def write(self, pictures: Sequence[Path], folder: Path, output: Path) -> AugmentedFolder:
        """Write variations of ``pictures``, which lie beneath ``folder``, beneath ``output``, in the same sub-folders.

        Of ``cats/a.png`` they are ``cats/01_png_a.jpg``, ``cats/02_png_a.jpg`` and so on: a label in the name of the
        sub-folder or at the end of the file name stays where it is. A variation depends on the seed, the picture's path
        and its number alone, not on what else lies in the folder.

        Raises ``ConfigurationError`` where ``output`` lies in ``folder``: the next run would vary the variations.
        """
        if output.resolve().is_relative_to(folder.resolve()):
            raise ConfigurationError(f"{output} lies in {folder}: name a folder for the output elsewhere")
        unreadable = []
        for path in pictures:
            try:
                self._write_copies(path, path.relative_to(folder), output)
            except Rejected as error:
                unreadable.append(f"{path}: {error.detail}")
        return AugmentedFolder(self.copies * (len(pictures) - len(unreadable)), tuple(unreadable))

    def _write_copies(self, path: Path, name: Path, output: Path) -> None:
        pixels = self._read(path)
        (output / name.parent).mkdir(parents=True, exist_ok=True)
        for number in range(1, self.copies + 1):
            varied = augment(pixels, self._chance(name, number), self.rules)
            target = output / name.parent / f"{number:02d}_{name.suffix.lstrip('.')}_{name.stem}.jpg"
            Image.fromarray(varied).save(target, "JPEG", quality=QUALITY, subsampling=0)

    def _read(self, path: Path) -> Pixels:
        view = Within(self.longest_side)
        return decode(path.read_bytes(), [view], self.max_pixels).views[view]

    def _chance(self, name: Path, number: int) -> np.random.Generator:
        digest = hashlib.sha256(name.as_posix().encode()).digest()
        return np.random.default_rng([self.seed, int.from_bytes(digest[:8], "big"), number])
