"""Mistakes of usage are found before anything is published, with exit code 2."""

import pytest
from typer.testing import CliRunner

from producers.commands import publish
from tests.typer_apps import app_of


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "--owner"),
        (["--owner", "A B"], "--owner"),
        (["--owner", "shop", "--features", "labels,horoscope"], "--features"),
        (["--owner", "shop", "--metadata", "colour"], "--metadata"),
        (["--owner", "shop", "--metadata", f"colour={'x' * 2000}"], "--metadata"),
        (["--owner", "shop", "--priority", "urgent"], "--priority"),
        (["--owner", "shop", "--repeat", "0"], "--repeat"),
    ],
)
def test_a_mistake_of_usage_ends_with_2_and_names_the_option(arguments: list[str], problem: str) -> None:
    result = CliRunner().invoke(app_of(publish), ["a.jpg", *arguments], env={"VEDETTE_OWNER": ""})
    assert result.exit_code == 2
    assert problem in result.stderr
