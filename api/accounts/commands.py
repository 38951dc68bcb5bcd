"""``vedette admin create`` and ``vedette admin password``: accounts from the command line."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.workspaces.commands import AllowOption, wish_of
from infra.recorded_acts import records
from infra.terminal import say
from schemas.access.accounts import Role
from schemas.activity import Action

if TYPE_CHECKING:
    from api.security.passwords.input import Password
    from api.workspaces.service import Ensured

EmailOption = Annotated[str, typer.Option(help="The e-mail address to log in with.")]
WorkspacesOption = Annotated[
    list[str], typer.Option(help="A workspace of the account. It is created if it does not exist. Repeatable.")
]
MadeNameOption = Annotated[str | None, typer.Option(help="The display name of a workspace that is created.")]
RoleOption = Annotated[
    Role,
    typer.Option(
        help="What the account may do. A user sees its own workspaces, an analyst sees all results, an "
        "admin may do everything."
    ),
]
StdinOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
GenerateOption = Annotated[
    bool, typer.Option("--generate-password", help="Generate a password and print it. It cannot be shown again.")
]


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
    """Create an account, and its workspaces if they do not exist.

    The command asks for the password, or takes it from standard input or from VEDETTE_ADMIN_PASSWORD.
    """
    # What takes a while to load, since every `vedette` command loads this module.
    from api.accounts.views import AccountWish
    from api.command_line import change, explained
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    names = list(dict.fromkeys(workspace))
    wishes = [wish_of(each, workspace_name, allow or (), name_option="--workspace-name") for each in names]
    require_email(email)
    password = _new_password(email, from_stdin=password_stdin, generate=generate_password)
    with explained({"workspaces": "--workspace"}):
        wish = AccountWish.model_validate(
            {"email": email, "password": password.value, "role": role, "workspaces": names}
        )
        ensured = change(
            Settings(), lambda services, act: services.accounts.create_with_workspaces(wish, wishes, whoever(), act)
        )
    for name, needed in zip(names, ensured, strict=True):
        say(_told(name, needed))
    say(f"account {email} created: {role.value} in {', '.join(names)}")
    if password.generated:
        say(f"password: {password.value}")


@records(Action.PASSWORD_CHANGED)
def set_password(
    email: Annotated[str, typer.Argument(help="The account's e-mail address.")],
    password_stdin: StdinOption = False,
    generate_password: GenerateOption = False,
) -> None:
    """Set an account's password and end all its sessions. Its API keys stay valid.

    The command asks for the password, or takes it from standard input or from VEDETTE_ADMIN_PASSWORD.
    """
    from api.command_line import CommandServices, change, explained
    from infra.operations.audit.acts import Act, whoever
    from infra.settings.settings import Settings

    password = _new_password(email, from_stdin=password_stdin, generate=generate_password)

    async def replaced(services: CommandServices, act: Act) -> None:
        account = await services.accounts.find_by_email(email)
        await services.accounts.replace_password(account, password.value, whoever(), act)

    with explained():
        change(Settings(), replaced)
    say(f"the password of account {email} is changed, and all its sessions have ended")
    if password.generated:
        say(f"password: {password.value}")


def require_email(email: str) -> None:
    """Raise ``ConfigurationError`` for what is no e-mail address."""
    from pydantic import EmailStr, TypeAdapter

    from api.command_line import explained

    with explained({"value": "--email"}):
        TypeAdapter(EmailStr).validate_python(email)


def _new_password(email: str, *, from_stdin: bool, generate: bool) -> "Password":
    from api.security.passwords import input as password_input
    from api.security.passwords.hashing import require_strong_password

    return password_input.obtain(
        lambda typed: require_strong_password(typed, email), from_stdin=from_stdin, generate=generate
    )


def _told(workspace: str, needed: "Ensured") -> str:
    from api.workspaces.service import Ensured

    told = {
        Ensured.CREATED: "created",
        Ensured.WIDENED: "exists already; it may now have images fetched from more prefixes",
        Ensured.UNCHANGED: "exists already",
    }
    return f"workspace {workspace} {told[needed]}"
