"""``vedette admin suspended``: keys and clients that a restore has suspended."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from infra.recorded_acts import reads, records
from infra.terminal import Console, say
from schemas.activity import Action

if TYPE_CHECKING:
    from api.suspensions.service import ReleaseWish, Suspended

suspended = typer.Typer(
    name="suspended", help="Manage API keys and OAuth clients that a restore has suspended.", no_args_is_help=True
)
LIST = "vedette admin suspended list"


@suspended.command("list")
@reads
def list_suspended() -> None:
    """List the API keys and OAuth clients that a restore has suspended. They work again once you release them."""
    from api.command_line import read
    from infra.settings.settings import Settings

    print_suspended(read(Settings(), lambda services: services.suspensions.list()))


@suspended.command("release")
@records(Action.KEY_RELEASED, Action.CLIENT_RELEASED)
def release(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY|CLIENT]…", help="The keys and clients to release, as `list` shows them."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Release everything that is suspended.")] = False,
) -> None:
    """Release suspended keys and clients, so that they work again. First make sure that they were not revoked after the
    backup.
    """
    from api.command_line import CommandServices, change, explained
    from api.suspensions.service import Released
    from infra.operations.audit.acts import Act, whoever
    from infra.settings.settings import Settings

    if everything == bool(names):
        raise typer.BadParameter("name the keys and clients that `vedette admin suspended list` shows, or give --all")

    async def released_now(services: CommandServices, act: Act) -> Released:
        wish = wish_of(names or (), await services.suspensions.list(), everything=everything)
        return await services.suspensions.release(wish, whoever(), act)

    with explained(see=LIST):
        released = change(Settings(), released_now)
    for name in (*released.keys, *released.clients):
        say(f"{name} is released")


def wish_of(names: Sequence[str], known: "Suspended", *, everything: bool) -> "ReleaseWish":
    """Return what is to count again, told by name which are keys and which clients; raises ``NotFound``."""
    from api.suspensions.service import ReleaseWish
    from infra.errors import NotFound

    keys = {key.prefix for key in known.keys}
    clients = {client.client_id for client in known.clients}
    if strange := [name for name in names if name not in keys | clients]:
        raise NotFound(f"{', '.join(strange)} is not suspended.")
    return ReleaseWish(
        keys=tuple(name for name in names if name in keys),
        clients=tuple(name for name in names if name in clients),
        everything=everything,
    )


def print_suspended(found: "Suspended") -> None:
    """Print one row for each key and client; what names it stays whole, since `release` wants it."""
    from api.suspensions.service import suspended_since

    table = Table("what", "name", "may", "since")
    for key in found.keys:
        table.add_row(f"key {key.prefix}", key.name, ", ".join(key.scopes), suspended_since(key.suspended_at))
    for client in found.clients:
        name = f"client {client.client_id}"
        table.add_row(name, client.name, ", ".join(client.scopes), suspended_since(client.suspended_at))
    Console().print(table)
