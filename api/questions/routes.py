"""Pictures recognised while the caller waits."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ValidationError

from api.dependencies import DailyShareDep, OwnerQuery, Writer
from api.http.errors import field_error
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.questions.service import OnDemandRecognition
from api.uploads.routes import PICTURE, SenderDep, require_writable
from infra.errors import FieldError, InvalidRequest
from infra.recorded_acts import reads
from schemas.features import DEFAULT_OPTIONS, Feature, FeatureOptions
from schemas.images import VersionedName
from schemas.messages.questions import MOST_INQUIRY_BYTES, Inquiry
from schemas.results import Recognition

OPTIONS_EXAMPLE = '{"labels":{"max_labels":5}}'

router = APIRouter(prefix="/v1", tags=["images"], route_class=CallerFirstRoute)


async def get_on_demand_recognition(request: Request) -> OnDemandRecognition:
    return cast(OnDemandRecognition, request.app.state.on_demand_recognition)


async def get_options(
    options: Annotated[
        str | None,
        Query(
            max_length=MOST_INQUIRY_BYTES,
            description="Options of the features, as JSON, with the fields that `options` has in references.",
            examples=[OPTIONS_EXAMPLE],
        ),
    ] = None,
) -> FeatureOptions:
    """Return the options that a request gives; raises ``InvalidRequest`` that names the option at fault."""
    if options is None:
        return DEFAULT_OPTIONS
    try:
        return FeatureOptions.model_validate_json(options)
    except ValidationError as invalid:
        problems = invalid.errors(include_input=False, include_url=False)
    if problems[0]["type"] in ("json_invalid", "model_type"):
        raise InvalidRequest(
            [FieldError(field="options", message=f"This is no JSON object. For example: {OPTIONS_EXAMPLE}")]
        )
    raise InvalidRequest([field_error(("query", "options", *each["loc"]), each) for each in problems])


OnDemand = Annotated[OnDemandRecognition, Depends(get_on_demand_recognition)]


@router.post(
    "/recognise",
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 408, 413, 415, 422, 429, 503),
    openapi_extra=PICTURE,
)
@reads
async def recognise_picture(
    caller: Writer,
    sender: SenderDep,
    recognition: OnDemand,
    share: DailyShareDep,
    options: Annotated[FeatureOptions, Depends(get_options)],
    owner: OwnerQuery = None,
    features: Annotated[
        list[Feature] | None,
        Query(
            min_length=1,
            description="A feature to recognise; repeat the parameter for more. Default: the workspace's default "
            "features.",
        ),
    ] = None,
    pipeline: Annotated[VersionedName | None, Query(description="The pipeline. Default: the promoted one.")] = None,
) -> Recognition:
    """Recognise the picture in the request, and return what is in it.

    The workers answer before they recognise anything else. Neither the picture nor the answer is stored, and no
    search or list shows them. You must be allowed to send images for `owner`. Returns 503 if recognition takes too
    long.
    """
    inquiry = Inquiry(
        owner=require_writable(caller, owner),
        features=tuple(features) if features else None,
        options=options,
        pipeline=pipeline,
    )
    async with share.take(caller, 1) as taken:
        return await recognition.recognise(inquiry, sender, taken.keep)
