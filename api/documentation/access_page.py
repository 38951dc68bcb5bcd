"""Writes the table of scopes, roles and routes into the documentation: ``python -m api.documentation.access_page``."""

from pathlib import Path

from fastapi import FastAPI

from api.app import add_routes
from api.documentation.access import access_of, access_page

PAGE = Path("docs/reference/access.md")


def rendered() -> str:
    """Return the page as it should be."""
    app = FastAPI(docs_url=None, redoc_url=None)
    add_routes(app)
    return access_page(access_of(app))


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
