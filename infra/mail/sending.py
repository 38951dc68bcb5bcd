"""Messages to people: by SMTP, or each a file in a folder; handed over at once, sent in a thread of their own."""

import smtplib
import ssl
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from pathlib import Path
from typing import Protocol

import stamina
import structlog

from infra.errors import ConfigurationError, OutsideSystem, TransientError
from infra.settings.api import MailSettings
from infra.settings.settings import Settings

MOST_WAITING = 100
ATTEMPTS = 4
TIMEOUT_S = 10.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Letter:
    """One message in plain text; it may hold a token and reaches no log."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Carrier(Protocol):
    """Sends one message, by blocking; raises ``TransientError`` or ``ConfigurationError``."""

    def send(self, message: EmailMessage) -> None: ...


class FileOutbox:
    """Keeps every message as a file that its owner alone may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{uuid.uuid4().hex[:8]}.eml"
        temporary = file.with_suffix(".part")
        temporary.touch(mode=0o600)
        temporary.write_bytes(message.as_bytes(policy=policy.SMTPUTF8.clone(linesep="\n")))
        temporary.rename(file)


class SmtpCarrier:
    """Hands messages to a mail server, over TLS unless the settings say otherwise."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def send(self, message: EmailMessage) -> None:
        try:
            with self._connect() as server:
                if self._settings.username is not None:
                    password = self._settings.password
                    server.login(self._settings.username, password.get_secret_value() if password else "")
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            # Of the server's answer the code alone: its words may repeat the address.
            raise _by_code(error.smtp_code) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise _by_code(next(iter(error.recipients.values()))[0]) from None
        except ssl.SSLCertVerificationError as error:
            raise ConfigurationError(f"the mail server's certificate is not trusted: {error.verify_message}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise TransientError(
                f"the mail server does not answer: {type(error).__name__}", part=OutsideSystem.MAIL
            ) from None

    def _connect(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host or "", self._settings.smtp_port
        if self._settings.security == "none":
            return smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        trust = ssl.create_default_context(cafile=self._settings.ca_location)
        if self._settings.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=trust)
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        server.starttls(context=trust)
        return server


class Postman:
    """Takes letters, and sends them one after the other; a mail server that is away is asked a few times.

    What waits when the process dies is lost, and its token with it: the person asks again.
    """

    def __init__(self, carrier: Carrier, sender: str) -> None:
        self._carrier = carrier
        self._sender = sender
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self._lock = threading.Lock()
        self._waiting = 0

    def require_room(self) -> None:
        """Raise ``TransientError`` where too many letters wait already."""
        if self._waiting >= MOST_WAITING:
            raise TransientError("too many messages wait to be sent", part=OutsideSystem.MAIL)

    def post(self, letter: Letter) -> None:
        """Send a letter soon; raises ``TransientError`` where too many wait."""
        self.require_room()
        with self._lock:
            self._waiting += 1
        self._thread.submit(self._send, letter)

    def close(self) -> None:
        """Send what waits, and end."""
        self._thread.shutdown(wait=True)

    def _send(self, letter: Letter) -> None:
        try:
            for attempt in stamina.retry_context(on=TransientError, attempts=ATTEMPTS, wait_max=TIMEOUT_S):
                with attempt:
                    self._carrier.send(self._message(letter))
            log.info("mail_sent", subject=letter.subject)
        except (TransientError, ConfigurationError) as error:
            log.error("mail_lost", subject=letter.subject, error=str(error))
        except Exception:
            # The edge of a thread: nobody looks at what it raises.
            log.exception("bug", subject=letter.subject)
        finally:
            with self._lock:
                self._waiting -= 1

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message


def open_postman(settings: Settings) -> Postman:
    """Return a postman for the settings' mail server, or for the home folder's outbox; to be closed."""
    mail = settings.mail
    carrier: Carrier = SmtpCarrier(mail) if mail.smtp_host else FileOutbox(settings.home / "outbox")
    return Postman(carrier, mail.sender)


def _by_code(code: int) -> Exception:
    """4xx may pass; 5xx will not."""
    answer = f"the mail server refuses the message with {code}"
    return TransientError(answer, part=OutsideSystem.MAIL) if code < 500 else ConfigurationError(answer)
