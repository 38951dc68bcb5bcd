"""How accounts begin, and how a forgotten password is replaced: by a token sent to the address, which counts once.

Whoever asks for a letter learns nothing from the answer: it is the same, after the same work, whether or not the
address has an account. What differs is the letter, which only the address' owner reads.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from api.accounts.mail_templates import MailTemplates
from api.accounts.service import AccountService
from api.activity.auditing import address_digest
from api.invitations.service import Invitations
from api.security.passwords.hashing import PasswordHashing
from api.security.passwords.strength import require_strong
from api.security.throttle import Limit, Throttle, limit_key, network_of
from api.security.tokens.opaque_tokens import digest_of, new_secret
from api.services import Accounts, Mail, MailedTokens
from infra.errors import AlreadyExists, FieldError, InvalidRequest, NotAllowed, TransientError
from infra.operations.audit.acts import Act
from infra.settings.settings import Settings
from schemas.access.accounts import Account, DisplayName, Role
from schemas.access.credentials import Admission, PasswordReset, Purpose
from schemas.access.invitations import Invitation
from schemas.activity import Action
from schemas.images import Frozen

KIND = "vdm"
WINDOW_S = 3600
DECOY = "null"

Content = TypeVar("Content", bound=Frozen)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Registration:
    """Makes accounts of mailed tokens, and sets passwords by them."""

    settings: Settings
    accounts: Accounts
    account_service: AccountService
    tokens: MailedTokens
    mail: Mail
    passwords: PasswordHashing
    throttle: Throttle
    invitations: Invitations

    async def ask_to_register(self, email: str, name: DisplayName | None, address: str | None) -> None:
        """Write to an address that wants an account; raises ``NotAllowed`` and ``TooManyAttempts``."""
        if self.settings.api.registration != "open":
            raise NotAllowed(
                "This installation does not allow registration. Ask an administrator to create an account or "
                "to invite you."
            )
        await self._enter(email, address)
        account = await self.accounts.find_account(email)
        admission = Admission(email=email, name=name)
        content = admission.model_dump_json() if account is None else DECOY
        token = await self._make(Purpose.REGISTRATION, content, self.settings.mail.token_lifetime_s)
        letters = MailTemplates(self.settings.mail.link)
        known = letters.known_already(email)
        new = letters.registration(email, token, self.settings.mail.token_lifetime_s)
        self.mail.post(new if account is None else known)

    async def invite(self, invitation: Invitation, by: object, act: Act) -> None:
        """Write to somebody whom an administrator has in mind; raises ``AlreadyExists`` for one who has an account.

        ``act`` records it first. Raises ``NotAllowed`` where nobody is invited.
        """
        detail = f"role: {invitation.role.value}; invitation: {invitation.id}"
        async with act(Action.ACCOUNT_INVITED, by, address_digest(invitation.email), detail=detail):
            await self._invite(invitation)

    async def _invite(self, invitation: Invitation) -> None:
        if self.settings.api.registration == "closed":
            raise NotAllowed(
                "This installation does not allow invitations. Create the account with a password, or change "
                "the setting VEDETTE_API__REGISTRATION."
            )
        if await self.accounts.find_account(invitation.email) is not None:
            raise AlreadyExists("an account with this e-mail address exists already")
        self.mail.require_room()
        lifetime_s = self.settings.mail.invitation_lifetime_s
        await self.invitations.keep(invitation)
        admission = Admission(email=invitation.email, name=invitation.name, invitation_id=invitation.id)
        token = await self._make(Purpose.REGISTRATION, admission.model_dump_json(), lifetime_s)
        self.mail.post(MailTemplates(self.settings.mail.link).invitation(invitation.email, token, lifetime_s))

    async def confirm(self, token: str, password: str, name: DisplayName | None) -> tuple[Account, Invitation | None]:
        """Return the new account of a mailed token, and the invitation that it was made of, if it was.

        Raises ``InvalidRequest`` for a token that does not count.
        """
        admission = await self._find(token, Purpose.REGISTRATION, Admission)
        await self._require_admitted(admission)
        password_hash = await self.passwords.hash(require_strong(password, admission.email))
        # Looked at once more: what was withdrawn while the password was hashed makes no account.
        invitation = await self._require_admitted(admission)
        account = _account_of(admission, invitation, name, password_hash)
        try:
            await self.accounts.create_account(account)
        except AlreadyExists:
            raise _no_token() from None
        await self._use_up(token)
        if invitation is not None:
            await self.invitations.use_up(invitation)
        return account, invitation

    async def ask_for_reset(self, email: str, address: str | None) -> None:
        """Write to an address whose password was forgotten; nobody is written who has no open account."""
        await self._enter(email, address)
        account = await self.accounts.find_account(email)
        may = account is not None and account.active
        right = PasswordReset(account_id=account.id, generation=account.generation) if account and may else None
        content = DECOY if right is None else right.model_dump_json()
        token = await self._make(Purpose.PASSWORD_RESET, content, self.settings.mail.token_lifetime_s)
        if account is not None and may:
            letters = MailTemplates(self.settings.mail.link)
            self.mail.post(letters.password_reset(account.email, token, self.settings.mail.token_lifetime_s))

    async def reset(self, token: str, password: str, act: Act) -> Account:
        """Set the password that a mailed token stands for, and end all log-ins; returns the changed account.

        ``act`` records it first: a restored backup must not bring the password before back to life.
        """
        right = await self._find(token, Purpose.PASSWORD_RESET, PasswordReset)
        account = await self.accounts.find_account_by_id(right.account_id)
        if account is None or not account.active or account.generation != right.generation:
            raise _no_token()
        self.mail.require_room()
        changed = await self.account_service.replace_password(account, password, account.id, act, reset=True)
        self._tell_of_password(account)
        await self._use_up(token)
        return changed

    async def change_password(self, account: Account, password: str, act: Act) -> Account:
        """Set another password, and end all log-ins; the caller has checked the present one. ``act`` as above."""
        self.mail.require_room()
        replace = self.account_service.replace_password
        changed = await replace(account, password, account.id, act, field="new_password")
        self._tell_of_password(account)
        return changed

    def _tell_of_password(self, account: Account) -> None:
        self.mail.post(MailTemplates(self.settings.mail.link).password_changed(account.email))

    async def _require_admitted(self, admission: Admission) -> Invitation | None:
        """Return the invitation of one who may still come in, if they have one.

        The setting, or the rights of whoever invited, may have changed since the letter: raises ``InvalidRequest``.
        """
        setting = self.settings.api.registration
        if admission.invitation_id is None:
            if setting != "open":
                raise _no_token()
            return None
        invitation = await self.invitations.find_counting(admission.invitation_id)
        if invitation is None or setting == "closed":
            raise _no_token()
        return invitation

    async def _enter(self, email: str, address: str | None) -> None:
        self.mail.require_room()
        settings = self.settings.mail
        await self.throttle.enter(
            [
                Limit(limit_key("mail", email.casefold()), settings.messages_per_hour, WINDOW_S),
                Limit(limit_key("mail network", network_of(address)), settings.messages_per_hour_network, WINDOW_S),
            ]
        )

    async def _make(self, purpose: Purpose, content: str, lifetime_s: int) -> str:
        token = new_secret(KIND)
        await self.tokens.add(digest_of(token), purpose, content, lifetime_s)
        return token

    async def _find(self, token: str, purpose: Purpose, kind: type[Content]) -> Content:
        content = await self.tokens.find(digest_of(token), purpose)
        if content is None or content == DECOY:
            raise _no_token()
        return kind.model_validate_json(content)

    async def _use_up(self, token: str) -> None:
        """Forget a token after what it was for, which none can do twice: what fails before costs nobody their letter.

        The address has its account by then, or the account another generation, so that the token counts no more.
        """
        try:
            await self.tokens.use(digest_of(token))
        except TransientError as error:
            log.warning("used_token_kept", error=str(error))


def _account_of(
    admission: Admission, invitation: Invitation | None, name: DisplayName | None, password_hash: str
) -> Account:
    return Account(
        id=uuid.uuid4(),
        email=admission.email,
        name=name or admission.name,
        password_hash=password_hash,
        role=Role.USER if invitation is None else invitation.role,
        workspaces=frozenset() if invitation is None else invitation.workspaces,
        created_at=datetime.now(UTC),
    )


def _no_token() -> InvalidRequest:
    message = "The token is not valid, or no longer valid. Request another e-mail."
    return InvalidRequest([FieldError(field="token", message=message)])
