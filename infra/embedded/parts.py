"""What each of the platform's processes is given: its command, its ports, its settings by name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import orjson

from infra.embedded.homes.errors import StackError
from infra.embedded.homes.home import Home
from infra.embedded.homes.ports import is_free
from infra.embedded.servers.server import flattened
from infra.settings.environment import OTHER_VARIABLES

API_PORT = "VEDETTE_API__PORT"
METRICS_PORT = "VEDETTE_METRICS__PORT"
# Variables of ours that set nothing in a running process.
NO_SETTINGS = frozenset({"VEDETTE_HOME", *(f"VEDETTE_{name}" for name in OTHER_VARIABLES)})


@dataclass(frozen=True)
class PlatformPart:
    """One of the platform's processes and the command that it runs; a worker's name is that of its consumer group."""

    name: str
    command: tuple[str, ...]


PARTS = (
    PlatformPart("recognise", ("worker", "recognise")),
    PlatformPart("store", ("worker", "store")),
    PlatformPart("index", ("worker", "index")),
    PlatformPart("audit", ("worker", "audit")),
    PlatformPart("activity", ("worker", "activity")),
    PlatformPart("webhooks", ("worker", "webhooks")),
    PlatformPart("api", ("serve",)),
)


class PartSettings:
    """The settings that the parts of one home are given, by this process's environment and the embedded servers."""

    def __init__(self, home: Home, environment: Mapping[str, str]) -> None:
        self._home = home
        self._environment = environment

    def given(self) -> dict[str, str]:
        """Return every setting that the parts are given: our variables, and the endpoints where none says otherwise."""
        try:
            endpoints = orjson.loads(self._home.endpoints_file.read_bytes())
        except FileNotFoundError:
            endpoints = {}
        endpoints.pop("api", None)
        found = {f"VEDETTE_{name.upper().replace('.', '__')}": value for name, value in flattened(endpoints).items()}
        named = {name.upper(): value for name, value in self._environment.items()}
        ours = {name: named[name] for name in named if name.startswith("VEDETTE_") and name not in NO_SETTINGS}
        return {**found, **ours, "the version of Vedette": version("vedette")}

    def required_api_port(self, host: str) -> int | None:
        """Return the API's port where it is set; raises ``StackError`` where another program holds it."""
        port = int(self.given().get(API_PORT) or 0)
        if port and not is_free(port, host):
            raise StackError(
                f"api: another program holds port {port}, which {API_PORT} names: stop that program, or name another "
                "port"
            )
        return port or None

    def require_metrics_ports(self, starting: Collection[PlatformPart], host: str) -> None:
        """Raise ``StackError`` where a part that is about to start would find the port of its metrics taken."""
        ports = {part.name: port for part in starting if (port := self.metrics_port(part)) is not None}
        held = [f"{port} ({name})" for name, port in ports.items() if not is_free(port, host)]
        if held:
            raise StackError(
                f"another program holds ports that {METRICS_PORT} gives to metrics: {', '.join(held)}. The first part "
                f"takes the port that is set, each further one the next: choose {len(PARTS)} free ones"
            )

    def metrics_port(self, part: PlatformPart) -> int | None:
        """Return where the part tells of itself: two processes cannot listen on one port."""
        port = int(self.given().get(METRICS_PORT) or 0)
        return port + PARTS.index(part) if port else None

    def environment_of(self, part: PlatformPart, api_port: int) -> dict[str, str]:
        """Return the part's environment: the ports that were chosen for it stand in for those that are set."""
        own = {API_PORT: str(api_port) if part.name == "api" else None}
        port = self.metrics_port(part)
        own[METRICS_PORT] = None if port is None else str(port)
        others = {name: value for name, value in self._environment.items() if name.upper() not in own}
        return {**others, **{name: value for name, value in own.items() if value is not None}}
