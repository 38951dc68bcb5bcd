"""Who may use the embedded Kafka: one account for clients, one for the broker itself; nobody without a password.

Clients prove themselves by SCRAM, which never tells the password to whoever else might hold the port, and the broker's
account by PLAIN, since a controller knows no SCRAM. PLAIN is there for clients too: what is built on librdkafka before
2.6.1 fails at SCRAM with today's brokers. The broker's account also makes the clients' one, at every start:
a data folder that was formatted before there were accounts is guarded as a new one is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

USER = "vedette"
MECHANISM = "SCRAM-SHA-512"
PROTOCOL = "SASL_PLAINTEXT"
CLIENT_LISTENER = "CLIENTS"
CONTROLLER_LISTENER = "CONTROLLER"
# The password has 256 random bits: more rounds would only make every login slower.
ROUNDS = 4096
REQUEST_TIMEOUT_S = 3
_BROKER = "broker"
_MODULES = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class KafkaAccess:
    """The two passwords, of letters, digits, - and _ alone, so that no file needs to quote them."""

    password: str = field(repr=False)
    broker_password: str = field(repr=False)

    def broker_properties(self) -> Mapping[str, object]:
        """Return what the broker's configuration says of both listeners; it holds both passwords."""
        own = (
            f'{_MODULES}.plain.PlainLoginModule required username="{_BROKER}" password="{self.broker_password}" '
            f'user_{_BROKER}="{self.broker_password}"'
        )
        clients, controller = f"listener.name.{CLIENT_LISTENER.lower()}", "listener.name.controller"
        return {
            "inter.broker.listener.name": CLIENT_LISTENER,
            "controller.listener.names": CONTROLLER_LISTENER,
            "listener.security.protocol.map": f"{CLIENT_LISTENER}:{PROTOCOL},{CONTROLLER_LISTENER}:{PROTOCOL}",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            f"{clients}.sasl.enabled.mechanisms": f"{MECHANISM},PLAIN",
            f"{clients}.{MECHANISM.lower()}.sasl.jaas.config": f"{_MODULES}.scram.ScramLoginModule required;",
            f"{clients}.plain.sasl.jaas.config": f'{own} user_{USER}="{self.password}";',
            f"{controller}.sasl.enabled.mechanisms": "PLAIN",
            f"{controller}.plain.sasl.jaas.config": f"{own};",
        }

    def client_configuration(self, address: str) -> dict[str, str | int | float | bool]:
        """Return how librdkafka logs in as the clients' account."""
        return _librdkafka(address, MECHANISM, USER, self.password)

    def create_user(self, address: str) -> bool:
        """Give the clients' account its password; False where the broker at ``address`` cannot do that yet."""
        credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ROUNDS)
        change = UserScramCredentialUpsertion(USER, credential, self.password.encode())
        client = AdminClient(_librdkafka(address, "PLAIN", _BROKER, self.broker_password))
        try:
            client.alter_user_scram_credentials([change], request_timeout=REQUEST_TIMEOUT_S)[USER].result()
        except KafkaException:
            return False
        return True


def client_properties(address: str, password: str) -> str:
    """Return the file by which any client logs in: Java's tools take it as it stands.

    librdkafka, and so kcat, knows all of it but ``sasl.jaas.config``, which repeats the user and password for Java.
    """
    jaas = f'{_MODULES}.scram.ScramLoginModule required username="{USER}" password="{password}";'
    lines = {
        "bootstrap.servers": address,
        "security.protocol": PROTOCOL,
        "sasl.mechanism": MECHANISM,
        "sasl.username": USER,
        "sasl.password": password,
        "sasl.jaas.config": jaas,
    }
    heading = "# How clients reach the embedded Kafka. Written by `vedette up`; the last line is Java's alone.\n"
    return heading + "".join(f"{name}={value}\n" for name, value in lines.items())


def _librdkafka(address: str, mechanism: str, username: str, password: str) -> dict[str, str | int | float | bool]:
    return {
        "bootstrap.servers": address,
        "security.protocol": PROTOCOL,
        "sasl.mechanism": mechanism,
        "sasl.username": username,
        "sasl.password": password,
        "log_level": 0,
    }
