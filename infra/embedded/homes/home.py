"""The home folder of one embedded stack: where its configuration, data, logs and secrets lie.

``<home>/endpoints.json`` (mode 0600) tells every other command how the running servers are reached;
``<home>/state.json`` (mode 0600) is the stack's own memory: the ports it chose, Cassandra's and Kafka's
passwords; ``<home>/client.properties`` (mode 0600) is for Kafka clients that are not ours.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from infra.embedded.servers.kafka_access import KafkaAccess
from infra.settings.settings import ENDPOINTS_FILE

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True)
class Home:
    """The paths of one embedded stack; nothing is created before ``create``."""

    root: Path

    def create(self) -> None:
        """Make the folders, readable by their owner alone; a root that exists keeps the mode it has."""
        self.root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        for folder in ("config", "data", "logs", "run"):
            (self.root / folder).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)

    def config(self, server: str) -> Path:
        return self.root / "config" / server

    def data(self, server: str) -> Path:
        return self.root / "data" / server

    def log(self, server: str) -> Path:
        return self.root / "logs" / f"{server}.log"

    def pid_file(self, server: str) -> Path:
        return self.root / "run" / f"{server}.pid"

    @property
    def lock_file(self) -> Path:
        return self.root / "run" / "lock"

    @property
    def endpoints_file(self) -> Path:
        return self.root / ENDPOINTS_FILE

    @property
    def client_properties_file(self) -> Path:
        return self.root / "client.properties"

    @property
    def state_file(self) -> Path:
        return self.root / "state.json"


def new_password() -> str:
    """Return 256 random bits, of characters that no configuration needs to quote."""
    return secrets.token_urlsafe(32)


class HomeState(BaseModel):
    """What one stack remembers from start to start."""

    model_config = ConfigDict(frozen=True)

    ports: Mapping[str, int] = Field(default_factory=dict)
    cassandra_password: str = Field(default_factory=new_password, repr=False)
    kafka_password: str = Field(default_factory=new_password, repr=False)
    kafka_broker_password: str = Field(default_factory=new_password, repr=False)

    @property
    def kafka_access(self) -> KafkaAccess:
        return KafkaAccess(self.kafka_password, self.kafka_broker_password)

    @classmethod
    def load(cls, home: Home) -> "HomeState":
        """Read the memory of ``home``; a stack that never started gets a new one, with new passwords.

        So does one that is older than a password: it counts from the next ``save``.
        """
        if not home.state_file.is_file():
            return cls()
        return cls.model_validate_json(home.state_file.read_bytes())

    def save(self, home: Home) -> None:
        write_private(home.state_file, self.model_dump_json(indent=2))


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` in one step by a file that only its owner may read."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)
