"""Write the pages of the reference that are made out of the code; with ``--check`` only compare them."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from api.app import ROUTERS
from api.documentation.access_page import rendered as access_page
from api.documentation.acts_page import acts_page
from api.documentation.api_page import api_page
from infra.documentation.checks_page import checks_page
from infra.documentation.command_line_page import command_line_page
from infra.documentation.holdings_page import holdings_page
from infra.documentation.metrics_page import metrics_page
from infra.documentation.settings_page import settings_page
from producers.contract.reference_pages import contract_page, reason_codes_page

REFERENCE = Path(__file__).parent / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "access.md": access_page,
    "acts.md": lambda: acts_page(ROUTERS),
    "api.md": api_page,
    "checks.md": checks_page,
    "command-line.md": command_line_page,
    "contract.md": contract_page,
    "deleted-workspaces.md": holdings_page,
    "metrics.md": metrics_page,
    "reason-codes.md": reason_codes_page,
    "settings.md": settings_page,
}


def differing() -> list[str]:
    """Return the names of the committed pages that are not as the code says."""
    return [name for name, render in PAGES.items() if (REFERENCE / name).read_text(encoding="utf-8") != render()]


def write() -> None:
    """Write every page."""
    for name, render in PAGES.items():
        (REFERENCE / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    elif names := differing():
        sys.exit(f"docs/reference is not as the code says: {', '.join(names)}. Run `make reference` and commit it.")
