"""Whatever the documentation allows and whatever it forbids, sent to every route by callers of every kind.

schemathesis makes the requests from the OpenAPI document and runs all of its checks on the answers: no 5xx, no status,
media type, header or body that is not documented, nothing wrong accepted and nothing right refused, no method that is
not documented, no route that passes over who asks. `SCHEMA_EXAMPLES` says how many requests each route gets by chance,
beside those that go along the borders of each parameter.
"""

import asyncio
import os
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis.openapi
from schemathesis import Case, CheckFunction, Response
from schemathesis.config import (
    GenerationConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
)

from infra.settings.api import ApiSettings
from schemas.access.accounts import Role
from schemas.answers import EmbeddingAnswer, FeatureAnswers, Label, LabelsAnswer
from tests import samples
from tests.api_world import SHOP, ApiWorld

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "5"))
DEEP = "SCHEMA_EXAMPLES" in os.environ
LIMITS = ApiSettings(
    registration="open",
    public_url="http://127.0.0.1:8800",
    requests_per_s=100_000,
    request_burst=100_000,
    password_hash_queue=1000,
)
SEEN = FeatureAnswers(
    labels=LabelsAnswer(model="lite0@1", labels=(Label(name="cat", confidence=0.9),)),
    embedding=EmbeddingAnswer(model="lite0@1", dimensions=256, values=samples.EMBEDDING),
    hash=samples.HASH,
)


# What is right by the schema, and wrong all the same: `positive_data_acceptance` cannot know it.
BEYOND_SCHEMA = re.compile(
    r"token|password"  # it must be the one of a letter, or of the account
    r"|cursor"  # it must come from the page before
    r"|email"  # mail can get there: no reserved name, no literal address
    r"|owner|workspaces(\[\d+\])?"  # there must be such a workspace, within reach
    r"|scopes(\[\d+\])?"  # the account, or the client, must be able to have it
    r"|allowed_prefixes\[\d+\]"  # a language of its own: see the description
    r"|pipeline|options.*"  # a pipeline that there is, JSON with the fields of another schema
    r"|images\[\d+\]\.(uri|pipeline|image_id)"  # a place that may be read, a pipeline that there is, no name twice
    r"|redirect_uris(\[\d+\])?"  # needed for some grants and for no others; https, or this machine
    r"|native|grants"  # not together with every other of them
    r"|Idempotency-Key"  # not one that stands for another request
    r"|(keys|clients)\[\d+\]"  # it must be suspended
    r"|(taken_)?until|filters"  # later than since
    r"|url"  # an address that webhooks may be sent to
    r"|Last-Event-ID"  # it must come from a stream
    r"|source\..*"  # a place that may be read
    r"|features"  # not together with a search
)
# An image may be named "upload" or "similar", and is then read and deleted at that address by the routes for any image;
# in the same way `replay` and `discard` are read as a dead letter's id, which is answered with 404.
# `allow_header_conformance` takes what the document has under one path for all that is answered there.
NAMES_TOO = frozenset(
    {"/v1/images/upload", "/v1/images/similar", "/v1/dead-letters/replay", "/v1/dead-letters/discard"}
)


async def make_world() -> tuple[ApiWorld, dict[str, UUID]]:
    """Return an API with something in it of every kind, and an account of every role."""
    world = ApiWorld(Path("/nowhere"), api=LIMITS)
    await world.add_workspace(SHOP)
    for name in ("mug-1", "mug-2"):
        await world.recognise(SHOP, name, features=SEEN)
    await world.images.save_rejections([samples.rejection(SHOP, "torn.jpg")])
    world.let_workers_see(SEEN)
    accounts = {role.value: (await world.add_account(role, SHOP)).id for role in Role}
    return world, accounts


WORLD, ACCOUNTS = asyncio.run(make_world())
schema = schemathesis.openapi.from_asgi(
    "/openapi.json",
    WORLD.app,
    config=SchemathesisConfig(
        seed=None if DEEP else 1,
        projects=ProjectsConfig(
            default=ProjectConfig(
                generation=GenerationConfig(max_examples=EXAMPLES, deterministic=not DEEP),
            )
        ),
    ),
)


async def header_of(kind: str) -> dict[str, str]:
    """Return the header of a new log-in: the last request may have ended the one before."""
    if kind == "anyone":
        return {}
    account = await WORLD.accounts.find_account_by_id(ACCOUNTS[kind])
    assert account is not None
    return {"Authorization": f"Bearer {await WORLD.token_of(account)}"}


def beyond_the_schema(case: Case, answer: Response) -> bool:
    """Whether a 422 is about what no schema can tell, and about nothing else; to a schema, all bytes are a picture."""
    if answer.status_code == 415:
        return True
    if case.operation.path.startswith("/oauth/"):
        # OAuth's own way (RFC 6749) to refuse a client, code or token that does not count, and a parameter sent twice.
        return answer.status_code == 400 and "error" in answer.json()
    if answer.status_code != 422:
        return False
    return all(BEYOND_SCHEMA.fullmatch(error["field"]) for error in answer.json()["errors"])


def not_meant(case: Case, answer: Response) -> list[CheckFunction]:
    """Return the checks that cannot judge this answer."""
    checks: list[CheckFunction] = []
    if beyond_the_schema(case, answer):
        checks.append(positive_data_acceptance)
    if answer.status_code == 431:
        # Too long an address is refused rightly; schemathesis does not count 431 among refusals.
        checks.append(negative_data_rejection)
    if case.operation.path in NAMES_TOO:
        checks.append(allow_header_conformance)
    return checks


# What each caller gets; `make test` leaves out those who may do less than the administrator.
CALLERS = [*(pytest.param(kind, marks=pytest.mark.long) for kind in ("anyone", "user", "analyst")), "admin"]


@pytest.mark.parametrize("kind", CALLERS)
@schema.parametrize()
def test_every_answer_is_as_documented(case: Case, kind: str) -> None:
    headers: Any = asyncio.run(header_of(kind))
    answer = case.call(headers=headers)
    case.validate_response(answer, headers=headers, excluded_checks=not_meant(case, answer))
