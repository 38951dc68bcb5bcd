"""``vedette token``: log in at the API, and print an access token for programs such as curl."""

from typing import Annotated

import typer

from infra.recorded_acts import records_elsewhere
from infra.terminal import say


@records_elsewhere("a log-in, which the API records")
def token(
    email: Annotated[
        str | None,
        typer.Option(
            help="The account's e-mail address. The command asks for it if you do not give it.", show_default=False
        ),
    ] = None,
    api: Annotated[
        str | None, typer.Option(metavar="URL", help="The URL of the API. Default: the API on this machine.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Log in and print an access token.

    Standard output contains only the token, so that a shell can store it: TOKEN=$(vedette token --email
    you@shop.example).
    """
    # The HTTP client takes a while to load, and every `vedette` command loads this module.
    from api.log_in.token_request import local_address, request_token, secure_address
    from api.security.passwords import input as password_input
    from infra.settings.settings import Settings

    address = secure_address(api or local_address(Settings().api))
    name = email or str(typer.prompt("E-mail address", err=True))
    say(request_token(address, name, password_input.obtain_known(from_stdin=password_stdin)))
