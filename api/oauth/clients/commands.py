"""``vedette admin clients``: applications that act for people by OAuth 2.0."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from infra.recorded_acts import reads, records
from infra.terminal import Console, say
from schemas.access.accounts import Scope
from schemas.access.oauth import Grant, OAuthClient
from schemas.activity import Action

if TYPE_CHECKING:
    from api.oauth.clients.service import ClientWish

clients = typer.Typer(
    name="clients",
    help="Manage OAuth 2.0 clients: applications that act for people, or as themselves.",
    no_args_is_help=True,
)
LIST = "vedette admin clients list"
# How a client's fields are given.
OPTIONS = {
    "name": "NAME",
    "scopes": "--scope",
    "redirect_uris": "--redirect-uri",
    "workspaces": "--workspace",
    "grants": "--grant",
    "native": "--native",
}


@clients.command("list")
@reads
def list_clients() -> None:
    """List clients, the newest first."""
    from api.command_line import read
    from infra.settings.settings import Settings

    print_clients(read(Settings(), lambda services: services.clients.list_clients()))


@clients.command("create")
@records(Action.CLIENT_CREATED)
def create_client(
    name: Annotated[
        str, typer.Argument(help="The client's name, as people see it when they are asked for their consent.")
    ],
    scope: Annotated[list[Scope], typer.Option(help="A scope that the client may request; repeatable.")],
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="A URI to which authorization codes may be sent; repeatable.")
    ] = None,
    workspace: Annotated[list[str] | None, typer.Option(help="Limit the client to this workspace; repeatable.")] = None,
    grant: Annotated[
        list[Grant] | None,
        typer.Option(
            help="A grant that the client may use; repeatable. Default: authorization_code and refresh_token."
        ),
    ] = None,
    public: Annotated[
        bool,
        typer.Option("--public", help="The client cannot keep a secret, for example because it runs in a browser."),
    ] = False,
    native: Annotated[
        bool,
        typer.Option(
            "--native",
            help="The client is public and runs on its user's machine. Its loopback redirect URIs may use any port.",
        ),
    ] = False,
) -> None:
    """Create an OAuth client. Prints its secret, which cannot be shown again."""
    from api.command_line import change, each_of, explained
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    given = {"grants": grant, "workspaces": workspace}
    wish = wish_of(
        name=name,
        scopes=scope,
        redirect_uris=redirect_uri or (),
        confidential=not (public or native),
        native=native,
        **{field: value for field, value in given.items() if value},
    )
    with explained(OPTIONS | each_of("redirect_uris", "--redirect-uri", redirect_uri or ())):
        client, secret = change(Settings(), lambda services, act: services.clients.create(wish, whoever(), act))
    say(f"client_id: {client.id}")
    if secret is not None:
        say(f"client_secret: {secret}")


@clients.command("revoke")
@records(Action.CLIENT_REVOKED)
def revoke_client(client_id: Annotated[str, typer.Argument(help="The client_id.")]) -> None:
    """Revoke a client and all its tokens. This cannot be undone."""
    from api.command_line import change, explained
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    with explained(see=LIST):
        change(Settings(), lambda services, act: services.clients.revoke(client_id, whoever(), act))
    say(f"client {client_id} revoked")


def wish_of(**given: object) -> "ClientWish":
    """Return the client that is wanted; raises ``ConfigurationError`` naming the option that is wrong."""
    from api.command_line import explained
    from api.oauth.clients.service import ClientWish

    with explained(OPTIONS):
        return ClientWish.model_validate(given)


def print_clients(found: Sequence[OAuthClient]) -> None:
    """Print one row a client; its id stays whole however narrow the terminal is, since other commands want it."""
    table = Table(Column("client", no_wrap=True), Column("what it may", overflow="fold"), show_lines=True)
    for client in found:
        kind = "confidential" if client.digest else "native" if client.native else "public"
        workspaces = "its person's" if client.workspaces is None else ", ".join(sorted(client.workspaces))
        told = {
            "grants": ", ".join(sorted(client.grants)),
            "scopes": ", ".join(sorted(client.scopes)),
            "workspaces": workspaces,
            "sent back to": ", ".join(client.redirect_uris) or "nowhere",
        }
        table.add_row(
            f"{client.id}\n{client.name}\n{kind}{_state(client)}",
            "\n".join(f"{what}: {words}" for what, words in told.items()),
        )
    Console(highlight=False, markup=False).print(table)


def _state(client: OAuthClient) -> str:
    if not client.lasts:
        return ", revoked"
    return "" if client.counts else ", suspended"
