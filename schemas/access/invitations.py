"""Invitations: accounts that others may make, for as long as whoever invited them has the right to."""

from datetime import datetime
from uuid import UUID

from pydantic import EmailStr

from schemas.access.accounts import DisplayName, Role
from schemas.access.credentials import KeyPrefix
from schemas.access.oauth import ClientId
from schemas.images import Frozen, Owner


class Maker(Frozen):
    """Who made something that outlives the request, and by what right: all that has to stand for it to count.

    With ``api_key`` a key acted for the account, with ``client_id`` an OAuth client by the consent ``consent_id``;
    with neither the person was logged in. ``member_of`` are the workspaces in question of which they were a member.
    """

    account_id: UUID
    generation: int
    member_of: frozenset[Owner] = frozenset()
    api_key: KeyPrefix | None = None
    client_id: ClientId | None = None
    consent_id: UUID | None = None


class Invitation(Frozen):
    """An account that whoever reads the mail of ``email`` may make, while ``maker`` keeps the right to invite."""

    id: UUID
    email: EmailStr
    name: DisplayName | None = None
    role: Role = Role.USER
    workspaces: frozenset[Owner] = frozenset()
    maker: Maker
    made_at: datetime
    expires_at: datetime
