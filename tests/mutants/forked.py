"""Runs tests on a mutant in a fork of this process, which has imported the libraries that tests need."""

import importlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

STARTUP = Path(__file__).with_name("startup")
LIBRARIES = (
    *("pytest", "_pytest.assertion.rewrite", "pytest_asyncio.plugin", "hypothesis", "hypothesis.strategies"),
    *("pydantic", "pydantic_settings", "jwt", "cryptography.hazmat.primitives.asymmetric.ed25519", "structlog"),
    *("prometheus_client", "rich.console", "rich.progress", "typer", "httpx", "orjson", "numpy", "psutil"),
    *("confluent_kafka", "cassandra.cluster", "obstore", "PIL.Image", "fastapi", "argon2", "stamina", "faust"),
)
OPTIONS = (
    "-x",
    "-q",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:schemathesis",
    "-p",
    "no:xdist",
    "-p",
    "no:randomly",
)
# Of what a mutant makes endless; long, since machines are shared.
TIMEOUT_S = 240.0


def prepare() -> None:
    """Import what is the same for every mutant; nothing of the product, which is imported with the mutant in it."""
    for name in LIBRARIES:
        importlib.import_module(name)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(STARTUP), *filter(None, [os.environ.get("PYTHONPATH")])])


def passes(module: str, source: str, tests: Sequence[str]) -> bool:
    """Whether ``tests`` pass with ``source`` in the place of ``module``; what takes too long does not pass."""
    with tempfile.TemporaryDirectory() as folder:
        mutant = Path(folder) / "mutant.py"
        mutant.write_text(source)
        child = os.fork()
        if child == 0:
            _run_and_end(module, mutant, tests)
        return _await(child) == 0


def _run_and_end(module: str, mutant: Path, tests: Sequence[str]) -> None:
    exit_code = 1
    try:
        os.setsid()
        _be_silent()
        os.environ.update(MUTANT_MODULE=module, MUTANT_SOURCE=str(mutant))
        sys.path.insert(0, str(STARTUP))
        # The one of this machine's Python, if it has one, was imported at its start.
        sys.modules.pop("sitecustomize", None)
        for name in [name for name in sys.modules if name.split(".")[0] in ("api", "infra", "processors", "schemas")]:
            del sys.modules[name]
        importlib.import_module("sitecustomize")
        import pytest

        exit_code = int(pytest.main([*OPTIONS, *tests]))
    finally:
        os._exit(exit_code)


def _be_silent() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _await(child: int) -> int:
    """Return how the child ended; it and what it started are killed when their time is over."""
    give_up_at = time.monotonic() + TIMEOUT_S
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > give_up_at:
            os.killpg(child, signal.SIGKILL)
            give_up_at = float("inf")
        time.sleep(0.02)
