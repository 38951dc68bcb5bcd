"""``vedette serve`` and ``vedette admin``: run the API, and gather what each feature has administrators do."""

import typer

from api.accounts.commands import create, set_password
from api.invitations.commands import invitations
from api.oauth.clients.commands import clients
from api.security.tokens.commands import keys
from api.suspensions.commands import suspended
from api.webhooks.commands import webhooks
from api.workspaces.commands import workspaces
from infra.recorded_acts import reads, records_elsewhere
from infra.terminal import say_document


@records_elsewhere("runs the API, whose routes record their own acts")
def serve() -> None:
    """Run the API until you stop it."""
    # The web server takes a while to load, and every `vedette` command loads this module.
    from api.serving import run_server
    from infra.settings.settings import Settings

    run_server(Settings())


@reads
def show_acts() -> None:
    """Print, as a Markdown page, which act each command and route records."""
    from api.app import ROUTERS
    from api.documentation.acts_page import acts_page

    say_document(acts_page(ROUTERS).rstrip("\n"))


admin = typer.Typer(
    name="admin",
    help="Manage accounts, workspaces, webhooks, OAuth clients, invitations and signing keys.",
    no_args_is_help=True,
)
admin.command("create")(create)
admin.command("acts")(show_acts)
admin.command("password")(set_password)
for feature in (workspaces, webhooks, keys, clients, invitations, suspended):
    admin.add_typer(feature)
