"""Who may do what, for every route that there is: a new one fails here until somebody has decided."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from schemas.accounts import Role
from tests import samples
from tests.api_world import RIVAL, SHOP, ApiWorld

OK, ACCEPTED, UNAUTHENTICATED, FORBIDDEN, ABSENT = 200, 202, 401, 403, 404


@dataclass(frozen=True)
class Access:
    """One request about workspace ``rival``, and the status that each kind of caller gets.

    ``stranger`` is a user of another workspace; ``public`` needs no token at all.
    """

    path: str
    stranger: int
    member: int
    analyst: int
    admin: int
    method: str = "GET"
    json: Mapping[str, Any] | None = None
    public: bool = False
    hides: bool = field(default=False)


ACCESS: dict[tuple[str, str], Access] = {
    ("POST", "/v1/images"): Access(
        "/v1/images",
        FORBIDDEN,
        ACCEPTED,
        FORBIDDEN,
        ACCEPTED,
        method="POST",
        json={"owner": RIVAL, "images": [{"uri": "s3://rival-media/new.jpg"}]},
    ),
    ("GET", "/v1/images"): Access("/v1/images?owner=rival", FORBIDDEN, OK, OK, OK),
    ("GET", "/v1/images/{image_id}"): Access("/v1/images/plans.jpg?owner=rival", ABSENT, OK, OK, OK),
    ("GET", "/v1/images/{image_id}/history"): Access("/v1/images/plans.jpg/history?owner=rival", ABSENT, OK, OK, OK),
    ("GET", "/v1/results"): Access("/v1/results?owner=rival", FORBIDDEN, OK, OK, OK),
    ("GET", "/v1/search"): Access("/v1/search?q=egyptian&owner=rival", FORBIDDEN, OK, OK, OK),
    ("GET", "/v1/features"): Access("/v1/features", OK, OK, OK, OK),
    ("GET", "/v1/workspaces"): Access("/v1/workspaces", OK, OK, OK, OK),
    ("GET", "/v1/dead-letters"): Access("/v1/dead-letters", FORBIDDEN, FORBIDDEN, FORBIDDEN, OK),
    ("POST", "/v1/auth/token"): Access("/v1/auth/token", 422, 422, 422, 422, method="POST", json={}, public=True),
    ("GET", "/.well-known/jwks.json"): Access("/.well-known/jwks.json", OK, OK, OK, OK, public=True),
    ("GET", "/healthz"): Access("/healthz", OK, OK, OK, OK, public=True),
    ("GET", "/readyz"): Access("/readyz", OK, OK, OK, OK, public=True),
    ("GET", "/openapi.json"): Access("/openapi.json", OK, OK, OK, OK, public=True),
}
