"""``vedette admin workspace``: workspaces, and where each may have images fetched from."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from infra.recorded_acts import reads, records
from infra.terminal import Console, say
from schemas.access.accounts import Workspace
from schemas.activity import Action
from schemas.images import OWNER_PATTERN

if TYPE_CHECKING:
    from api.workspaces.service import WorkspaceWish

workspaces = typer.Typer(
    name="workspace", help="Manage workspaces, and the prefixes from which each may have images fetched."
)
LIST = "vedette admin workspace list"

AllowOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="PREFIX",
        help="A prefix of addresses from which images may be fetched, for example s3://shop-*/. Repeatable.",
    ),
]
WorkspaceName = Annotated[str | None, typer.Option("--name", help="The workspace's display name. Default: its id.")]


@workspaces.command("list")
@reads
def list_workspaces() -> None:
    """List the workspaces, and the prefixes from which each may have images fetched."""
    from api.command_line import read
    from infra.settings.settings import Settings

    print_workspaces(read(Settings(), lambda services: services.workspaces.list()))


@workspaces.command("create")
@records(Action.WORKSPACE_CREATED)
def create_workspace(
    workspace: Annotated[str, typer.Argument(help="The workspace's id, of lower-case letters, digits and hyphens.")],
    name: WorkspaceName = None,
    allow: AllowOption = None,
) -> None:
    """Create a workspace."""
    from api.command_line import change
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    wish = wish_of(workspace, name, allow or ())
    change(Settings(), lambda services, act: services.workspaces.create(wish, whoever(), act))
    say(f"workspace {workspace} created")


@workspaces.command("allow")
@records(Action.WORKSPACE_CHANGED)
def allow_prefixes(
    workspace: Annotated[str, typer.Argument(help="The workspace's id.")],
    prefixes: Annotated[
        list[str], typer.Argument(metavar="PREFIX…", help="A prefix of addresses, for example s3://shop-*/.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Allow only these prefixes, and drop the earlier ones.")
    ] = False,
) -> None:
    """Allow a workspace more prefixes from which its images may be fetched. Workers apply the change within seconds."""
    from api.command_line import CommandServices, change, each_of, explained
    from api.workspaces.service import WorkspaceChanges, valid_prefixes
    from infra.operations.audit.acts import Act, whoever
    from infra.settings.settings import Settings

    async def allowed(services: CommandServices, act: Act) -> Workspace:
        if replace:
            changes = WorkspaceChanges(allowed_prefixes=tuple(prefixes))
            return await services.workspaces.change(workspace, changes, whoever(), act)
        return await services.workspaces.allow(workspace, tuple(prefixes), whoever(), act)

    with explained(each_of("allowed_prefixes", "prefix", prefixes), see=LIST):
        valid_prefixes(tuple(prefixes))
        changed = change(Settings(), allowed)
    for prefix in changed.allowed_prefixes:
        say(prefix)


def wish_of(
    workspace: str, name: str | None, prefixes: Sequence[str], *, name_option: str = "--name"
) -> "WorkspaceWish":
    """Return the workspace that options ask for; raises ``ConfigurationError`` naming the option that is wrong."""
    from api.command_line import each_of, explained
    from api.workspaces.service import WorkspaceWish, workspace_of
    from infra.errors import ConfigurationError

    if not re.fullmatch(OWNER_PATTERN, workspace):
        raise ConfigurationError(f"workspace {workspace}: use lower-case letters, digits and hyphens, at most 63")
    options = {"name": name_option} | each_of("allowed_prefixes", "--allow", prefixes)
    with explained(options):
        wish = WorkspaceWish(id=workspace, name=name, allowed_prefixes=tuple(prefixes))
        workspace_of(wish)
    return wish


def print_workspaces(found: Sequence[Workspace]) -> None:
    """Print one row a workspace."""
    table = Table("workspace", "name", "may have images fetched from")
    for workspace in found:
        table.add_row(workspace.id, workspace.name, "\n".join(workspace.allowed_prefixes) or "nowhere")
    Console(highlight=False, markup=False).print(table)
