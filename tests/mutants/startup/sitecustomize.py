"""Lets a process, and every Python process that it starts, import the mutant in the place of the module."""

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from pathlib import Path
from types import ModuleType

MODULE, SOURCE = "MUTANT_MODULE", "MUTANT_SOURCE"


class MutantLoader(SourceLoader):
    """Gives the mutant's source, under the name of the file that it stands for; compiled anew each time."""

    def __init__(self, path: str) -> None:
        self._path = path

    def get_filename(self, fullname: str) -> str:
        return self._path

    def get_data(self, path: str | bytes) -> bytes:  # type: ignore[override]  # whichever path: there is one source
        return Path(os.environ[SOURCE]).read_bytes()


class MutantFinder(MetaPathFinder):
    """Finds the one module that was changed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != os.environ.get(MODULE):
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is None or found.origin is None:
            return None
        return importlib.util.spec_from_loader(name, MutantLoader(found.origin), origin=found.origin)


if os.environ.get(MODULE):
    sys.meta_path.insert(0, MutantFinder())
