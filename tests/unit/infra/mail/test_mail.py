"""Letters: a private file each, or handed to a mail server; neither token nor address reaches the log."""

import email
import email.policy
import socketserver
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from infra.errors import TransientError
from infra.mail import sending as mail
from infra.mail.sending import Letter, open_postman
from infra.settings.api import MailSettings
from infra.settings.settings import Settings

LETTER = Letter("ada@shop.example", "Confirm your e-mail address", "vdm_secret\n")


class SmtpServer(socketserver.ThreadingTCPServer):
    """As much of a mail server as a client needs; answers every recipient with ``answer``."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: str = "250 ok") -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answer = answer
        self.messages: list[str] = []


class Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            command = line.split(":")[0].upper()
            if command == "DATA":
                self._say("354 go on")
                lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), ".")
                self.server.messages.append("\n".join(lines))
            self._say("221 bye" if command == "QUIT" else self.server.answer if command == "RCPT TO" else "250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def settings_for(server: SmtpServer, home: Path) -> Settings:
    port = server.server_address[1]
    return Settings(home=home, mail=MailSettings(smtp_host="127.0.0.1", smtp_port=port, security="none"))


def test_without_a_server_each_letter_is_a_file_that_its_owner_alone_reads(tmp_path: Path) -> None:
    postman = open_postman(Settings(home=tmp_path))
    postman.post(LETTER)
    postman.close()
    [file] = (tmp_path / "outbox").iterdir()
    assert (file.suffix, stat.S_IMODE(file.stat().st_mode)) == (".eml", 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert (message["To"], message["Subject"]) == ("ada@shop.example", "Confirm your e-mail address")
    assert message.get_content() == "vdm_secret\n"


def test_a_server_gets_the_letter(server: SmtpServer, tmp_path: Path) -> None:
    postman = open_postman(settings_for(server, tmp_path))
    with structlog.testing.capture_logs() as logs:
        postman.post(LETTER)
        postman.close()
    [message] = server.messages
    assert "vdm_secret" in message
    assert "To: ada@shop.example" in message
    assert [entry["event"] for entry in logs] == ["mail_sent"]
    assert "vdm_secret" not in str(logs)
    assert "ada@" not in str(logs)


def test_a_letter_that_the_server_refuses_is_told_in_the_log_without_its_address(
    server: SmtpServer, tmp_path: Path
) -> None:
    server.answer = "550 no such user ada@shop.example"
    postman = open_postman(settings_for(server, tmp_path))
    with structlog.testing.capture_logs() as logs:
        postman.post(LETTER)
        postman.close()
    assert server.messages == []
    assert [entry["event"] for entry in logs] == ["mail_lost"]
    assert "ada@" not in str(logs)


def test_more_letters_than_may_wait_are_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "MOST_WAITING", 0)
    postman = open_postman(Settings(home=tmp_path))
    with pytest.raises(TransientError):
        postman.post(LETTER)
    postman.close()
