"""The pages that people see: log-in, consent and errors. Plain HTML without scripts, everything in it escaped."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape as escape_html

from starlette.responses import HTMLResponse

from api.oauth.conversation import origin_of
from infra.terminal import visible_line
from schemas.access.accounts import SCOPE_PURPOSES, Account, Scope
from schemas.access.oauth import OAuthClient

STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh}
body{background:#f3f4f6;color:#1f2937}
main{background:#fff;padding:2rem;border-radius:.75rem;box-shadow:0 1px 8px #0002}
main{max-width:26rem;width:calc(100% - 6rem)}
h1{font-size:1.25rem;margin:0 0 1rem}
label{display:block;margin:.75rem 0 .25rem}
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #9ca3af;border-radius:.375rem}
button{font:inherit;padding:.5rem 1.25rem;margin:1.25rem .5rem 0 0;border:1px solid #1d4ed8;border-radius:.375rem}
button{background:#1d4ed8;color:#fff}
button.no{background:transparent;color:#1d4ed8}
.error{color:#b91c1c}.small{font-size:.875rem;color:#6b7280}
@media(prefers-color-scheme:dark){body{background:#111827;color:#e5e7eb}main{background:#1f2937}.small{color:#9ca3af}
button.no{color:#93c5fd}.error{color:#fca5a5}}
""".strip()
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def log_in_page(address: str, form_token: str, client: OAuthClient, error: str = "", status: int = 200) -> HTMLResponse:
    """Ask who is there; ``address`` is where the form goes, the client's request in its query."""
    told = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    body = (
        f"<h1>Log in to Vedette</h1><p><b>{escape(client.name)}</b> asks to act for you. "
        "You decide after logging in.</p>"
        f'{told}<form method="post" action="{escape_html(address)}">{_hidden(form_token)}'
        '<label for="email">E-mail address</label>'
        '<input id="email" name="email" type="email" autocomplete="username" required maxlength="320" autofocus>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256">'
        '<button name="action" value="log-in">Log in</button></form>'
    )
    return _page("Log in", body, status)


def consent_page(
    address: str, form_token: str, client: OAuthClient, account: Account, scopes: Iterable[Scope], redirect_uri: str
) -> HTMLResponse:
    """Ask the person who has logged in whether the client may."""
    rights = "".join(
        f"<li>{escape(SCOPE_PURPOSES[scope])} <code>{escape(scope)}</code></li>" for scope in sorted(scopes)
    )
    where = _reach(client)
    back = escape(redirect_uri.partition("?")[0])
    body = (
        f"<h1>{escape(client.name)} asks to act for you</h1>"
        f"<p>You are <b>{escape(account.email)}</b>. If you allow it, this application can:</p><ul>{rights}</ul>"
        f"<p>{where} You can withdraw this at any time.</p>"
        f'<form method="post" action="{escape_html(address)}">{_hidden(form_token)}'
        '<button name="action" value="allow">Allow</button>'
        '<button name="action" value="deny" class="no">Do not allow</button></form>'
        f'<p class="small">Afterwards you return to {back}</p>'
    )
    # A browser holds every redirect after a form to the same rule as the form itself, and a client may lead further on.
    return _page("Allow?", body, 200, *dict.fromkeys(("https:", origin_of(redirect_uri))))


def error_page(detail: str, status: int = 400) -> HTMLResponse:
    """Tell a person what is wrong, and lead nowhere."""
    told = f'<p class="error">{escape(detail)}</p>'
    body = f"<h1>Something is wrong</h1>{told}<p>Go back to the application and try again.</p>"
    return _page("Error", body, status)


def _page(title: str, body: str, status: int, *form_targets: str) -> HTMLResponse:
    targets = " ".join(["'self'", *form_targets])
    policy = (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action {targets}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · Vedette</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )
    # `no-referrer` would have browsers hide from us where a form comes from.
    return HTMLResponse(html, status, {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"})


def escape(text: str) -> str:
    """Return text of others for a page: neither markup, nor what turns or hides the words around it."""
    return escape_html(visible_line(text))


def _hidden(form_token: str) -> str:
    return f'<input type="hidden" name="form_token" value="{escape_html(form_token)}">'


def _reach(client: OAuthClient) -> str:
    if client.workspaces is None:
        return "The application can reach the same workspaces as you."
    return f"The application can reach only these workspaces: {escape(', '.join(sorted(client.workspaces)))}."
