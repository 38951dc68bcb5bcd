"""What several accounts take from at once, none of them more than its share."""

from collections import Counter
from uuid import UUID

from api.http.errors import busy


class FairShareLimiter:
    """Lets ``total`` be taken at once, ``of_each`` of it by one account; who finds nothing left is refused, not kept.

    Use from one event loop.
    """

    def __init__(self, total: int, of_each: int) -> None:
        self._left = total
        self._of_each = of_each
        self._taken: Counter[UUID] = Counter()

    def require(self, account_id: UUID, amount: int) -> None:
        """Raise 429 where this could not be taken now."""
        if amount > self._left or self._taken[account_id] + amount > self._of_each:
            raise busy()

    def take(self, account_id: UUID, amount: int) -> "Share":
        """Take ``amount`` for this account; raises as ``require``, and nothing is taken then."""
        self.require(account_id, amount)
        self.move(account_id, amount)
        return Share(self, account_id, amount)

    def move(self, account_id: UUID, amount: int) -> None:
        """Count ``amount`` more as taken, or less; accounts that hold nothing are forgotten."""
        self._left -= amount
        self._taken[account_id] += amount
        if not self._taken[account_id]:
            del self._taken[account_id]


class Share:
    """What one account took for one thing; release it when that is over."""

    def __init__(self, limiter: FairShareLimiter, account_id: UUID, amount: int) -> None:
        self._limiter = limiter
        self._account_id = account_id
        self._amount = amount

    def shrink(self, amount: int) -> None:
        """Keep ``amount`` alone, and give the rest back."""
        self._limiter.move(self._account_id, amount - self._amount)
        self._amount = amount

    def release(self) -> None:
        """Give everything back; harmless when done again."""
        self.shrink(0)
