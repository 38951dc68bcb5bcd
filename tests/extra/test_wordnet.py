"""The shipped table of labels is what WordNet makes, as Debian packages it, and not only the tests' excerpt of it."""

from pathlib import Path

from typer.testing import CliRunner

from processors.labels.shipped import TABLE
from processors.models.label_commands import labels


def test_the_shipped_table_is_built_from_debians_wordnet() -> None:
    done = CliRunner().invoke(labels, ["build", "--check"])
    assert done.exit_code == 0, done.output


def test_a_table_that_was_altered_is_told(tmp_path: Path) -> None:
    altered = TABLE.read_text(encoding="utf-8").replace("Chihuahua", "chihuahua")
    file = tmp_path / "labels.tsv"
    file.write_text(altered, encoding="utf-8")
    done = CliRunner().invoke(labels, ["build", "--check", "--output", str(file)])
    assert done.exit_code == 1
    assert "run `vedette labels build`" in done.output
