"""What administrators do with OAuth clients: make, look at, change, revoke; each act is recorded first."""

import uuid
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Protocol

from pydantic import ConfigDict, Field, StrictBool

from api.security.oauth_clients import SECRET_KIND
from api.security.tokens.opaque_tokens import digest_of, new_secret
from infra.errors import Conflict, FieldError, InvalidRequest, NotFound
from infra.operations.audit.acts import Act
from schemas.access.accounts import DisplayName, Scope, Workspace
from schemas.access.oauth import FOR_CLIENTS, FOR_CLIENTS_THEMSELVES, ClientId, Grant, OAuthClient
from schemas.access.redirects import validate_redirect
from schemas.activity import Action, Rights
from schemas.images import Frozen, Owner

MOST_CLIENTS = 1000
MOST_REDIRECTS = 20
IN_WORKSPACES = frozenset({Scope.IMAGES_WRITE, Scope.RESULTS_READ})
FOR_PEOPLE = frozenset({Grant.AUTHORIZATION_CODE, Grant.REFRESH_TOKEN})


class ClientRegistry(Protocol):
    """Where clients are kept."""

    async def create_client(self, client: OAuthClient) -> None: ...
    async def find_client(self, client_id: str) -> OAuthClient | None: ...
    async def list_clients(self) -> tuple[OAuthClient, ...]: ...
    async def change_client(self, client: OAuthClient) -> OAuthClient: ...
    async def revoke_client(self, client_id: str, at: datetime) -> bool: ...


class Workspaces(Protocol):
    """Where it is found whether there is a workspace."""

    async def find_workspace(self, workspace_id: str) -> Workspace | None: ...


class ClientWish(Frozen):
    """The OAuth client to create."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "The shop's album",
                    "redirect_uris": ["https://album.example/back"],
                    "scopes": ["results:read"],
                    "workspaces": ["shop"],
                }
            ]
        },
    )

    name: DisplayName = Field(description="The client's name, as people see it when they are asked for their consent.")
    grants: frozenset[Grant] = Field(
        default=FOR_PEOPLE,
        min_length=1,
        description="The grants that the client may use: `authorization_code` and `refresh_token` to act for "
        "people, `client_credentials` to act as itself.",
    )
    confidential: StrictBool = Field(
        default=True,
        description="Whether the client can keep a secret. A server can; a program on a user's machine or in a "
        "browser cannot.",
    )
    native: StrictBool = Field(
        default=False,
        description="Whether the client runs on its user's machine. Its loopback redirect URIs may then use any port.",
    )
    redirect_uris: tuple[str, ...] = Field(
        default=(),
        max_length=MOST_REDIRECTS,
        description="The URIs to which codes may be sent. A request must repeat one of them exactly.",
    )
    scopes: frozenset[Scope] = Field(min_length=1, description="The scopes that the client may request.")
    workspaces: frozenset[Owner] | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="The only workspaces that the client may reach. With null, it reaches those of the person for "
        "whom it acts.",
    )


class ClientChanges(Frozen):
    """The changes to a client. Fields that are left out stay as they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"scopes": ["results:read"]}]})

    name: DisplayName | None = None
    redirect_uris: tuple[str, ...] | None = Field(default=None, max_length=MOST_REDIRECTS)
    scopes: frozenset[Scope] | None = Field(default=None, min_length=1)
    workspaces: frozenset[Owner] | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="The workspaces that the client may reach. With null, it reaches those of the person for whom "
        "it acts.",
    )


class ClientView(Frozen):
    """An OAuth client without its secret."""

    client_id: ClientId
    name: DisplayName
    grants: tuple[Grant, ...]
    confidential: bool
    native: bool
    redirect_uris: tuple[str, ...]
    scopes: tuple[Scope, ...]
    workspaces: tuple[Owner, ...] | None = None
    active: bool
    created_at: datetime
    revoked_at: datetime | None = None
    suspended_at: datetime | None = Field(
        default=None, description="When a restore suspended it. It stays unusable until an administrator releases it."
    )


