"""``vedette admin keys``: the keys that sign access tokens."""

from typing import Annotated

import typer

from infra.recorded_acts import reads, records
from infra.terminal import say
from schemas.activity import Action

keys = typer.Typer(name="keys", help="Manage the keys that sign access tokens.", no_args_is_help=True)


@keys.command("list")
@reads
def list_signing_keys() -> None:
    """List the ids of the keys. The first one signs."""
    from api.security.tokens import signing_keys
    from infra.settings.settings import Settings

    for key_id in signing_keys.open_key_file(Settings()).keys().ids:
        say(key_id)


@keys.command("rotate")
@records(Action.SIGNING_KEYS_ROTATED)
def rotate_signing_keys(
    drop_older: Annotated[bool, typer.Option("--drop-older", help="Revoke all earlier keys.")] = False,
) -> None:
    """Create a new signing key and use it from now on. Running processes switch to it within a second."""
    from api.security.tokens import signing_keys
    from infra.operations.audit.acts import recorded
    from infra.settings.settings import Settings

    settings = Settings()
    detail = "earlier keys dropped" if drop_older else ""
    with recorded(settings, Action.SIGNING_KEYS_ROTATED, "signing-keys", detail=detail):
        rotated = signing_keys.rotate(signing_keys.find_key_file(settings), drop_older=drop_older)
    for key_id in rotated.ids:
        say(key_id)
