"""Pages of the reference that are made out of the code are as the code says, and leave nothing out."""

import pytest
from prometheus_client import REGISTRY

from docs.generate import PAGES, REFERENCE
from infra.documentation.command_line_page import command_line_page
from infra.documentation.settings_page import settings_page
from infra.settings.settings import Settings


@pytest.mark.parametrize("name", PAGES)
def test_a_committed_page_is_as_the_code_says(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run `make reference`"


def test_every_metric_that_is_registered_is_on_the_page() -> None:
    page = PAGES["metrics.md"]()
    registered = {family.name for family in REGISTRY.collect() if family.name.startswith("vedette_")}
    assert registered
    assert [name for name in registered if f"| `{name}` |" not in page and f"| `{name}_total` |" not in page] == []


def test_every_setting_has_a_meaning() -> None:
    told = [line for line in settings_page().splitlines() if line.startswith("| `VEDETTE_")]
    assert len(told) > len(Settings.model_fields)
    assert [line for line in told if line.split(" | ")[2].strip(" |") in ("", "None")] == []


def test_every_command_argument_and_option_has_a_meaning() -> None:
    lines = [line for line in command_line_page().splitlines() if line.startswith("| `")]
    assert [line for line in lines if line.rstrip(" |").count(" | ") < 2] == []
