"""Who may ask, and about whose images."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import EmailStr, Field, SecretStr, StringConstraints

from schemas.images import Frozen, Owner

Password = Annotated[SecretStr, Field(min_length=12, max_length=256)]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class Role(StrEnum):
    """What an account may do: ``user`` sees its workspaces, ``analyst`` all results, ``admin`` everything."""

    ADMIN = "admin"
    ANALYST = "analyst"
    USER = "user"


class Workspace(Frozen):
    """The owner of images, and the sources that may be fetched on its behalf."""

    id: Owner
    name: DisplayName
    allowed_prefixes: tuple[str, ...] = Field(description="For example s3://shop-*/ or https://img.shop.example/.")
    created_at: datetime


class Account(Frozen):
    """A person who can log in; ``password_hash`` is an argon2id string."""

    id: UUID
    email: EmailStr
    password_hash: str = Field(repr=False)
    role: Role
    workspaces: frozenset[Owner]
    active: bool = True
    created_at: datetime


class Principal(Frozen):
    """Who is asking, as a verified token tells it."""

    account_id: UUID
    role: Role
    workspaces: frozenset[Owner]

    @property
    def sees_all(self) -> bool:
        """Whether results of every workspace may be shown."""
        return self.role in (Role.ADMIN, Role.ANALYST)

    def may_see(self, owner: str) -> bool:
        return self.sees_all or owner in self.workspaces

    def may_write(self, owner: str) -> bool:
        return self.role is Role.ADMIN or (self.role is Role.USER and owner in self.workspaces)
