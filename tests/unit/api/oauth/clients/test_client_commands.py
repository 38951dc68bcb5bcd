"""OAuth clients from the command line: what is told to Kafka, and in what words mistakes are told."""

import asyncio

import pytest

from api.oauth.clients.commands import OPTIONS, wish_of
from infra.errors import ChangedMeanwhile, ConfigurationError, NotFound, TransientError
from infra.kafka.confirmation import PublishFailed
from infra.operations.audit.acts import command_recorder
from schemas.activity import Action, AuditEvent, Outcome
from tests.api_world import FakePublisher

KNOWN = {"name": "Album", "scopes": ["results:read"], "redirect_uris": ["https://album.example/back"]}


def told(publisher: FakePublisher) -> list[AuditEvent]:
    return [AuditEvent.model_validate_json(record.value or b"") for record in publisher.records]


async def test_an_act_is_told_before_it_is_done() -> None:
    publisher = FakePublisher()
    async with command_recorder(publisher).act(Action.CLIENT_REVOKED, "ada@ops-1", "a-client"):
        [event] = told(publisher)
    assert (event.action, event.actor, event.subject) == (Action.CLIENT_REVOKED, "ada@ops-1", "a-client")
    assert len(publisher.records) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NotFound("no such client"), Outcome.FAILED),
        (ChangedMeanwhile("by another"), Outcome.FAILED),
        (TransientError("no answer in time"), Outcome.UNKNOWN),
        (PublishFailed("of one among several"), Outcome.UNKNOWN),
        (asyncio.CancelledError(), Outcome.UNKNOWN),
        (KeyError("a bug"), Outcome.UNKNOWN),
    ],
)
async def test_an_act_that_fails_or_may_have_is_told_once_more_and_ends_with_its_own_error(
    error: BaseException, outcome: Outcome
) -> None:
    publisher = FakePublisher()
    with pytest.raises(type(error)):
        async with command_recorder(publisher).act(Action.CLIENT_REVOKED, "ada@ops-1", "a-client"):
            raise error
    assert [event.outcome for event in told(publisher)] == [None, outcome]


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"grants": ["password"]}]
)
def test_a_wish_that_cannot_be_names_its_option(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=OPTIONS[next(iter(changes))]):
        wish_of(**{**KNOWN, **changes})
    assert wish_of(**KNOWN).confidential
