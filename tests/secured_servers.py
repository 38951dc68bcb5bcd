"""Real servers that let nobody in without TLS, a client certificate and a password, as a company's own are set up."""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
import yaml
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, NoHostAvailable
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from infra.embedded.homes.home import Home, HomeState
from infra.embedded.homes.ports import LOOPBACK, choose_ports
from infra.embedded.processes import ServerProcess
from infra.embedded.servers.cassandra import CassandraServer
from infra.embedded.servers.elasticsearch import ElasticsearchServer
from infra.embedded.servers.jars import JarCache
from infra.embedded.servers.java import Java, find_java
from infra.embedded.servers.kafka import KafkaServer
from infra.embedded.servers.kafka_access import KafkaAccess
from infra.embedded.servers.server import Launch, Server
from infra.settings.settings import Settings
from tests.child_servers import free_port, running

USER = "vedette"
PASSWORD = "a password of this test run"  # noqa: S105 - for servers that end with it
KEY_PASSWORD = "and one for the key"  # noqa: S105 - likewise
API_KEY = "c2VjdXJlZDpieS1uZ2lueA=="
START_TIMEOUT_S = 240


class SecuredKafka(KafkaServer):
    """Kafka with a listener for clients that prove who they are twice: by a certificate and by SCRAM-SHA-512."""

    def __init__(self, home: Home, ports: Mapping[str, int], access: KafkaAccess, papers: "Papers") -> None:
        super().__init__(home, ports, access)
        self._home = home
        self._papers = papers
        self._own = f"CLIENTS://{self.address}"
        self._configuration = access.client_configuration(self.address)
        self._controller = f"CONTROLLER://{LOOPBACK}:{ports['kafka_controller']}"
        self.secured_address = f"{LOOPBACK}:{free_port()}"

    def prepare(self, java: Java, jars: list[Path], mark: str) -> Launch:
        launch = super().prepare(java, jars, mark)
        properties = self._home.config(self.name) / "server.properties"
        lines = "".join(f"{name}={value}\n" for name, value in self._secured().items())
        # The last value of a name counts. The listener without TLS is for making the account alone.
        properties.write_text(properties.read_text() + lines)
        return launch

    def _secured(self) -> dict[str, object]:
        secured = f"SECURED://{self.secured_address}"
        return {
            "listeners": f"{self._own},{secured},{self._controller}",
            "advertised.listeners": f"{self._own},{secured}",
            "listener.security.protocol.map": "CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,SECURED:SASL_SSL",
            "listener.name.secured.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.secured.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "listener.name.secured.ssl.client.auth": "required",
            "listener.name.secured.ssl.keystore.type": "PEM",
            "listener.name.secured.ssl.keystore.location": self._papers.server,
            "listener.name.secured.ssl.truststore.type": "PEM",
            "listener.name.secured.ssl.truststore.location": self._papers.authority,
        }

    def create_account(self) -> None:
        credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        change = UserScramCredentialUpsertion(USER, credential, PASSWORD.encode())
        # The answer comes only as long as there is a client.
        client = AdminClient(self._configuration)
        client.alter_user_scram_credentials([change])[USER].result(30)


