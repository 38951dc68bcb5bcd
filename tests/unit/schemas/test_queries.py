"""The status of an image is the outcome of its newest reference."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.images import ImageIdentity
from schemas.queries import MAX_PAGE_SIZE, ImageRecord, ImageStatus, Page, ResultQuery

KEY = ImageIdentity(owner="shop", image_id="a-1").image_key
PENDING, RECOGNISED, REJECTED, DELETED = (
    ImageStatus.PENDING,
    ImageStatus.RECOGNISED,
    ImageStatus.REJECTED,
    ImageStatus.DELETED,
)


@pytest.mark.parametrize(
    ("accepted", "recognised", "rejected", "deleted", "status"),
    [
        (None, None, None, None, PENDING),
        (1, None, None, None, PENDING),
        (1, 1, None, None, RECOGNISED),
        (1, None, 1, None, REJECTED),
        (None, 1, None, None, RECOGNISED),
        (None, None, 1, None, REJECTED),
        # Taken up again: the newer reference has no outcome yet.
        (2, 1, None, None, PENDING),
        (2, None, 1, None, PENDING),
        (2, 1, 2, None, REJECTED),
        (2, 2, 1, None, RECOGNISED),
        # A rejection and a recognition of the same reference: somebody had more luck than somebody else.
        (1, 1, 1, None, RECOGNISED),
        # Outcomes may be stored before the reference itself is.
        (1, 2, None, None, RECOGNISED),
        (1, 1, None, 2, DELETED),
        (1, 1, None, 1, DELETED),
        (3, 1, None, 2, PENDING),
        (3, 3, None, 2, RECOGNISED),
    ],
)
def test_the_newest_outcome_counts(
    accepted: int | None, recognised: int | None, rejected: int | None, deleted: int | None, status: ImageStatus
) -> None:
    record = ImageRecord(
        owner="shop",
        image_id="a-1",
        image_key=KEY,
        accepted_version=accepted,
        recognised_version=recognised,
        rejected_version=rejected,
        deleted_version=deleted,
    )
    assert record.status is status


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 0},
        {"limit": MAX_PAGE_SIZE + 1},
        {"min_confidence": 1.01},
        {"label": ""},
        {"text": "x" * 501},
        {"since": "2025-01-01T00:00:00"},
        {"pipeline": "standard"},
        {"owners": ["No Such"]},
    ],
)
def test_a_query_out_of_bounds_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ResultQuery.model_validate({"owners": None, **fields})


def test_the_callers_reach_must_be_said() -> None:
    with pytest.raises(ValidationError, match="owners"):
        ResultQuery.model_validate({})
    assert ResultQuery(owners=None).owners is None


def test_the_last_page_has_no_cursor() -> None:
    assert Page[int](items=(1, 2)).next_cursor is None
