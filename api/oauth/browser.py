"""A browser that is about to decide: its cookie, and what shows that a form came from our own page."""

import hashlib
import hmac
import re
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from api.security.tokens.opaque_tokens import digest_of, new_secret

KIND = "vdb"
SHAPE = re.compile(r"vdb_[A-Za-z0-9_-]{43}")
LOG_IN_LIFETIME_S = 600
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 40


class MalformedForm(ValueError):
    """The body is no form, or one of another encoding."""


class Browser:
    """What one browser's cookie says; the cookie is a random secret, whose digest alone is kept.

    It comes with https as ``__Host-``: no other host of the domain can set it. ``SameSite=Lax`` sends it when an
    application leads here, and not when another site's form does.
    """

    def __init__(self, request: Request, *, secure: bool) -> None:
        self.name = "__Host-vedette-oauth" if secure else "vedette-oauth"
        self._secure = secure
        given = request.cookies.get(self.name, "")
        self._secret = given if SHAPE.fullmatch(given) else None
        site = request.headers.get("sec-fetch-site", "same-origin")
        self._from_our_page = site in ("same-origin", "none")

    @property
    def digest(self) -> bytes | None:
        """What the browser's log-in is kept under."""
        return None if self._secret is None else digest_of(self._secret)

    @property
    def form_token(self) -> str:
        """What our page's forms hold: nobody can make it who does not know the cookie."""
        return "" if self._secret is None else hashlib.sha256(b"form:" + self._secret.encode()).hexdigest()

    def renew(self) -> bytes:
        """Take another secret, as at every log-in, so that nobody who has set a cookie here knows it."""
        self._secret = new_secret(KIND)
        return digest_of(self._secret)

    def sent(self, form: dict[str, str]) -> bool:
        """Whether this form is one of our own page, in this browser."""
        expected = self.form_token
        return (
            self._from_our_page
            and bool(expected)
            and hmac.compare_digest(expected.encode(), form.get("form_token", "").encode())
        )

    def remember(self, response: Response) -> None:
        """Have the browser keep the present secret for the log-in's time."""
        if self._secret is not None:
            response.set_cookie(
                self.name,
                self._secret,
                max_age=LOG_IN_LIFETIME_S,
                path="/",
                secure=self._secure,
                httponly=True,
                samesite="lax",
            )

    def forget(self, response: Response) -> None:
        """Have the browser drop its cookie."""
        response.delete_cookie(self.name, path="/", secure=self._secure, httponly=True, samesite="lax")


async def read_form(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a form; raises ``MalformedForm``."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise MalformedForm(f"send {FORM}")
    try:
        text = (await request.body()).decode()
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise MalformedForm("the body is no form in UTF-8") from None
