"""What a token or an API key proved when it was shown, for whoever must look again later whether it still counts."""

from datetime import datetime

from api.security.tokens.access_tokens import Claims
from schemas.access.credentials import KeyPrefix
from schemas.images import Frozen


class Proof(Frozen):
    """A token's verified claims, or the prefix of a key whose secret was right."""

    claims: Claims | None = None
    key_prefix: KeyPrefix | None = None

    @property
    def expires_at(self) -> datetime | None:
        """When it proves nothing any more, where that is known beforehand."""
        return None if self.claims is None else self.claims.exp

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.expires_at is not None and now >= self.expires_at
