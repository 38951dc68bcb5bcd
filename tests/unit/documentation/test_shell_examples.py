"""Shell blocks name commands, options, routes, parameters, settings and targets that exist."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import typer
from jsonschema import Draft202012Validator

from api.documentation.api_page import METHODS, api_document
from docs.generate import PAGES
from infra.cli import build_app
from infra.settings.settings import Settings
from tests.examples import Example, examples, pages
from tests.places import ROOT
from tests.shell_lines import within

SHELL = [*examples("sh"), *(example for example in examples("text") if example.mark == "crontab")]
COMMAND_LINE = typer.main.get_command(build_app())
DOCUMENT = api_document()
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
SETTING = re.compile(r"""\b(VEDETTE_[A-Z0-9_]+)=('[^']*'|"\$\([^)]*\)"|"[^"]*"|\S+)""")
NAMED = re.compile(r"\bVEDETTE_[A-Z0-9_]*[A-Z0-9]")
# Read by a command, a container build and tests, each by itself.
OTHER_VARIABLES = {"VEDETTE_ADMIN_PASSWORD", "VEDETTE_REQUIREMENTS", "VEDETTE_TEST_STACK"}
CRON_FIELDS = re.compile(r"^(\S+ ){5}\s*")


def every(text: str) -> Iterator[list[str]]:
    yield from within("\n".join(CRON_FIELDS.sub("", line) if "* * *" in line else line for line in text.splitlines()))


def each(program: str) -> pytest.MarkDecorator:
    cases = [(example, words) for example in SHELL for words in every(example.text) if words[0] == program]
    assert cases, program
    return pytest.mark.parametrize("words", [words for _, words in cases], ids=[str(example) for example, _ in cases])


@pytest.mark.parametrize("example", examples("sh"), ids=str)
def test_bash_reads_it(example: Example) -> None:
    done = subprocess.run(["bash", "-n"], input=example.text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@each("vedette")
def test_a_command_has_these_arguments_and_options(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make_files(words, tmp_path)
    monkeypatch.chdir(tmp_path)
    _parse(COMMAND_LINE, "vedette", words[1:])


@each("docker")
def test_a_command_in_a_container_has_these_arguments_and_options(words: list[str]) -> None:
    assert words[:4] == ["docker", "compose", "-f", "infra/deploy/compose.yaml"]
    if "vedette" in words:
        _parse(COMMAND_LINE, "vedette", words[words.index("vedette") + 1 :])
    elif "run" in words:
        # The image's entry point is `vedette`; the service's name comes first.
        _parse(COMMAND_LINE, "vedette", words[words.index("--rm") + 2 :])


@each("make")
def test_a_target_exists(words: list[str]) -> None:
    assert set(words[1:]) - {word for word in words if "=" in word} <= TARGETS


@each("curl")
def test_a_request_is_one_that_the_api_answers(words: list[str]) -> None:
    [address] = [word for word in words if word.startswith(("$API", "$ES"))]
    if address.startswith("$ES"):
        return
    parts = urlsplit(address.removeprefix("$API"))
    operation = _operation(_method(words), parts.path)
    known = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
    assert {name for name, _ in parse_qsl(parts.query)} <= known
    if "-d" in words:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        Draft202012Validator({**DOCUMENT, **schema}).validate(json.loads(words[words.index("-d") + 1]))


@pytest.mark.parametrize("example", [each for each in SHELL if SETTING.search(each.text)], ids=str)
def test_its_settings_are_accepted(example: Example, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("VEDETTE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path))
    for name, value in SETTING.findall(example.text):
        if name not in OTHER_VARIABLES:
            monkeypatch.setenv(name, _given(value))
    Settings()


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    known = set(_settings()) | OTHER_VARIABLES
    named = set(NAMED.findall(page.read_text(encoding="utf-8")))
    assert {name for name in named if not any(each == name or each.startswith(f"{name}__") for each in known)} == set()


@pytest.mark.parametrize("page", [page for page in pages() if page.name not in PAGES], ids=lambda page: page.name)
def test_every_command_route_and_target_in_the_text_of_a_page_exists(page: Path) -> None:
    for span in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", page.read_text(encoding="utf-8")):
        if span.startswith("vedette "):
            _walk(span.split()[1:])
        elif found := re.match(r"(GET|POST|PUT|PATCH|DELETE) (/[^\s?]*)", span):
            _operation(found[1].lower(), found[2])
        elif found := re.match(r"make ([a-z][a-z-]*)", span):
            assert found[1] in TARGETS, span


def _parse(command: Any, name: str, words: Sequence[str]) -> None:
    """Let the command line itself read the words; it raises where it does not know one, and runs nothing."""
    with command.make_context(name, list(words)) as context:
        if hasattr(command, "commands"):
            beneath, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
            _parse(inner, beneath, rest)


def _walk(words: Sequence[str]) -> None:
    command: Any = COMMAND_LINE
    for word in words:
        if hasattr(command, "commands") and word.isascii() and word.replace("-", "").islower() and word[0] != "-":
            command = command.commands[word]
        elif word.startswith("--"):
            known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
            assert word.partition("=")[0] in known, " ".join(words)


def _make_files(words: Sequence[str], folder: Path) -> None:
    for word in words[1:]:
        if re.fullmatch(r"[\w-]+/", word):
            (folder / word).mkdir()
        elif re.fullmatch(r"[\w-]+\.(onnx|txt|json|jsonl|csv)", word):
            (folder / word).touch()


def _method(words: Sequence[str]) -> str:
    if "-X" in words:
        return words[words.index("-X") + 1].lower()
    return "post" if {"-d", "--data-binary"} & set(words) else "get"


def _operation(method: str, path: str) -> dict[str, Any]:
    operations = DOCUMENT["paths"].get(path) or next(
        operations
        for template, operations in DOCUMENT["paths"].items()
        if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    )
    assert method in METHODS
    operation: dict[str, Any] = operations[method]
    return operation


def _given(value: str) -> str:
    if "openssl rand -base64 32" in value:
        return base64.b64encode(bytes(range(32))).decode()
    return value.strip("'\"").replace("…", "a-long-enough-secret").replace("$PICTURES", str(ROOT))


def _settings(model: Any = Settings, above: str = "VEDETTE") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        separator = "_" if above == "VEDETTE" else "__"
        full = f"{above}{separator}{name}".upper()
        yield from _settings(field.annotation, full) if inner else [full]
