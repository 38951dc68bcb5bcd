"""How the running servers are reached, in the shape of the settings that every other command reads."""

import orjson
from pydantic import BaseModel, ConfigDict, Field

from infra.embedded.homes.home import Home, HomeState, write_private
from infra.embedded.homes.ports import LOOPBACK
from infra.embedded.servers.cassandra import ROLE
from infra.embedded.servers.kafka_access import MECHANISM, PROTOCOL, USER, client_properties


class KafkaEndpoint(BaseModel):
    model_config = ConfigDict(frozen=True)
    bootstrap_servers: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = Field(default=None, repr=False)


class CassandraEndpoint(BaseModel):
    model_config = ConfigDict(frozen=True)
    contact_points: list[str]
    port: int
    username: str
    password: str = Field(repr=False)


class ElasticsearchEndpoint(BaseModel):
    model_config = ConfigDict(frozen=True)
    urls: list[str]


class ApiEndpoint(BaseModel):
    model_config = ConfigDict(frozen=True)
    port: int


class Endpoints(BaseModel):
    """The endpoints of the servers that run; None for one that does not."""

    model_config = ConfigDict(frozen=True)

    kafka: KafkaEndpoint | None = None
    cassandra: CassandraEndpoint | None = None
    elasticsearch: ElasticsearchEndpoint | None = None
    api: ApiEndpoint | None = None

    @classmethod
    def of(cls, memory: HomeState, running: set[str]) -> "Endpoints":
        """Return the endpoints of the ``running`` servers on the remembered ports."""
        ports = memory.ports
        return cls(
            kafka=_kafka(memory) if "kafka" in running else None,
            cassandra=_cassandra(memory) if "cassandra" in running else None,
            elasticsearch=(
                ElasticsearchEndpoint(urls=[f"http://{LOOPBACK}:{ports['elasticsearch']}"])
                if "elasticsearch" in running
                else None
            ),
            api=ApiEndpoint(port=ports["api"]) if "api" in ports else None,
        )

    def publish(self, home: Home) -> None:
        """Let every command that uses ``home`` find these servers, and only these."""
        content = orjson.dumps(self.model_dump(exclude_none=True), option=orjson.OPT_INDENT_2)
        write_private(home.endpoints_file, content.decode())
        if self.kafka is not None and self.kafka.sasl_password is not None:
            text = client_properties(self.kafka.bootstrap_servers, self.kafka.sasl_password)
            write_private(home.client_properties_file, text)
        else:
            home.client_properties_file.unlink(missing_ok=True)

    @staticmethod
    def withdraw(home: Home) -> None:
        """Let nobody look for servers any more."""
        home.endpoints_file.unlink(missing_ok=True)
        home.client_properties_file.unlink(missing_ok=True)


def _kafka(memory: HomeState) -> KafkaEndpoint:
    return KafkaEndpoint(
        bootstrap_servers=f"{LOOPBACK}:{memory.ports['kafka']}",
        security_protocol=PROTOCOL,
        sasl_mechanism=MECHANISM,
        sasl_username=USER,
        sasl_password=memory.kafka_password,
    )


def _cassandra(memory: HomeState) -> CassandraEndpoint:
    return CassandraEndpoint(
        contact_points=[LOOPBACK],
        port=memory.ports["cassandra"],
        username=ROLE,
        password=memory.cassandra_password,
    )
