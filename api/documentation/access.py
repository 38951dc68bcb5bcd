"""Who may call which route, read from the routes themselves: the one table that documentation and tests share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.dependencies import require_everywhere, require_whole_sight
from api.http.routing import scopes_of
from schemas.access.accounts import ROLE_SCOPES, SCOPE_PURPOSES, Role, Scope
from schemas.access.oauth import FOR_CLIENTS, FOR_CLIENTS_THEMSELVES

ROLES = (Role.USER, Role.ANALYST, Role.ADMIN)
YES, NO = "yes", "no"


@dataclass(frozen=True)
class RouteAccess:
    """What one route asks of its caller: all of ``scopes``, and a reach.

    With ``everywhere`` that is an administrator's, with ``whole_sight`` that of whoever sees every workspace.

    A route without scopes is for everybody; it judges by itself what it is shown, as a password or a client's secret.
    """

    method: str
    path: str
    scopes: frozenset[Scope]
    everywhere: bool
    whole_sight: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def admits(self, role: Role, scopes: Iterable[Scope], *, confined: bool = False) -> bool:
        """Whether a caller gets in who has this role, at most these scopes, and with ``confined`` a key's own reach.

        Of what they get to see, their workspaces decide.
        """
        if not self.scopes <= ROLE_SCOPES[role] & frozenset(scopes):
            return False
        if self.everywhere:
            return role is Role.ADMIN and not confined
        return not self.whole_sight or (role is not Role.USER and not confined)


def access_of(app: FastAPI) -> tuple[RouteAccess, ...]:
    """Return what every route of ``app`` asks, in the order of their paths."""
    return tuple(sorted(_routes(app), key=lambda access: (access.path, access.method)))


def access_page(table: Iterable[RouteAccess]) -> str:
    """Return the tables of scopes and routes as a page of the documentation."""
    return "\n".join([*INTRODUCTION, *_scope_rows(), "", *ROUTES_HEADING, *map(_row, table), ""])


def _routes(app: FastAPI) -> Iterator[RouteAccess]:
    for route in iter_route_contexts(app.routes):
        original = route.original_route
        dependant = original.dependant if isinstance(original, APIRoute) else Dependant()
        for method in (route.methods or {"ANY"}) - {"HEAD"}:
            scopes = frozenset(map(Scope, scopes_of(dependant)))
            reaches = (_depends_on(dependant, reach) for reach in (require_everywhere, require_whole_sight))
            yield RouteAccess(method, str(route.path), scopes, *reaches)


def _depends_on(dependant: Dependant, call: object) -> bool:
    return dependant.call is call or any(_depends_on(inner, call) for inner in dependant.dependencies)


def _scope_rows() -> list[str]:
    return [
        _line(
            f"`{scope}`",
            SCOPE_PURPOSES[scope],
            *(YES if scope in ROLE_SCOPES[role] else NO for role in ROLES),
            YES if scope in FOR_CLIENTS else NO,
            YES if scope in FOR_CLIENTS_THEMSELVES else NO,
        )
        for scope in Scope
    ]


def _row(access: RouteAccess) -> str:
    if not access.scopes:
        return _line(f"`{access.name}`", "none", *[YES] * len(ROLES), YES)
    roles = [YES if access.admits(role, Scope) else NO for role in ROLES]
    scopes = ", ".join(f"`{scope}`" for scope in sorted(access.scopes))
    confined = any(access.admits(role, FOR_CLIENTS, confined=True) for role in ROLES)
    return _line(f"`{access.name}`", scopes, *roles, YES if confined else NO)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


INTRODUCTION = (
    "# Scopes, roles and routes",
    "",
    "This page is generated from the routes. A test calls every route with every role and every scope, and compares",
    "the responses with it. [Security](../explanation/security.md#scopes) explains the decisions behind it.",
    "",
    "An API key or OAuth client may do what both its scopes and the role of its account allow. A client that acts as",
    "itself has the reach of an administrator, within its scopes and workspaces.",
    "",
    "| scope | what for | user | analyst | admin | keys and clients | clients as themselves |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)
ROUTES_HEADING = (
    "Users see and change only what belongs to their workspaces, whatever the route. *Confined* is a key or client",
    "that is limited to some workspaces by name. It sees and changes only what belongs to these workspaces.",
    "A route with the scope *none* needs no token. It checks what the request brings, such as a password, a mailed",
    "token or a client's secret. `GET /v1/activity` leaves out log-ins and administrative acts for",
    "callers without `audit:read`.",
    "",
    "| route | scope | user | analyst | admin | confined |",
    "| --- | --- | --- | --- | --- | --- |",
)
