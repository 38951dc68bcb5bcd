"""Cassandra as one node on loopback, with a password of its own and a commit log that loses nothing acknowledged."""

from collections.abc import Mapping
from pathlib import Path

import yaml

# The driver ships no type information.
from cassandra import (  # type: ignore[import-untyped]
    DriverException,
    OperationTimedOut,
    RequestExecutionException,
)
from cassandra.auth import PlainTextAuthProvider  # type: ignore[import-untyped]
from cassandra.cluster import (  # type: ignore[import-untyped]
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
)
from cassandra.policies import WhiteListRoundRobinPolicy  # type: ignore[import-untyped]

from infra.embedded.homes.home import Home
from infra.embedded.homes.ports import LOOPBACK, answers
from infra.embedded.servers.java import Java
from infra.embedded.servers.server import Launch, clean_environment, flattened, java_command

HEAP_MIB = 768
CONNECT_TIMEOUT_S = 5
ROLE = "vedette"
# What every Cassandra is born with, and the first thing that ours gives up.
DEFAULT_ROLE = "cassandra"
DEFAULT_PASSWORD = "cassandra"  # noqa: S105 - public knowledge

# What Cassandra reaches for inside the JDK: packages by module.
EXPORTS = {
    "java.base": ("jdk.internal.misc", "jdk.internal.ref", "sun.nio.ch"),
    "java.management.rmi": ("com.sun.jmx.remote.internal.rmi",),
    "java.rmi": ("sun.rmi.registry", "sun.rmi.server"),
    "java.sql": ("java.sql",),
}
OPENS = {
    "java.base": (
        *("java.io", "java.lang", "java.lang.module", "java.lang.reflect", "java.net", "java.nio", "java.util"),
        *("java.util.concurrent", "java.util.concurrent.atomic", "sun.nio.ch"),
        *("jdk.internal.loader", "jdk.internal.math", "jdk.internal.misc", "jdk.internal.module"),
        *("jdk.internal.ref", "jdk.internal.reflect", "jdk.internal.util.jar"),
    ),
    "jdk.management": ("com.sun.management.internal",),
}
OPTIONS = (
    "-Djdk.attach.allowAttachSelf=true",
    "-Djava.awt.headless=true",
    # Or it closes its output, and with it our log, as soon as it is up.
    "-Dcassandra-foreground=yes",
    "-Dio.netty.tryReflectionSetAccessible=true",
    # Its clock for time-outs ticks every 2 ms otherwise, which takes 1.5 % of a processor for as long as it runs.
    "-Dcassandra.approximate_time_precision_ms=20",
    # One node has nobody to wait for.
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.ring_delay_ms=0",
    "-Dcassandra.superuser_setup_delay_ms=0",
    "-Dcassandra.shutdown_announce_in_ms=0",
)
LOGBACK_XML = """\
<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date{ISO8601} %-5level [%thread] %logger{20} - %msg%n</pattern></encoder>
  </appender>
  <!-- Every flush of every table, which drowns what matters. -->
  <logger name="org.apache.cassandra.db" level="WARN"/>
  <root level="INFO"><appender-ref ref="STDOUT"/></root>
</configuration>
"""


