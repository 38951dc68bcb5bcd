"""Live: outcomes as they come, as server-sent events or over a WebSocket."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import Field

from api.dependencies import ProofDep, Reader, recognise
from api.http.errors import forbidden, gone
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.live.cursors import CursorExpired
from api.live.responses import EventStream
from api.live.streams import END, HEARTBEAT, READY, LiveStreams
from api.live.tickets import IssuedTicket, Tickets
from api.search.filters import Filters
from api.services import Services
from infra.elasticsearch.matching.outcome_filters import EVERYTHING, OutcomeFilter
from infra.errors import FieldError, InvalidRequest
from infra.recorded_acts import records_elsewhere
from schemas.messages.live import LiveOutcome, OutcomeKind, StreamEnd, StreamTime

STREAMS = frozenset({"/v1/live"})
MOST_CURSOR_CHARACTERS = 16_384
NO_TEXT_SEARCH = (
    "A live stream cannot search for words: they are found in the index alone. Filter by label, object, category or "
    "metadata, or search with GET /v1/search."
)
# Of each event: its fields, as those who read streams give them, and what its data is.
EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "enum": [*OutcomeKind, READY, HEARTBEAT, END]},
        "id": {"type": "string", "description": "Resume after this message: send it as `Last-Event-ID`."},
        "retry": {"type": "integer"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {
                "oneOf": [
                    {"$ref": f"#/components/schemas/{model.__name__}"} for model in (LiveOutcome, StreamTime, StreamEnd)
                ]
            },
        },
    },
}
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream of events. It lasts until the client or the server ends it.",
        "content": {"text/event-stream": {"schema": EVENT}},
    },
    **documented(401, 403, 410, 422, 503),
}


class StreamRoute(CallerFirstRoute):
    """A route that takes a ticket in place of a token, and that pages of known origins alone may use."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the checks."""
        handle = super().get_route_handler()

        async def admit_first(request: Request) -> Response:
            require_origin(request)
            if (ticket := request.query_params.get("ticket")) is not None:
                await recognise(request, await cast(Tickets, request.app.state.tickets).redeem(ticket))
            if "q" in request.query_params:
                raise InvalidRequest([FieldError(field="q", message=NO_TEXT_SEARCH)])
            return await handle(request)

        return admit_first


def require_origin(request: Request) -> None:
    """Raise 403 where a browser says that a page asks whose origin is neither ours nor among those that may call us."""
    origin = request.headers.get("origin")
    settings = cast(Services, request.app.state.services).settings.api
    if origin is None or origin in (*settings.cors_origins, settings.own_url):
        return
    named = urlsplit(origin).netloc
    if not named or named != request.headers.get("host"):
        raise forbidden(
            "Pages of this origin may not open live streams. An operator allows them with VEDETTE_API__CORS_ORIGINS."
        )


async def get_live_streams(request: Request) -> LiveStreams:
    return cast(LiveStreams, request.app.state.live_streams)


async def get_tickets(request: Request) -> Tickets:
    return cast(Tickets, request.app.state.tickets)


async def get_live_filter(
    filters: Filters,
    status: Annotated[
        list[OutcomeKind] | None,
        Query(max_length=3, description="Only these outcomes. Repeat the parameter for more. Default: all of them."),
    ] = None,
    replayed: Annotated[bool, Query(description="Also tell answers to replays of history.")] = False,
    unpromoted: Annotated[bool, Query(description="Also tell answers of pipelines that are not promoted.")] = False,
) -> OutcomeFilter:
    """Return which outcomes are asked for, within what the caller may see."""
    return OutcomeFilter(filters, frozenset(status or EVERYTHING), replayed, unpromoted)


CursorText = Annotated[str, Field(max_length=MOST_CURSOR_CHARACTERS)]
router = APIRouter(prefix="/v1/live", tags=["live"], route_class=StreamRoute)
tickets_router = APIRouter(prefix="/v1/live/tickets", tags=["live"], route_class=CallerFirstRoute)


@router.get("", status_code=200, response_class=EventStream, responses=DOCUMENTED)
async def listen(
    caller: Reader,
    proof: ProofDep,
    wanted: Annotated[OutcomeFilter, Depends(get_live_filter)],
    streams: Annotated[LiveStreams, Depends(get_live_streams)],
    last_event_id: Annotated[
        CursorText | None,
        Header(
            alias="Last-Event-ID", description="The `id` of the last message received: the stream resumes after it."
        ),
    ] = None,
    resume_after: Annotated[
        CursorText | None,
        Query(alias="last_event_id", description="The same as the header, for clients that cannot set it."),
    ] = None,
    ticket: Annotated[
        str | None,
        Query(
            max_length=200, description="A ticket from `POST /v1/live/tickets`, in place of the header Authorization."
        ),
    ] = None,
) -> Response:
    """Stream outcomes as they come: images that were recognised, rejected or deleted.

    The response is a stream of server-sent events. A WebSocket at the same address gets the same messages, each as one
    JSON object with `event`, `id` and `data`.

    An outcome must match all filters. A deletion has no contents: filters by contents leave deletions out.
    """
    try:
        stream = await streams.open(caller, proof, wanted, last_event_id or resume_after or None)
    except CursorExpired:
        raise gone() from None
    return EventStream(stream)


@tickets_router.post("", status_code=201, responses=documented(401, 403, 422, 503))
@records_elsewhere("the ticket stands for the token or key with which it was asked for, and for one stream alone")
async def issue_ticket(
    _caller: Reader, proof: ProofDep, tickets: Annotated[Tickets, Depends(get_tickets)]
) -> IssuedTicket:
    """Return a ticket that opens one live stream within 30 seconds.

    Browsers send no header when they open a stream. Send the ticket as the query parameter `ticket` instead. The stream
    has the rights of the token or key with which you ask for the ticket, and ends when these do.
    """
    return await tickets.issue(proof)