class SecuredCassandra(CassandraServer):
    """Cassandra that takes TLS connections alone, from clients with a certificate and a password."""

    def __init__(self, home: Home, ports: Mapping[str, int], papers: "Papers") -> None:
        super().__init__(home, ports, PASSWORD)
        self._home = home
        self._papers = papers
        self.port = ports["cassandra"]

    def prepare(self, java: Java, jars: list[Path], mark: str) -> Launch:
        launch = super().prepare(java, jars, mark)
        configuration = self._home.config(self.name) / "cassandra.yaml"
        settings = yaml.safe_load(configuration.read_text())
        settings["client_encryption_options"] = {
            "enabled": True,
            "optional": False,
            "require_client_auth": True,
            "ssl_context_factory": {"class_name": "org.apache.cassandra.security.PEMBasedSslContextFactory"},
            "keystore": str(self._papers.server),
            "truststore": str(self._papers.authority),
        }
        configuration.write_text(yaml.safe_dump(settings))
        return launch

    def create_account(self) -> None:
        """Make our role as the operator of such a cluster does: over TLS, as the role that it is born with."""
        statement = f"CREATE ROLE {USER} WITH PASSWORD = '{PASSWORD}' AND SUPERUSER = true AND LOGIN = true"
        until(lambda: self._execute_as_default(statement))

    def _execute_as_default(self, statement: str) -> bool:
        cluster = Cluster(
            [LOOPBACK],
            port=self.port,
            auth_provider=PlainTextAuthProvider("cassandra", "cassandra"),
            ssl_context=self._papers.client_context(),
            protocol_version=4,
        )
        try:
            cluster.connect().execute(statement)
        except NoHostAvailable:
            return False
        finally:
            cluster.shutdown()
        return True


@dataclass(frozen=True)
class Papers:
    """Certificates and keys, as files: ours, the servers', and an authority that nobody here trusts."""

    authority: Path
    stranger: Path
    server: Path
    server_certificate: Path
    server_key: Path
    client_certificate: Path
    client_key: Path
    client_key_locked: Path

    def client_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority)
        context.load_cert_chain(self.client_certificate, self.client_key)
        return context


def make_papers(folder: Path) -> Papers:
    authority, stranger = trustme.CA(), trustme.CA()
    server, client = authority.issue_cert(LOOPBACK, "localhost"), authority.issue_cert("platform.vedette.example")
    papers = Papers(
        *(folder / name for name in ("authority.pem", "stranger.pem", "server.pem", "server.crt", "server.key")),
        *(folder / name for name in ("client.crt", "client.key", "client-locked.key")),
    )
    authority.cert_pem.write_to_path(papers.authority)
    stranger.cert_pem.write_to_path(papers.stranger)
    papers.server_certificate.write_bytes(chain(server))
    papers.server_key.write_bytes(key(server, NoEncryption()))
    papers.server.write_bytes(key(server, NoEncryption()) + chain(server))
    papers.client_certificate.write_bytes(chain(client))
    papers.client_key.write_bytes(key(client, NoEncryption()))
    papers.client_key_locked.write_bytes(key(client, BestAvailableEncryption(KEY_PASSWORD.encode())))
    return papers


def chain(certificate: trustme.LeafCert) -> bytes:
    return b"".join(blob.bytes() for blob in certificate.cert_chain_pems)


def key(certificate: trustme.LeafCert, encryption: KeySerializationEncryption) -> bytes:
    """Return the private key as PKCS #8, the only form that Java's servers read."""
    private = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@dataclass(frozen=True)
class SecuredServers:
    """The servers that run, and the variables by which the platform reaches them."""

    environment: Mapping[str, str]
    papers: Papers


@contextmanager
def secured_servers(folder: Path) -> Iterator[SecuredServers]:
    """Start all three in ``folder``, Elasticsearch behind nginx, which ends TLS and asks for an API key."""
    home = Home(folder)
    home.create()
    papers = make_papers(folder)
    names = (*KafkaServer.port_names, *CassandraServer.port_names, *ElasticsearchServer.port_names)
    memory = HomeState(ports=choose_ports(names, {}))
    memory.save(home)
    kafka, cassandra = (
        SecuredKafka(home, memory.ports, memory.kafka_access, papers),
        SecuredCassandra(home, memory.ports, papers),
    )
    elasticsearch = ElasticsearchServer(home, memory.ports)
    with ExitStack() as ended:
        for server in (kafka, cassandra, elasticsearch):
            ended.callback(ServerProcess(home, server.name).stop, 30.0)
            start(home, server)
        proxy = ended.enter_context(running_proxy(folder, elasticsearch.address, papers))
        for ready in (kafka.secure, kafka.is_ready, elasticsearch.is_ready):
            until(ready)
        kafka.create_account()
        cassandra.create_account()
        (folder / "endpoints.json").write_text("{}")
        yield SecuredServers(environment(folder, kafka, cassandra, proxy, papers), papers)


