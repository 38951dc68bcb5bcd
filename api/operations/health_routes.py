"""For probes and load balancers: is the process alive, and can it do its work?"""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from api.http.problems import documented, problem_response
from api.operations.readiness import Readiness

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process responds."""

    status: Literal["ok"] = "ok"


class SystemState(BaseModel):
    """Whether one external system responds."""

    ok: bool
    error: str | None = None


class Ready(BaseModel):
    """Every external system responds."""

    status: Literal["ready"] = "ready"
    checks: dict[str, SystemState]


async def get_readiness(request: Request) -> Readiness:
    return cast(Readiness, request.app.state.readiness)


@router.get("/healthz")
async def is_alive() -> Health:
    """Return 200 while the process responds. No other system is checked."""
    return Health()


@router.get("/readyz", response_model=Ready, response_model_exclude_none=True, responses=documented(503))
async def is_ready(readiness: Annotated[Readiness, Depends(get_readiness)]) -> Ready | Response:
    """Return 200 if Kafka, Cassandra and Elasticsearch respond, otherwise 503. `checks` shows which of them do."""
    checks = await readiness.check()
    states = {name: SystemState(ok=check.ok, error=check.error) for name, check in checks.items()}
    if all(state.ok for state in states.values()):
        return Ready(checks=states)
    shown = {name: state.model_dump(exclude_none=True) for name, state in states.items()}
    return problem_response(503, "Some systems do not respond. The field `checks` lists them.", checks=shown)
