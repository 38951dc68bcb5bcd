"""For probes and load balancers: is the process alive, and can it do its work?"""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from api.http.problems import documented, problem_response
from api.operations.readiness import Readiness

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class SystemState(BaseModel):
    """Whether one outside system answers."""

    ok: bool
    error: str | None = None


class Ready(BaseModel):
    """Every outside system answers."""

    status: Literal["ready"] = "ready"
    checks: dict[str, SystemState]


async def get_readiness(request: Request) -> Readiness:
    return cast(Readiness, request.app.state.readiness)


@router.get("/healthz")
async def is_alive() -> Health:
    """Answer as long as the process does; asks nobody else."""
    return Health()


@router.get("/readyz", response_model=Ready, response_model_exclude_none=True, responses=documented(503))
async def is_ready(readiness: Annotated[Readiness, Depends(get_readiness)]) -> Ready | Response:
    """Answer 200 if Kafka, Cassandra and Elasticsearch do, else 503; `checks` tells which do."""
    checks = await readiness.check()
    states = {name: SystemState(ok=check.ok, error=check.error) for name, check in checks.items()}
    if all(state.ok for state in states.values()):
        return Ready(checks=states)
    shown = {name: state.model_dump(exclude_none=True) for name, state in states.items()}
    return problem_response(503, "Some systems do not answer; see checks.", checks=shown)
