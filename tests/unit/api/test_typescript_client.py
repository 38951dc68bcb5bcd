"""What the TypeScript client is made of: exact versions, from whatever registry a machine uses."""

import json
import re

from tests.places import ROOT

CLIENT = ROOT / "api" / "clients" / "typescript"
PACKAGE = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
LOCK = json.loads((CLIENT / "package-lock.json").read_text(encoding="utf-8"))


def test_an_application_gets_one_package_beside_the_client() -> None:
    assert set(PACKAGE["dependencies"]) == {"openapi-fetch"}


def test_every_version_is_exact_and_locked() -> None:
    named = PACKAGE["dependencies"] | PACKAGE["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in named.values())
    locked = {name: LOCK["packages"][f"node_modules/{name}"]["version"] for name in named}
    assert locked == named


def test_every_locked_package_is_known_by_its_hash_and_by_no_registry() -> None:
    packages = {name: package for name, package in LOCK["packages"].items() if name}
    assert len(packages) > 5
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not [name for name, package in packages.items() if "resolved" in package]
