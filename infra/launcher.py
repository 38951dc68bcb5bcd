"""What the console script ``vedette`` runs, installed beside the packages under a name that is the platform's alone.

The packages have common names: whoever has an ``api`` of their own in ``PYTHONPATH`` would otherwise run that.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command on the modules of this installation, whatever the caller's ``PYTHONPATH`` names."""
    paths = {Path(path).resolve() for path in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if path}
    sys.path[:] = [path for path in sys.path if Path(path).resolve() not in paths]
    from infra.cli import main as run

    run()
