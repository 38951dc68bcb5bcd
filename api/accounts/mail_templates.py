"""What people are written: short plain texts, each with at most one token."""

from infra.mail.sending import Letter
from schemas.access.credentials import Purpose

ROUTES = {
    Purpose.REGISTRATION: "POST /v1/auth/register/confirm",
    Purpose.PASSWORD_RESET: "POST /v1/auth/password/reset",
}
IGNORE = "If you did not ask for this, ignore this message."


class MailTemplates:
    """Writes the texts; ``link`` is the page that takes tokens, where there is one."""

    def __init__(self, link: str | None) -> None:
        self._link = link

    def registration(self, to: str, token: str, lifetime_s: int) -> Letter:
        what = f"Choose a password to create your account.\n\n{self._way(Purpose.REGISTRATION, token)}"
        return Letter(to, "Confirm your e-mail address", _text(what, _within(lifetime_s), IGNORE))

    def invitation(self, to: str, token: str, lifetime_s: int) -> Letter:
        way = self._way(Purpose.REGISTRATION, token)
        what = f"You are invited to Vedette. Choose a password to create your account.\n\n{way}"
        return Letter(to, "You are invited", _text(what, _within(lifetime_s)))

    def known_already(self, to: str) -> Letter:
        what = "Somebody, perhaps you, wanted to register with this address. It already has an account."
        return Letter(to, "You already have an account", _text(what, "If you forgot the password, request a new one."))

    def password_reset(self, to: str, token: str, lifetime_s: int) -> Letter:
        what = f"Choose a new password. All your sessions then end.\n\n{self._way(Purpose.PASSWORD_RESET, token)}"
        return Letter(to, "Choose a new password", _text(what, _within(lifetime_s), IGNORE))

    def password_changed(self, to: str) -> Letter:
        what = "The password of your account was changed, and all sessions have ended."
        return Letter(to, "Your password was changed", _text(what, "If that was not you, tell an administrator now."))

    def _way(self, purpose: Purpose, token: str) -> str:
        if self._link is not None:
            # Behind #, so that it reaches neither servers nor their logs.
            return f"{self._link}#{purpose.value}={token}"
        return f"{token}\n\nSend it as `token`, with `password`, to {ROUTES[purpose]}."


def _within(lifetime_s: int) -> str:
    hours, minutes = divmod(lifetime_s // 60, 60)
    return f"You can use it once, within {hours} h {minutes} min."


def _text(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"
