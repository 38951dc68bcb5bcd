"""Swagger UI at ``/docs``: every file comes from this installation, and no script from anywhere else."""

from functools import cache
from importlib import resources

from fastapi import APIRouter, Response

from api.dependencies import ServicesDep
from api.http.errors import not_found
from api.services import Services

router = APIRouter(include_in_schema=False)

OURS, THEIRS = "api.documentation.swagger", "fastapi_swagger.resources"
HTML, SCRIPT = "text/html", "text/javascript"
FILES = {
    "oauth2-redirect.html": (OURS, HTML),
    "oauth2-redirect.js": (OURS, SCRIPT),
    "start.js": (OURS, SCRIPT),
    "swagger-ui-bundle.js": (THEIRS, SCRIPT),
    "swagger-ui.css": (THEIRS, "text/css"),
    "favicon-32x32.png": (THEIRS, "image/png"),
}
# Swagger UI writes styles into its elements, and has pictures within its style sheet.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
OFF = "The interactive documentation is switched off."


@router.get("/docs")
async def show(services: ServicesDep) -> Response:
    """Show every route, to be tried with a log-in of one's own."""
    _require_on(services)
    return _answer(OURS, "page.html", HTML)


@router.get("/docs/{name}")
async def read_file(name: str, services: ServicesDep) -> Response:
    """Return one of the page's own files."""
    _require_on(services)
    if name not in FILES:
        raise not_found("There is nothing at this URL.")
    package, kind = FILES[name]
    return _answer(package, name, kind)


def _require_on(services: Services) -> None:
    if not services.settings.api.interactive_docs:
        raise not_found(OFF)


def _answer(package: str, name: str, kind: str) -> Response:
    headers = {"Content-Security-Policy": POLICY}
    if kind != HTML:
        headers["Cache-Control"] = "public, max-age=3600"
    return Response(_read(package, name), headers=headers, media_type=kind)


@cache
def _read(package: str, name: str) -> bytes:
    return resources.files(package).joinpath(name).read_bytes()
