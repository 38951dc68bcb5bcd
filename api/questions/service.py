"""Recognition of a picture for one request: the workers are asked about it, and it is kept nowhere."""

import math
from collections.abc import Callable

from api.admission.fair_share import FairShareLimiter
from api.http.errors import too_large
from api.http.receiving import Inbox
from api.images.submissions import Submissions
from api.services import Questions
from api.uploads.service import Sender
from infra.errors import FieldError, InvalidRequest, OutsideSystem, TransientError
from infra.settings.api import UploadSettings
from schemas.dead_letters import Reason
from schemas.messages.questions import MOST_INQUIRY_BYTES, MOST_PICTURE_BYTES, Inquiry, Refused
from schemas.results import Recognition

# What of the request each reason is about; every other is about the picture.
FIELDS = {
    Reason.UNKNOWN_PIPELINE: "pipeline",
    Reason.UNKNOWN_WORKSPACE: "owner",
    Reason.OWNER_NOT_ALLOWED: "owner",
}


class OnDemandRecognition:
    """Has pictures recognised by the workers, and waits for their answers; so many at once, and no longer than said."""

    def __init__(self, questions: Questions, submissions: Submissions, inbox: Inbox, settings: UploadSettings) -> None:
        self._questions = questions
        self._submissions = submissions
        self._inbox = inbox
        self._timeout_s = settings.question_timeout_s
        places = settings.questions_at_once
        self._limiter = FairShareLimiter(places, math.ceil(places / 2))

    async def recognise(self, inquiry: Inquiry, sender: Sender, accepted: Callable[[], None]) -> Recognition:
        """Return what the workers recognise in the picture that ``sender`` sends.

        ``accepted`` is called once the picture is on its way to the workers, whatever they make of it. Raises as
        ``Inbox.receive``, 429 where too many are asked at once, of all or of the account, ``InvalidRequest`` where the
        picture cannot be recognised or what is asked cannot be, and ``TransientError`` where no answer came in time.
        """
        self._limiter.require(sender.account_id, 1)
        if len(inquiry.model_dump_json(exclude_defaults=True).encode()) > MOST_INQUIRY_BYTES:
            message = f"The options are too long. Together they may have at most {MOST_INQUIRY_BYTES} bytes."
            raise InvalidRequest([FieldError(field="options", message=message)])
        await self._submissions.find_workspace(inquiry.owner)
        await self._submissions.require_pipeline(inquiry.pipeline)
        async with self._inbox.receive(sender.chunks, sender.announced, sender.account_id) as picture:
            if len(picture.data) > MOST_PICTURE_BYTES:
                raise too_large()
            # Whose picture is not here yet holds no place.
            place = self._limiter.take(sender.account_id, 1)
            try:
                answer = await self._questions.ask(inquiry, picture.data, self._timeout_s, accepted)
            finally:
                place.release()
        if isinstance(answer, Refused):
            raise _refusal(answer)
        return answer


def _refusal(refused: Refused) -> InvalidRequest | TransientError:
    """Return the error for whoever asked: what of the request is wrong, or that the workers cannot answer now."""
    if refused.reason is None:
        return TransientError(refused.detail, part=OutsideSystem.RECOGNITION)
    field = FIELDS.get(refused.reason, "body")
    return InvalidRequest([FieldError(field=field, message=f"{refused.detail} ({refused.reason.value})")])
