"""The authorization server, as routes ask for it."""

from typing import Annotated, cast

from fastapi import Depends, Request

from api.http.errors import not_found
from api.oauth.server import OAuth

AUTHORIZE = "/oauth/authorize"


async def get_oauth(request: Request) -> OAuth:
    """Return the authorization server; raises 404 where nobody has said at which address it is."""
    if (oauth := cast(OAuth | None, request.app.state.oauth)) is None:
        raise not_found(
            "OAuth is not enabled here. The operator can enable it with the setting VEDETTE_API__PUBLIC_URL."
        )
    return oauth


OAuthDep = Annotated[OAuth, Depends(get_oauth)]
