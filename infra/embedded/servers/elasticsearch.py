"""Elasticsearch as one node on loopback, from the modules that are published as jars."""

import http.client
import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from infra.child_python import child_python
from infra.embedded.homes.home import Home
from infra.embedded.homes.ports import LOOPBACK
from infra.embedded.servers.java import Java
from infra.embedded.servers.server import Launch, clean_environment, flattened, jvm_options

HEAP_MIB = 1024
PROBE_TIMEOUT_S = 3
TRANSPORT = "transport-netty4"
TRANSPORT_DESCRIPTORS = ("plugin-descriptor.properties", "entitlement-policy.yaml")
MAIN = Path(__file__).with_name("elasticsearch_main.py")
LOG4J_PROPERTIES = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p [%c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""
OPTIONS = (
    "-Dlog4j2.disable.jmx=true",
    "-Dlog4j2.formatMsgNoLookups=true",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Djava.awt.headless=true",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
)


class ElasticsearchServer:
    """The embedded Elasticsearch."""

    name = "elasticsearch"
    port_names = ("elasticsearch", "elasticsearch_transport")
    stop_grace_s = 30.0

    def __init__(self, home: Home, ports: Mapping[str, int]) -> None:
        self._home = home
        self._port = ports["elasticsearch"]
        self._transport_port = ports["elasticsearch_transport"]

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def prepare(self, java: Java, jars: list[Path], mark: str) -> Launch:
        es_home = self._home.config(self.name)
        self._write_config(es_home / "config")
        transport = [jar for jar in jars if _belongs_to_transport(jar)]
        _lay_transport_module(es_home / "modules" / TRANSPORT, transport)
        module_path = ":".join(str(jar) for jar in jars if jar not in transport)
        options = jvm_options(HEAP_MIB, self._home.log(self.name).parent, mark)
        python = child_python(str(MAIN), str(es_home), str(java.jvm_library), module_path)
        return Launch([*python, *options, *OPTIONS], clean_environment())

    def configuration(self) -> Mapping[str, str]:
        return flattened({"heap": HEAP_MIB, **self._settings()})

    def secure(self) -> bool:
        """Nothing to do: there are no credentials, and only this machine is listened to."""
        return True

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=PROBE_TIMEOUT_S)
        try:
            connection.request("GET", "/_cluster/health")
            response = connection.getresponse()
            return response.status == http.HTTPStatus.OK and json.loads(response.read())["status"] != "red"
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _write_config(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "elasticsearch.yml").write_text(yaml.safe_dump(self._settings()))
        (folder / "log4j2.properties").write_text(LOG4J_PROPERTIES)

    def _settings(self) -> dict[str, object]:
        return {
            "cluster.name": "vedette",
            "node.name": "vedette-1",
            "path.data": str(self._home.data(self.name)),
            "path.logs": str(self._home.log(self.name).parent),
            # Snapshots may be written here and nowhere else.
            "path.repo": str(self._home.root / "snapshots"),
            "network.host": LOOPBACK,
            "http.port": self._port,
            "transport.port": self._transport_port,
            "discovery.type": "single-node",
            # One node has nowhere to move shards to: on a disk that is 85 % full it would only refuse to index.
            "cluster.routing.allocation.disk.threshold_enabled": False,
        }


def _belongs_to_transport(jar: Path) -> bool:
    return jar.name.startswith(("netty-", f"{TRANSPORT}-"))


def _lay_transport_module(folder: Path, jars: list[Path]) -> None:
    """Lay out the module as the distribution has it: its jars, and the descriptors that its own jar carries."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for jar in jars:
        (folder / jar.name).symlink_to(jar)
    own = next(jar for jar in jars if jar.name.startswith(f"{TRANSPORT}-"))
    with zipfile.ZipFile(own) as archive:
        for name in TRANSPORT_DESCRIPTORS:
            (folder / name).write_bytes(archive.read(f"META-INF/es-plugins/{TRANSPORT}/{name}"))
