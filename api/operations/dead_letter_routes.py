"""Messages that could not be recognised, for administrators."""

import asyncio
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from api.dependencies import AuditDep, LetterReader, Operator, ServicesDep
from api.http.errors import not_found
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from infra.errors import NotFound
from infra.kafka.event_bus import Record
from infra.operations.dead_letters.service import DeadLetterOffice, Done, public_headers, public_text, public_value
from infra.recorded_acts import records
from schemas.activity import Action
from schemas.dead_letters import DeadLetter, Reason, parse_letter_id
from schemas.images import Origin, Owner
from schemas.queries import DeadLetterQuery, LetterState, Page
from schemas.texts.moments import Moment

router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"], route_class=CallerFirstRoute)

NO_SUCH_LETTER = "There is no such dead letter."
NOT_REPLAYABLE = "There is no such dead letter, or its message is no longer kept, or came from no producer."


class Message(BaseModel):
    """A rejected message as it was published, except for what may be a signature, a password or a token."""

    topic: str
    key: str | None = None
    headers: list[tuple[str, str | None]]
    value: str


class ShownLetter(BaseModel):
    """A dead letter and its message. The message is absent if Kafka no longer keeps it."""

    letter: DeadLetter
    message: Message | None = None


class Resolved(BaseModel):
    """How many dead letters were replayed or discarded. If `next_cursor` is present, there may be more that match."""

    resolved: int
    skipped: int = Field(
        description="How many dead letters were skipped, because their message is no longer kept or did not come "
        "from a producer."
    )
    next_cursor: str | None = None


async def get_office(request: Request) -> DeadLetterOffice:
    return cast(DeadLetterOffice, request.app.state.dead_letters)


async def query_of(
    owner: Annotated[Owner | None, Query(description="Only dead letters of this workspace.", examples=["shop"])] = None,
    reason: Annotated[Reason | None, Query(description="Only dead letters with this reason code.")] = None,
    since: Annotated[
        Moment | None, Query(description="Only dead letters of messages rejected at this time or later.")
    ] = None,
    until: Annotated[
        Moment | None, Query(description="Only dead letters of messages rejected before this time.")
    ] = None,
    state: Annotated[LetterState, Query(description="Only dead letters in this state.")] = LetterState.OPEN,
) -> DeadLetterQuery:
    return DeadLetterQuery(owner=owner, reason=reason, since=since, until=until, state=state)


async def place_of(
    letter_id: Annotated[
        str, Path(description="The dead letter's `id`.", examples=["image-references:3:1207:1741073672241"])
    ],
) -> Origin:
    try:
        return parse_letter_id(letter_id)
    except ValueError:
        raise not_found(NO_SUCH_LETTER) from None


Office = Annotated[DeadLetterOffice, Depends(get_office)]
Meant = Annotated[DeadLetterQuery, Depends(query_of)]
Place = Annotated[Origin, Depends(place_of)]


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_dead_letters(
    _reader: LetterReader, services: ServicesDep, query: Meant, paging: PagingDep, limit: Limit = 50
) -> Page[DeadLetter]:
    """List dead letters, newest first, including those that name no image. For administrators.

    A page may be short or empty although more follow: continue until there is no `next_cursor`.
    """
    return paging.sealed(await services.images.list_rejections(limit, paging.cursor, query))


@router.post("/replay", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
@records(Action.LETTER_REPLAYED)
async def replay_dead_letters(
    admin: Operator, office: Office, query: Meant, audit: AuditDep, paging: PagingDep
) -> Resolved:
    """Publish again the messages of all dead letters that match, up to 100 per request. Continue with `next_cursor`.

    Set `until`, so that messages that fail again are not replayed again.
    """
    return paging.sealed(_told(await office.replay_some(query, str(admin.account_id), audit.act, paging.cursor)))


@router.post("/discard", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
@records(Action.LETTER_DISCARDED)
async def discard_dead_letters(
    admin: Operator, office: Office, query: Meant, audit: AuditDep, paging: PagingDep
) -> Resolved:
    """Discard all dead letters that match, up to 100 per request. Continue with `next_cursor`."""
    return paging.sealed(_told(await office.discard_some(query, str(admin.account_id), audit.act, paging.cursor)))


@router.get("/{letter_id}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
@records(Action.LETTER_SHOWN)
async def show_dead_letter(reader: LetterReader, office: Office, place: Place, audit: AuditDep) -> ShownLetter:
    """Show one dead letter with its message."""
    try:
        letter, message = await office.show(place, str(reader.account_id), audit.act)
    except NotFound:
        raise not_found(NO_SUCH_LETTER) from None
    # Masking goes over all of the text, which the event loop should not wait for.
    shown = None if message is None else await asyncio.to_thread(_shown, message)
    return ShownLetter(letter=letter, message=shown)


@router.post("/{letter_id}/replay", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.LETTER_REPLAYED)
async def replay_dead_letter(admin: Operator, office: Office, place: Place, audit: AuditDep) -> None:
    """Publish the unchanged message again.

    The dead letter is marked as replayed, and the message gets a new outcome.
    """
    try:
        await office.replay(place, str(admin.account_id), audit.act)
    except NotFound:
        raise not_found(NOT_REPLAYABLE) from None


@router.post("/{letter_id}/discard", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.LETTER_DISCARDED)
async def discard_dead_letter(admin: Operator, office: Office, place: Place, audit: AuditDep) -> None:
    """Discard the dead letter. Its image then has the status `discarded`."""
    try:
        await office.discard(place, str(admin.account_id), audit.act)
    except NotFound:
        raise not_found(NO_SUCH_LETTER) from None


def _told(done: Done) -> Resolved:
    return Resolved(resolved=done.resolved, skipped=done.skipped, next_cursor=done.next_cursor)


def _shown(message: Record) -> Message:
    return Message(
        topic=message.topic,
        key=None if message.key is None else public_text(message.key),
        headers=public_headers(message.headers),
        value=public_value(message.value),
    )
