"""``vedette admin invitations``: invitations that nobody has used yet."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.table import Column, Table

from infra.recorded_acts import reads, records
from infra.terminal import Console, say
from schemas.activity import Action

if TYPE_CHECKING:
    from api.invitations.service import InvitationView

invitations = typer.Typer(name="invitations", help="Manage invitations that nobody has used yet.", no_args_is_help=True)
LIST = "vedette admin invitations list"


@invitations.command("list")
@reads
def list_invitations() -> None:
    """List open invitations, and show which of them are still valid."""
    from api.command_line import read
    from infra.settings.settings import Settings

    found = read(Settings(), lambda services: services.invitations.list_all())
    print_invitations(sorted(found, key=lambda invitation: invitation.expires_at))


@invitations.command("withdraw")
@records(Action.INVITATION_WITHDRAWN)
def withdraw_invitation(
    invitation: Annotated[UUID, typer.Argument(help="The invitation's id, as `list` shows it.")],
) -> None:
    """Withdraw an invitation. The link in its e-mail stops working at once."""
    from api.command_line import change, explained
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    with explained(see=LIST):
        change(Settings(), lambda services, act: services.invitations.withdraw(invitation, whoever(), act))
    say(f"invitation {invitation} withdrawn")


def print_invitations(found: "Sequence[InvitationView]") -> None:
    """Print one row an invitation; its id stays whole however narrow the terminal is, since `withdraw` wants it."""
    table = Table(Column("invitation", no_wrap=True), Column("for whom, as what", overflow="fold"), show_lines=True)
    for invitation in found:
        maker = f"{invitation.invited_by}{f', by {invitation.program}' if invitation.program else ''}"
        told = {
            "for": invitation.email,
            "role": invitation.role.value,
            "workspaces": ", ".join(invitation.workspaces) or "none",
            "made by": maker,
            "until": f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC",
        }
        state = "counts" if invitation.counts else "counts no longer"
        table.add_row(f"{invitation.id}\n{state}", "\n".join(f"{what}: {words}" for what, words in told.items()))
    Console(highlight=False, markup=False).print(table)
