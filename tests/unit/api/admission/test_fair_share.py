"""What several take from at once: nobody more than their share, all together no more than there is."""

import uuid

import pytest

from api.admission.fair_share import FairShareLimiter
from api.http.errors import Overloaded

ADA, BEN, CYD = (uuid.UUID(int=number) for number in (1, 2, 3))


def test_an_account_takes_no_more_than_its_share_and_gets_it_back() -> None:
    limiter = FairShareLimiter(100, of_each=50)
    first = limiter.take(ADA, 30)
    with pytest.raises(Overloaded):
        limiter.take(ADA, 21)
    first.shrink(10)
    second = limiter.take(ADA, 40)
    with pytest.raises(Overloaded):
        limiter.require(ADA, 1)
    for _ in range(2):
        first.release()
    limiter.require(ADA, 10)
    second.release()
    limiter.take(ADA, 50)


def test_all_accounts_together_take_no_more_than_there_is() -> None:
    limiter = FairShareLimiter(100, of_each=50)
    taken = [limiter.take(account, 50) for account in (ADA, BEN)]
    with pytest.raises(Overloaded):
        limiter.take(CYD, 1)
    taken[0].release()
    limiter.take(CYD, 50)
