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
    name="workspace",
    help="Manage workspaces, the prefixes from which each may have images fetched, and their default features.",
)
FOREVER = "forever"
DELETION = (
    Action.WORKSPACE_DELETED,
    Action.MEMBER_REMOVED,
    Action.KEY_REVOKED,
    Action.CLIENT_CHANGED,
    Action.CLIENT_REVOKED,
    Action.INVITATION_WITHDRAWN,
    Action.WEBHOOK_DELETED,
    Action.ERASURE_ENDED,
)
"""What the deletion of a workspace records, at its beginning and while the API carries it out."""
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
    """List the workspaces, the prefixes from which each may have images fetched, and their default features."""
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


@workspaces.command("change")
@records(Action.WORKSPACE_CHANGED)
def change_workspace(
    workspace: Annotated[str, typer.Argument(help="The workspace's id.")],
    name: Annotated[str | None, typer.Option("--name", help="The workspace's new display name.")] = None,
    default_features: Annotated[
        str | None,
        typer.Option(
            "--default-features",
            metavar="FEATURES",
            help="The features of a reference that names none, separated by commas, for example labels,objects.",
        ),
    ] = None,
    keep_location: Annotated[
        bool | None,
        typer.Option(
            "--keep-location/--no-keep-location",
            help="Whether results keep where EXIF says that a picture was taken. It may be somebody's home.",
        ),
    ] = None,
    keep_results: Annotated[
        str | None,
        typer.Option(metavar="DAYS", help="For how many days images are kept that were recognised, or forever."),
    ] = None,
    keep_pictures: Annotated[
        str | None, typer.Option(metavar="DAYS", help="For how many days uploaded pictures are kept, or forever.")
    ] = None,
    keep_references: Annotated[
        str | None,
        typer.Option(metavar="DAYS", help="For how many days images without a result are kept, or forever."),
    ] = None,
) -> None:
    """Change a workspace's name, its default features, where pictures were taken, or how long it keeps what.

    Workers apply the change within seconds. Results that exist already stay as they are. The API deletes what is kept
    for no longer, every few hours; the command says about how many images the next run concerns.
    """
    from api.command_line import CommandServices, change, each_of, explained
    from api.workspaces.service import WorkspaceChanges
    from infra.operations.audit.acts import Act, whoever
    from infra.operations.erasure.retention import count_concerned
    from infra.settings.settings import Settings

    features = None if default_features is None else [each.strip() for each in default_features.split(",")]
    times = {"results": keep_results, "pictures": keep_pictures, "references": keep_references}
    given = {f"{what}_days": days_of(f"--keep-{what}", text) for what, text in times.items() if text is not None}
    keep = given or None
    options = {"name": "--name"} | each_of("default_features", "--default-features", features or ())
    options |= {f"keep.{what}_days": f"--keep-{what}" for what in times}

    async def changed_and_counted(services: CommandServices, act: Act) -> tuple[Workspace, int]:
        changed = await services.workspaces.change(workspace, changes, whoever(), act)
        return changed, await count_concerned(services.ages, changed) if keep is not None else 0

    with explained(options, see=LIST):
        wanted = {"name": name, "default_features": features, "keep_location": keep_location, "keep": keep}
        changes = WorkspaceChanges.model_validate(wanted)
        changed, concerned = change(Settings(), changed_and_counted)
    print_workspaces([changed])
    if keep is not None:
        say(f"kept: {changed.keep.told}. The next run looks at {concerned:,} images that are old enough")


@workspaces.command("delete")
@records(*DELETION)
def delete_workspace(
    workspace: Annotated[str, typer.Argument(help="The workspace's id.")],
    confirm: Annotated[str, typer.Option(help="The workspace's id once more.")],
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until nothing of it is left.")] = True,
) -> None:
    """Delete a workspace with everything that belongs to it, for good: images, pictures, jobs, webhooks, rights, keys.

    From now on it accepts nothing. A running API (`vedette serve`) carries the deletion out as an erasure, and signs a
    list of what is gone. If this command is interrupted, the deletion goes on.
    """
    from api.command_line import explained
    from infra.operations.audit.acts import whoever
    from infra.operations.erasure.commands import carry_out

    with explained({"confirm": "--confirm"}, see=LIST):
        carry_out(
            lambda erasures, act: erasures.delete_workspace(workspace, confirm, whoever(), act),
            wait=wait,
        )


def days_of(option: str, text: str) -> int | None:
    """Return a number of days, None for ever; raises ``ConfigurationError``."""
    from infra.errors import ConfigurationError

    if text == FOREVER:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ConfigurationError(f"{option} {text}: give a number of days, or {FOREVER}")
    return int(text)


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
    table = Table("workspace", "name", "may have images fetched from", "default features", "keeps")
    for workspace in found:
        prefixes = "\n".join(workspace.allowed_prefixes) or "nowhere"
        places = "locations" if workspace.keep_location else "no locations"
        # One line each: a narrow column would fold the addresses.
        keeps = [places, *(workspace.keep.told.split(", ") if workspace.keep.is_set else ())]
        name = workspace.name if workspace.deleting_since is None else f"{workspace.name} (being deleted)"
        table.add_row(workspace.id, name, prefixes, ", ".join(workspace.default_features), "\n".join(keeps))
    Console(highlight=False, markup=False).print(table)
