"""``vedette serve`` and ``vedette admin``: run the API, and create who may use it."""

from typing import Annotated
from uuid import UUID

import typer

from infra.recorded_acts import reads, records, records_elsewhere
from infra.terminal import say, say_document
from schemas.access.accounts import Role, Scope
from schemas.access.oauth import Grant
from schemas.activity import Action

admin = typer.Typer(name="admin", help="Accounts and workspaces.", no_args_is_help=True)
workspaces = typer.Typer(name="workspace", help="Workspaces, and where each may have images fetched from.")
admin.add_typer(workspaces)
keys = typer.Typer(name="keys", help="The keys that sign access tokens.", no_args_is_help=True)
admin.add_typer(keys)
clients = typer.Typer(name="clients", help="Applications that act for people by OAuth 2.0.", no_args_is_help=True)
admin.add_typer(clients)
invitations = typer.Typer(name="invitations", help="Invitations that nobody has used yet.", no_args_is_help=True)
admin.add_typer(invitations)

suspended = typer.Typer(name="suspended", help="Keys and clients that a restore has suspended.", no_args_is_help=True)
admin.add_typer(suspended)

WorkspaceName = Annotated[str | None, typer.Option("--name", help="For people; the id where not given.")]
AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="PREFIX", help="A place to have images fetched from, as s3://shop-*/; repeatable."),
]
EmailOption = Annotated[str, typer.Option(help="The address to log in with.")]
WorkspacesOption = Annotated[
    list[str], typer.Option(help="A workspace of the account, made where missing; repeatable.")
]
MadeNameOption = Annotated[str | None, typer.Option(help="The workspace's name for people, where it is made.")]
RoleOption = Annotated[Role, typer.Option(help="user: its workspaces; analyst: all results; admin: everything.")]
StdinOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
GenerateOption = Annotated[bool, typer.Option("--generate-password", help="Make a password and print it this once.")]


@records_elsewhere("runs the API, whose routes record their own acts")
def serve() -> None:
    """Run the API until it is told to stop."""
    # The web server takes a while to load, and every `vedette` command loads this module.
    from api.serving import run_server
    from infra.settings.settings import Settings

    run_server(Settings())


@admin.command("create")
@records(Action.ACCOUNT_CREATED, Action.WORKSPACE_CREATED, Action.WORKSPACE_CHANGED)
def create(
    email: EmailOption,
    workspace: WorkspacesOption,
    workspace_name: MadeNameOption = None,
    role: RoleOption = Role.ADMIN,
    allow: AllowOption = None,
    password_stdin: StdinOption = False,
    generate_password: GenerateOption = False,
) -> None:
    """Create an account.

    The password is asked for, or taken from standard input or from VEDETTE_ADMIN_PASSWORD.
    """
    from api.accounts import administration
    from api.security.passwords import input as password_input
    from api.security.passwords.hashing import require_strong_password
    from infra.settings.settings import Settings

    wish = administration.AccountWish(
        email=email, role=role, workspaces=tuple(workspace), workspace_name=workspace_name, prefixes=tuple(allow or ())
    )
    administration.check(wish)
    password = password_input.obtain(
        lambda typed: require_strong_password(typed, email), from_stdin=password_stdin, generate=generate_password
    )
    done = administration.run_recorded(
        Settings(), lambda accounts, act: administration.create_account(accounts, wish, password.value, act)
    )
    for line in done:
        say(line)
    if password.generated:
        say(f"password: {password.value}")


@admin.command("acts")
@reads
def show_acts() -> None:
    """Print which command and route records which act, as a page."""
    from api.app import ROUTERS
    from api.documentation.acts_page import acts_page

    say_document(acts_page(ROUTERS).rstrip("\n"))


@admin.command("password")
@records(Action.PASSWORD_CHANGED)
def set_password(
    email: Annotated[str, typer.Argument(help="The account's address.")],
    password_stdin: StdinOption = False,
    generate_password: GenerateOption = False,
) -> None:
    """Give an account another password, and end all its log-ins; its API keys stay.

    The password is asked for, or taken from standard input or from VEDETTE_ADMIN_PASSWORD.
    """
    from api.accounts import administration
    from api.security.passwords import input as password_input
    from api.security.passwords.hashing import require_strong_password
    from infra.settings.settings import Settings

    password = password_input.obtain(
        lambda typed: require_strong_password(typed, email), from_stdin=password_stdin, generate=generate_password
    )
    administration.run_recorded(
        Settings(), lambda accounts, act: administration.set_password(accounts, email, password.value, act)
    )
    say(f"account {email} has another password; its log-ins have ended")
    if password.generated:
        say(f"password: {password.value}")


@workspaces.command("list")
@reads
def list_workspaces() -> None:
    """List workspaces and where each may have images fetched from."""
    from api.accounts import administration
    from infra.settings.settings import Settings

    administration.print_workspaces(administration.run(Settings(), lambda accounts: accounts.list_workspaces()))


@workspaces.command("create")
@records(Action.WORKSPACE_CREATED)
def create_workspace(
    workspace: Annotated[str, typer.Argument(help="Its id: lower-case letters, digits and hyphens.")],
    name: WorkspaceName = None,
    allow: AllowOption = None,
) -> None:
    """Create a workspace."""
    from api.accounts import administration
    from infra.settings.settings import Settings

    made = administration.new_workspace(workspace, name, tuple(allow or ()))
    administration.run_recorded(Settings(), lambda accounts, act: administration.create_workspace(accounts, made, act))
    say(f"workspace {workspace} created")


