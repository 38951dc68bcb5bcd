"""Whether a password is strong enough, told as what is wrong with a field."""

from api.security.passwords.hashing import WeakPassword, require_strong_password
from infra.errors import FieldError, InvalidRequest


def require_strong(password: str, email: str, field: str = "password") -> str:
    """Return ``password``; raises ``InvalidRequest`` for one that is easy to guess."""
    try:
        return require_strong_password(password, email)
    except WeakPassword as error:
        raise InvalidRequest([FieldError(field=field, message=f"{str(error)[:1].upper()}{str(error)[1:]}.")]) from None
