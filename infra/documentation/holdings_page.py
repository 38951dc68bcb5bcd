"""``docs/reference/deleted-workspaces.md``: every place that keeps something, and what becomes of it there."""

from infra.documentation.markdown import page, table
from infra.operations.erasure.holdings import Fate, all_holdings

INTRODUCTION = """# What a deleted workspace leaves

`vedette admin workspace delete` and `DELETE /v1/workspaces/{workspace_id}` delete a workspace with everything that
belongs to it. [How to do it](../how-to/erase.md#delete-a-whole-workspace). These are all places in which the platform
keeps anything."""


def holdings_page() -> str:
    """Return the page, one table for each fate."""
    parts = [INTRODUCTION]
    for fate in Fate:
        places = {place: how for place, (known, how) in all_holdings().items() if known is fate}
        told = [(place, how) for place, how in places.items() if how]
        parts += ["", f"## {fate.value.capitalize()}", ""]
        if told:
            parts += [*table(("place", "how"), told), ""]
        if plain := [place for place, how in places.items() if not how]:
            parts += [f"{', '.join(plain)}."]
    return page(*parts)
