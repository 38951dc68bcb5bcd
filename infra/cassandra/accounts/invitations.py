"""Open invitations, in Cassandra."""

from uuid import UUID

from infra.cassandra.session import CassandraSession
from infra.cursors import decode_cursor, encode_cursor
from schemas.access.invitations import Invitation
from schemas.queries import Page

ADD = "INSERT INTO {keyspace}.invitations (id, content) VALUES (?, ?) USING TTL ?"
FIND = "SELECT content FROM {keyspace}.invitations WHERE id = ?"
LIST = "SELECT content, token(id) AS place FROM {keyspace}.invitations WHERE token(id) > ? LIMIT ?"
REMOVE = "DELETE FROM {keyspace}.invitations WHERE id = ? IF EXISTS"
LISTING = ("invitations",)
FIRST_PLACE = -(2**63)


class InvitationStore:
    """Invitations by their id. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def add(self, invitation: Invitation, lifetime_s: int) -> None:
        """Keep an invitation until it is removed or its time is over."""
        await self._session.execute(ADD, (invitation.id, invitation.model_dump_json(), lifetime_s))

    async def find(self, invitation_id: UUID) -> Invitation | None:
        rows = await self._session.execute(FIND, (invitation_id,))
        return Invitation.model_validate_json(rows[0].content) if rows else None

    async def page(self, limit: int, cursor: str | None = None) -> Page[Invitation]:
        """Return open invitations, in no order that tells anything. Raises ``InvalidCursor``."""
        place = FIRST_PLACE if cursor is None else decode_cursor(LISTING, cursor, (int,))[0]
        rows = await self._session.execute(LIST, (place, limit))
        more = encode_cursor(LISTING, (rows[-1].place,)) if len(rows) == limit else None
        return Page(items=tuple(Invitation.model_validate_json(row.content) for row in rows), next_cursor=more)

    async def remove(self, invitation_id: UUID) -> bool:
        """Let an invitation be gone; False where it was gone already."""
        rows = await self._session.execute(REMOVE, (invitation_id,), idempotent=False)
        return bool(rows[0].applied)
