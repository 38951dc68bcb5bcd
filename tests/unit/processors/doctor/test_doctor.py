"""``vedette doctor`` as it is called, and what is told of models."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from infra.cli import build_app
from infra.embedded.homes.ports import choose_ports
from infra.operations.doctor.findings import Severity
from infra.settings.settings import Settings
from processors.doctor.models import ModelFacts, gather_models, model_findings
from schemas.images import Feature
from schemas.records.pipelines import STANDARD_3, PipelineSpec
from schemas.records.worker_reports import WorkerReport

RUNNER = CliRunner()
CANARY = "xKj3-canary-9Qz"
PREPARE = "Run `vedette models prepare`"
FACTS = ModelFacts(STANDARD_3)


def told(facts: ModelFacts) -> list[tuple[str, Severity]]:
    return [(one.check, one.severity) for one in model_findings(facts)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (FACTS, []),
        (replace(FACTS, missing={"nanodet@2": PREPARE}), [("models.missing", Severity.WARNING)]),
        (
            replace(FACTS, missing={"nanodet@2": PREPARE, "ppocr@1": "Run `pip install 'vedette[ocr]'`"}),
            [("models.missing", Severity.WARNING)] * 2,
        ),
        (replace(FACTS, damaged={"shoes@1": "its sum is another"}), [("models.damaged", Severity.ERROR)]),
        (replace(FACTS, extras_lacking=frozenset({"heic", "jxl"})), [("models.extras", Severity.ADVICE)]),
    ],
)
def test_what_a_worker_here_would_not_answer_is_told(facts: ModelFacts, expected: list[tuple[str, Severity]]) -> None:
    assert told(facts) == expected


def test_the_features_that_have_no_model_are_named() -> None:
    [one] = model_findings(replace(FACTS, missing={"nanodet@2": PREPARE, "blazeface@1": PREPARE}))
    assert "faces, objects" in one.risk
    assert one.remedy.startswith(PREPARE)


def report(*lacking: str, release: str = version("vedette")) -> WorkerReport:
    return WorkerReport(worker="gpu-1:7", version=release, lacking=lacking, at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ((report(),), []),
        ((report("shoes@1"),), []),
        ((report("nanodet@2"), report()), [("models.workers", Severity.WARNING)]),
        ((report(release="0.0.1"),), [("models.releases", Severity.WARNING)]),
    ],
)
def test_running_workers_that_lack_models_are_told(
    reports: tuple[WorkerReport, ...], expected: list[tuple[str, Severity]]
) -> None:
    assert told(replace(FACTS, reports=reports)) == expected


@given(st.sets(st.sampled_from(list(Feature)), min_size=1))
def test_a_model_that_nothing_needs_is_not_told(features: set[Feature]) -> None:
    pipeline = PipelineSpec(name="own", version=1, models=dict.fromkeys(features, "phash@1"))
    assert gather_models(Settings(), pipeline).missing == {}


def test_models_that_this_machine_lacks_are_found(tmp_path: Path) -> None:
    models = {Feature.OBJECTS: "nanodet@2", Feature.LABELS: "shoes@1", Feature.EMBEDDING: "lite0@1"}
    pipeline = PipelineSpec(name="own", version=1, models=models)
    facts = gather_models(Settings(home=tmp_path, cache=tmp_path / "cache"), pipeline)
    assert set(facts.missing) == {"nanodet@2", "shoes@1"}
    assert list((tmp_path).iterdir()) == []


def test_a_slip_of_the_pen_in_a_checks_name_is_told(tmp_path: Path) -> None:
    ended = RUNNER.invoke(build_app("doctor"), ["doctor", "--home", str(tmp_path), "--ignore", "kafka.replicas"])
    assert ended.exit_code == 2
    assert "kafka.replicas" in ended.output


def test_servers_that_are_down_are_unseen_and_the_rest_is_told_without_any_secret(tmp_path: Path) -> None:
    port = choose_ports(["none"], {})["none"]
    environment = {
        "PATH": os.environ["PATH"],
        "VEDETTE_HOME": str(tmp_path),
        "VEDETTE_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{port}",
        "VEDETTE_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "VEDETTE_KAFKA__SASL_MECHANISM": "SCRAM-SHA-512",
        "VEDETTE_KAFKA__SASL_USERNAME": "vedette",
        "VEDETTE_KAFKA__SASL_PASSWORD": CANARY,
        "VEDETTE_CASSANDRA__CONTACT_POINTS": "127.0.0.1",
        "VEDETTE_CASSANDRA__PORT": str(port),
        "VEDETTE_CASSANDRA__USERNAME": "vedette",
        "VEDETTE_CASSANDRA__PASSWORD": CANARY,
        "VEDETTE_ELASTICSEARCH__URLS": f"http://vedette:{CANARY}@127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "infra.cli", "doctor", "--json"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    report = json.loads(ended.stdout)
    assert {one["check"] for one in report["unseen"]} >= {"kafka", "cassandra", "elasticsearch", "models"}
    assert {"secrets.shared", "backup.place"} <= {one["check"] for one in report["findings"]}
    assert ended.returncode == 1
    assert CANARY not in ended.stdout + ended.stderr
    watch = [sys.executable, "-m", "infra.cli", "status", "--watch", "--times", "1"]
    page = subprocess.run(watch, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert f"127.0.0.1:{port}" in page
    assert CANARY not in page
    assert not [one for one in report["findings"] if one["check"].startswith("cassandra.replication")]
    assert ended.stderr == ""