class CassandraServer:
    """The embedded Cassandra."""

    name = "cassandra"
    port_names = ("cassandra", "cassandra_storage")
    stop_grace_s = 30.0

    def __init__(self, home: Home, ports: Mapping[str, int], password: str) -> None:
        self._home = home
        self._port = ports["cassandra"]
        self._storage_port = ports["cassandra_storage"]
        self._password = password

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    def prepare(self, java: Java, jars: list[Path], mark: str) -> Launch:
        config = self._home.config(self.name)
        config.mkdir(parents=True, exist_ok=True)
        (config / "cassandra.yaml").write_text(yaml.safe_dump(self._settings()))
        (config / "logback.xml").write_text(LOGBACK_XML)
        start = java_command(java, HEAP_MIB, self._home.log(self.name).parent, mark)
        modules = [*_unlocked("--add-exports", EXPORTS), *_unlocked("--add-opens", OPENS)]
        class_path = ":".join([str(config), *map(str, jars)])
        main = "org.apache.cassandra.service.CassandraDaemon"
        return Launch([*start, *modules, *OPTIONS, "-cp", class_path, main], clean_environment())

    def configuration(self) -> Mapping[str, str]:
        return flattened({"heap": HEAP_MIB, **self._settings()})

    def secure(self) -> bool:
        """Make our own role, at the first start, and see to it that nobody can log in as the default one."""
        if not answers(self._port):
            return False
        return self._disarm_default_role() or (self._create_role() and self._disarm_default_role())

    def is_ready(self) -> bool:
        return answers(self._port) and self._execute(ROLE, self._password, "SELECT key FROM system.local")

    def _disarm_default_role(self) -> bool:
        return self._execute(
            ROLE,
            self._password,
            f"ALTER ROLE {DEFAULT_ROLE} WITH SUPERUSER = false AND LOGIN = false",
            # Or what was cached when we came in as the default role goes on letting it in.
            "DELETE FROM system_views.roles_cache_keys WHERE role = 'cassandra'",
        )

    def _create_role(self) -> bool:
        # Quoted and not bound, since DDL takes no parameters; our passwords hold letters, digits, - and _ alone.
        create = f"CREATE ROLE IF NOT EXISTS {ROLE} WITH SUPERUSER = true AND LOGIN = true"
        return self._execute(DEFAULT_ROLE, DEFAULT_PASSWORD, f"{create} AND PASSWORD = '{self._password}'")

    def _execute(self, role: str, password: str, *statements: str) -> bool:
        """Run the statements as ``role``; False where the server does not let us, or not yet."""
        profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy([LOOPBACK]))
        cluster = Cluster(
            [LOOPBACK],
            port=self._port,
            auth_provider=PlainTextAuthProvider(role, password),
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            protocol_version=5,
            connect_timeout=CONNECT_TIMEOUT_S,
            schema_metadata_enabled=False,
            token_metadata_enabled=False,
        )
        try:
            session = cluster.connect()
            for statement in statements:
                session.execute(statement)
        except (NoHostAvailable, OperationTimedOut, RequestExecutionException, DriverException):
            return False
        finally:
            cluster.shutdown()
        return True

    def _settings(self) -> dict[str, object]:
        data = self._home.data(self.name)
        seeds = {"class_name": "org.apache.cassandra.locator.SimpleSeedProvider"}
        return {
            "cluster_name": "vedette",
            "num_tokens": 1,
            "initial_token": "0",  # nosec B105 - a place on the ring, nothing secret
            "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
            "endpoint_snitch": "SimpleSnitch",
            "seed_provider": [{**seeds, "parameters": [{"seeds": f"{LOOPBACK}:{self._storage_port}"}]}],
            "listen_address": LOOPBACK,
            "rpc_address": LOOPBACK,
            "storage_port": self._storage_port,
            "native_transport_port": self._port,
            "authenticator": {"class_name": "org.apache.cassandra.auth.PasswordAuthenticator"},
            "authorizer": {"class_name": "org.apache.cassandra.auth.CassandraAuthorizer"},
            "role_manager": {"class_name": "org.apache.cassandra.auth.CassandraRoleManager"},
            # The two-second defaults would read the roles again all the time.
            "roles_validity": "60s",
            "permissions_validity": "60s",
            "credentials_validity": "60s",
            "data_file_directories": [str(data / "data")],
            "commitlog_directory": str(data / "commitlog"),
            "saved_caches_directory": str(data / "saved_caches"),
            "hints_directory": str(data / "hints"),
            "cdc_raw_directory": str(data / "cdc_raw"),
            # An acknowledged write is on the disk; the default, periodic, loses up to ten seconds of them. `group`
            # keeps them too, but a lone write then waits out the window (5 ms and more, against 1 ms), and many at
            # once get through no faster.
            "commitlog_sync": "batch",
            "commitlog_segment_size": "32MiB",
            "commitlog_total_space": "512MiB",
            "storage_compatibility_mode": "NONE",
            "hinted_handoff_enabled": False,
            "memtable_heap_space": "192MiB",
            "memtable_offheap_space": "64MiB",
            "concurrent_reads": 8,
            "concurrent_writes": 16,
            "concurrent_compactors": 1,
            "compaction_throughput": "32MiB/s",
            "file_cache_size": "64MiB",
            "networking_cache_size": "32MiB",
            "native_transport_max_threads": 16,
            "native_transport_max_frame_size": "16MiB",
            # Few cores, shared with inference: a slow answer is better than a failed one.
            "read_request_timeout": "10s",
            "range_request_timeout": "20s",
            "write_request_timeout": "10s",
            "request_timeout": "20s",
        }


def _unlocked(option: str, packages: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"{option}={module}/{name}=ALL-UNNAMED" for module, names in packages.items() for name in names]