class ClientService:
    """Makes and changes clients.

    ``by`` names who does it, and ``act`` records it first. Raises ``NotFound``, ``InvalidRequest`` for what cannot be,
    ``Conflict`` for what cannot be now, ``ChangedMeanwhile`` where another was first, and ``TransientError`` where an
    act could not be recorded; then it was not done.
    """

    def __init__(self, clients: ClientRegistry, workspaces: Workspaces) -> None:
        self._clients = clients
        self._workspaces = workspaces

    async def create(self, wish: ClientWish, by: object, act: Act) -> tuple[OAuthClient, str | None]:
        """Return a new client and its secret, which is shown this once; public ones have none."""
        secret = new_secret(SECRET_KIND) if wish.confidential else None
        client = OAuthClient(
            id=str(uuid.uuid4()),
            name=wish.name,
            digest=None if secret is None else digest_of(secret),
            native=wish.native,
            grants=wish.grants,
            redirect_uris=tuple(dict.fromkeys(wish.redirect_uris)),
            scopes=wish.scopes,
            workspaces=wish.workspaces,
            created_at=datetime.now(UTC),
        )
        await self._require_possible(client)
        if sum(client.lasts for client in await self._clients.list_clients()) >= MOST_CLIENTS:
            raise Conflict(f"There are {MOST_CLIENTS} clients already. Revoke one first.")
        async with act(Action.CLIENT_CREATED, by, client.id, detail=_told(client)):
            await self._clients.create_client(client)
        return client, secret

    async def list_clients(self) -> tuple[OAuthClient, ...]:
        return await self._clients.list_clients()

    async def find(self, client_id: str) -> OAuthClient:
        client = await self._clients.find_client(client_id)
        if client is None:
            raise NotFound("There is no such client.")
        return client

    async def change(self, client_id: str, changes: ClientChanges, by: object, act: Act) -> OAuthClient:
        client = await self.find(client_id)
        given = {name: getattr(changes, name) for name in changes.model_fields_set}
        wanted = {name: value for name, value in given.items() if value is not None or name == "workspaces"}
        changed = client.model_copy(update=wanted)
        await self._require_possible(changed)
        if changed == client:
            return client
        async with act(Action.CLIENT_CHANGED, by, client.id, detail=_told(changed), rights=_rights(changed)):
            return await self._clients.change_client(changed)

    async def leave(self, client: OAuthClient, workspace: str, by: object, act: Act) -> None:
        """Let a client reach its other workspaces alone, whether or not these exist still; it must have others."""
        left = (client.workspaces or frozenset()) - {workspace}
        if not left:
            # Without any it would reach all of them.
            raise ValueError(f"client {client.id} has no workspace but {workspace}")
        changed = client.model_copy(update={"workspaces": left})
        async with act(Action.CLIENT_CHANGED, by, client.id, detail=_told(changed), rights=_rights(changed)):
            await self._clients.change_client(changed)

    async def revoke(self, client_id: str, by: object, act: Act) -> None:
        """Let a client count no longer, for good, and with it all its tokens; harmless where it is so already."""
        client = await self.find(client_id)
        if not client.lasts:
            return
        async with act(Action.CLIENT_REVOKED, by, client.id):
            await self._clients.revoke_client(client.id, datetime.now(UTC))

    async def _require_possible(self, client: OAuthClient) -> None:
        errors = [error async for error in self._errors(client)]
        if errors:
            raise InvalidRequest(errors)

    async def _errors(self, client: OAuthClient) -> AsyncIterator[FieldError]:
        for error in (*_errors_of_grants(client), *_errors_of_redirects(client), *_errors_of_scopes(client)):
            yield error
        for name in sorted(client.workspaces or ()):
            if await self._workspaces.find_workspace(name) is None:
                yield FieldError(field="workspaces", message=f"There is no workspace {name}. Create it first.")


def view_of_client(client: OAuthClient) -> ClientView:
    """Return the client as it may be shown."""
    return ClientView(
        client_id=client.id,
        name=client.name,
        grants=tuple(sorted(client.grants)),
        confidential=client.digest is not None,
        native=client.native,
        redirect_uris=client.redirect_uris,
        scopes=tuple(sorted(client.scopes)),
        workspaces=None if client.workspaces is None else tuple(sorted(client.workspaces)),
        active=client.counts,
        created_at=client.created_at,
        revoked_at=client.revoked_at,
        suspended_at=client.suspended_at,
    )


def _errors_of_grants(client: OAuthClient) -> Iterable[FieldError]:
    if Grant.CLIENT_CREDENTIALS in client.grants and client.digest is None:
        yield FieldError(field="grants", message="A client without a secret cannot act as itself.")
    if Grant.REFRESH_TOKEN in client.grants and Grant.AUTHORIZATION_CODE not in client.grants:
        yield FieldError(field="grants", message="refresh_token requires authorization_code.")
    if client.native and client.digest is not None:
        yield FieldError(
            field="native", message="A client on its user's machine cannot keep a secret, so it cannot be confidential."
        )


def _errors_of_redirects(client: OAuthClient) -> Iterable[FieldError]:
    if (Grant.AUTHORIZATION_CODE in client.grants) != bool(client.redirect_uris):
        yield FieldError(
            field="redirect_uris",
            message="Redirect URIs are required for authorization_code, and not allowed otherwise.",
        )
    for number, uri in enumerate(client.redirect_uris):
        try:
            validate_redirect(uri, native=client.native)
        except ValueError as error:
            yield FieldError(field=f"redirect_uris[{number}]", message=f"This {error}.")


def _errors_of_scopes(client: OAuthClient) -> Iterable[FieldError]:
    if client.scopes - FOR_CLIENTS:
        yield FieldError(field="scopes", message=f"Clients can have these scopes: {_listed(FOR_CLIENTS)}.")
    if client.grants == {Grant.CLIENT_CREDENTIALS} and client.scopes - FOR_CLIENTS_THEMSELVES:
        message = f"A client that acts as itself can have these scopes: {_listed(FOR_CLIENTS_THEMSELVES)}."
        yield FieldError(field="scopes", message=message)
    if Grant.CLIENT_CREDENTIALS in client.grants and client.scopes & IN_WORKSPACES and client.workspaces is None:
        # A person who consents bounds what a client reaches; nobody else does where it acts as itself.
        yield FieldError(
            field="workspaces", message="A client that acts as itself needs the list of workspaces that it may reach."
        )


def _rights(client: OAuthClient) -> Rights:
    return Rights(scopes=client.scopes, workspaces=client.workspaces, redirect_uris=frozenset(client.redirect_uris))


def _told(client: OAuthClient) -> str:
    reach = "all" if client.workspaces is None else _listed(client.workspaces)
    addresses = ", ".join(client.redirect_uris) or "none"
    return f"grants: {_listed(client.grants)}; scopes: {_listed(client.scopes)}; workspaces: {reach}; to: {addresses}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