@workspaces.command("allow")
@records(Action.WORKSPACE_CHANGED)
def allow_prefixes(
    workspace: Annotated[str, typer.Argument(help="The workspace's id.")],
    prefixes: Annotated[list[str], typer.Argument(metavar="PREFIX…", help="As in s3://shop-*/.")],
    replace: Annotated[bool, typer.Option("--replace", help="Allow these alone, not these as well.")] = False,
) -> None:
    """Let a workspace have images fetched from more places; workers heed it within seconds."""
    from api.accounts import administration
    from infra.settings.settings import Settings

    allowed = administration.valid_prefixes(tuple(prefixes))
    kept = administration.run_recorded(
        Settings(), lambda accounts, act: administration.allow(accounts, workspace, allowed, act, replace=replace)
    )
    for prefix in kept:
        say(prefix)


@clients.command("list")
@reads
def list_clients() -> None:
    """List clients, the newest first."""
    from api.oauth.clients import administration as client_administration
    from infra.settings.settings import Settings

    client_administration.print_clients(client_administration.list_clients(Settings()))


@clients.command("create")
@records(Action.CLIENT_CREATED)
def create_client(
    name: Annotated[str, typer.Argument(help="What people are asked about.")],
    scope: Annotated[list[Scope], typer.Option(help="The most that it may ask for; repeatable.")],
    redirect_uri: Annotated[list[str] | None, typer.Option(help="Where codes may be sent; repeatable.")] = None,
    workspace: Annotated[list[str] | None, typer.Option(help="The only ones it reaches; repeatable.")] = None,
    grant: Annotated[list[Grant] | None, typer.Option(help="authorization_code and refresh_token if none.")] = None,
    public: Annotated[bool, typer.Option("--public", help="It can keep no secret, as in a browser.")] = False,
    native: Annotated[bool, typer.Option("--native", help="Public, and on its user's machine: any port.")] = False,
) -> None:
    """Make a client, and print its secret this once."""
    from api.oauth.clients import administration as client_administration
    from infra.settings.settings import Settings

    given = {"grants": grant, "workspaces": workspace}
    wish = client_administration.wish_of(
        name=name,
        scopes=scope,
        redirect_uris=redirect_uri or (),
        confidential=not (public or native),
        native=native,
        **{field: value for field, value in given.items() if value},
    )
    client, secret = client_administration.create(Settings(), wish)
    say(f"client_id: {client.id}")
    if secret is not None:
        say(f"client_secret: {secret}")


@clients.command("revoke")
@records(Action.CLIENT_REVOKED)
def revoke_client(client_id: Annotated[str, typer.Argument(help="Its client_id.")]) -> None:
    """Let a client count no longer, for good, and with it all its tokens."""
    from api.oauth.clients import administration as client_administration
    from infra.settings.settings import Settings

    client_administration.revoke(Settings(), client_id)
    say(f"client {client_id} revoked")


@suspended.command("list")
@reads
def list_suspended() -> None:
    """List the API keys and clients that a restore has suspended: they count once they are released."""
    from api.suspensions import administration as suspension_administration
    from infra.settings.settings import Settings

    suspension_administration.print_suspended(suspension_administration.list_suspended(Settings()))


@suspended.command("release")
@records(Action.KEY_RELEASED, Action.CLIENT_RELEASED)
def release(
    names: Annotated[list[str] | None, typer.Argument(metavar="[KEY|CLIENT]…", help="As `list` shows them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are suspended.")] = False,
) -> None:
    """Let suspended keys and clients count again, once you are sure that they were not revoked."""
    from api.suspensions import administration as suspension_administration
    from infra.settings.settings import Settings

    if everything == bool(names):
        raise typer.BadParameter("name what `vedette admin suspended list` shows, or say --all")
    released = suspension_administration.release(Settings(), names or (), everything=everything)
    for name in (*released.keys, *released.clients):
        say(f"{name} counts again")


@invitations.command("list")
@reads
def list_invitations() -> None:
    """List open invitations, and whether each still counts."""
    from api.invitations import administration as invitation_administration
    from infra.settings.settings import Settings

    invitation_administration.print_invitations(invitation_administration.list_invitations(Settings()))


@invitations.command("withdraw")
@records(Action.INVITATION_WITHDRAWN)
def withdraw_invitation(invitation: Annotated[UUID, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """Withdraw an invitation: its letter counts no longer, at once."""
    from api.invitations import administration as invitation_administration
    from infra.settings.settings import Settings

    invitation_administration.withdraw(Settings(), invitation)
    say(f"invitation {invitation} withdrawn")


@keys.command("list")
@reads
def list_signing_keys() -> None:
    """List the ids of the keys, the one that signs first."""
    from api.security.tokens import signing_keys
    from infra.settings.settings import Settings

    for key_id in signing_keys.open_key_file(Settings()).keys().ids:
        say(key_id)


@keys.command("rotate")
@records(Action.SIGNING_KEYS_ROTATED)
def rotate_signing_keys(
    drop_older: Annotated[bool, typer.Option("--drop-older", help="Let all earlier keys count no longer.")] = False,
) -> None:
    """Sign with a new key from now on; running processes notice within a second."""
    from api.security.tokens import signing_keys
    from infra.operations.audit.acts import recorded
    from infra.settings.settings import Settings

    settings = Settings()
    detail = "earlier keys dropped" if drop_older else ""
    with recorded(settings, Action.SIGNING_KEYS_ROTATED, "signing-keys", detail=detail):
        rotated = signing_keys.rotate(signing_keys.find_key_file(settings), drop_older=drop_older)
    for key_id in rotated.ids:
        say(key_id)