def start(home: Home, server: Server) -> None:
    settings = Settings(home=home.root)
    process = ServerProcess(home, server.name)
    java, jars = find_java(settings.java_home, settings.cache), JarCache(settings.cache / "jars").fetch(server.name)
    launch = server.prepare(java, jars, process.mark)
    process.start(launch.command, launch.environment)


def environment(
    folder: Path, kafka: SecuredKafka, cassandra: SecuredCassandra, proxy: str, papers: Papers
) -> dict[str, str]:
    """Return every variable that there is for TLS and passwords."""
    return {
        "VEDETTE_HOME": str(folder),
        "VEDETTE_KAFKA__BOOTSTRAP_SERVERS": kafka.secured_address,
        "VEDETTE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "VEDETTE_KAFKA__SASL_MECHANISM": "SCRAM-SHA-512",
        "VEDETTE_KAFKA__SASL_USERNAME": USER,
        "VEDETTE_KAFKA__SASL_PASSWORD": PASSWORD,
        "VEDETTE_KAFKA__SSL_CA_LOCATION": str(papers.authority),
        "VEDETTE_KAFKA__SSL_CERTIFICATE_LOCATION": str(papers.client_certificate),
        "VEDETTE_KAFKA__SSL_KEY_LOCATION": str(papers.client_key_locked),
        "VEDETTE_KAFKA__SSL_KEY_PASSWORD": KEY_PASSWORD,
        "VEDETTE_CASSANDRA__CONTACT_POINTS": LOOPBACK,
        "VEDETTE_CASSANDRA__PORT": str(cassandra.port),
        "VEDETTE_CASSANDRA__USERNAME": USER,
        "VEDETTE_CASSANDRA__PASSWORD": PASSWORD,
        "VEDETTE_CASSANDRA__SSL_CA_LOCATION": str(papers.authority),
        "VEDETTE_CASSANDRA__SSL_CERTIFICATE_LOCATION": str(papers.client_certificate),
        "VEDETTE_CASSANDRA__SSL_KEY_LOCATION": str(papers.client_key),
        "VEDETTE_ELASTICSEARCH__URLS": proxy,
        "VEDETTE_ELASTICSEARCH__API_KEY": API_KEY,
        "VEDETTE_ELASTICSEARCH__CA_LOCATION": str(papers.authority),
    }


@contextmanager
def running_proxy(folder: Path, behind: str, papers: Papers) -> Iterator[str]:
    """Run nginx before ``behind``; yields its https address."""
    port, probe = free_port(), free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"""
        daemon off;
        pid {folder}/nginx.pid;
        error_log stderr;
        events {{}}
        http {{
          access_log off;
          client_body_temp_path {folder}/nginx-body;
          proxy_temp_path {folder}/nginx-proxy;
          fastcgi_temp_path {folder}/nginx-fastcgi;
          uwsgi_temp_path {folder}/nginx-uwsgi;
          scgi_temp_path {folder}/nginx-scgi;
          client_max_body_size 64m;
          server {{ listen {LOOPBACK}:{probe}; location / {{ return 204; }} }}
          server {{
            listen {LOOPBACK}:{port} ssl;
            ssl_certificate {papers.server_certificate};
            ssl_certificate_key {papers.server_key};
            location / {{
              if ($http_authorization != "ApiKey {API_KEY}") {{ return 401; }}
              proxy_pass {behind};
            }}
          }}
        }}
        """
    )
    command = ["nginx", "-c", str(configuration), "-p", str(folder)]
    with running(command, f"http://{LOOPBACK}:{probe}", folder / "nginx.log"):
        yield f"https://{LOOPBACK}:{port}"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, f"{condition} was not so within {START_TIMEOUT_S} s"
        time.sleep(0.5)
