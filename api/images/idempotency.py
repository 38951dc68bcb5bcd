"""Requests that are carried out once, however often they are sent under one idempotency key."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from pydantic import BaseModel

from api.http.errors import conflict
from api.services import Answers
from infra.errors import FieldError, InvalidRequest, TransientError
from schemas.access.idempotency import Attempt, EarlierRequest, IdempotencyScope

log = structlog.get_logger(__name__)

OTHER_REQUEST = "Stands for another request of yours already: give each request a key of its own."
BEING_ANSWERED = "A request with this idempotency key is being answered: ask again in a moment."

Answer = TypeVar("Answer", bound=BaseModel)


async def carry_out_once(
    answers: Answers,
    scope: IdempotencyScope,
    asked: BaseModel,
    kind: type[Answer],
    carry_out: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Return what ``carry_out`` does or, where it was done before under this key, its answer then.

    Raises ``InvalidRequest`` where the key stands for something else than ``asked``, and 409 while another request
    with it is under way. A request that fails leaves its key free: it may be sent again.
    """
    attempt = Attempt(scope=scope, fingerprint=_fingerprint(asked), holder=uuid.uuid4())
    if (earlier := await answers.begin(attempt)) is not None:
        return kind.model_validate_json(_answer_again(earlier, attempt))
    try:
        answer = await carry_out()
    except BaseException:
        await _free(answers, attempt)
        raise
    await _keep(answers, attempt, answer)
    return answer


def _answer_again(earlier: EarlierRequest, attempt: Attempt) -> str:
    if earlier.fingerprint != attempt.fingerprint:
        raise InvalidRequest([FieldError(field="Idempotency-Key", message=OTHER_REQUEST)])
    if earlier.answer is None:
        raise conflict(BEING_ANSWERED)
    return earlier.answer


async def _keep(answers: Answers, attempt: Attempt, answer: BaseModel) -> None:
    """What was asked is done by now: that it cannot be remembered does not make it fail."""
    try:
        if not await answers.finish(attempt, answer.model_dump_json()):
            log.warning("idempotency_key_lapsed", owner=attempt.scope.owner)
    except TransientError as error:
        log.warning("answer_not_kept", error=str(error), owner=attempt.scope.owner)


async def _free(answers: Answers, attempt: Attempt) -> None:
    try:
        await answers.free(attempt)
    except TransientError as error:
        # The key lapses by itself; the caller is to learn what went wrong first.
        log.warning("idempotency_key_not_freed", error=str(error), owner=attempt.scope.owner)


def _fingerprint(asked: BaseModel) -> str:
    return hashlib.sha256(asked.model_dump_json().encode()).hexdigest()
