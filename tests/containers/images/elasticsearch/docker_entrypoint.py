"""What the official image's script does with variables: names with a dot are settings, ES_JAVA_OPTS is for the JVM.

Settings of x-pack are left out with a word: its modules are published nowhere as jars.
"""

import json
import os
import re
import sys
from pathlib import Path

HOME = Path("/usr/share/elasticsearch")
JVM = Path("/usr/lib/jvm/java-17-openjdk-amd64/lib/server/libjvm.so")
# As in the official image: which addresses are reached from outside is the engine's business.
EVERYWHERE = "0.0.0.0"  # noqa: S104
SETTING = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


def main() -> None:
    settings = {name: value for name, value in os.environ.items() if SETTING.fullmatch(name)}
    for name in [name for name in settings if name.startswith("xpack.")]:
        print(f"stand-in: without x-pack, {name}={settings.pop(name)} has no effect", flush=True)  # noqa: T201 - its log
    defaults = {"cluster.name": "docker-cluster", "node.name": os.uname().nodename, "network.host": EVERYWHERE}
    # JSON is YAML too.
    (HOME / "config" / "elasticsearch.yml").write_text(json.dumps({**defaults, **settings}))
    options = [*(HOME / "config" / "jvm.options").read_text().split(), *os.environ.get("ES_JAVA_OPTS", "").split()]
    jars = ":".join(str(jar) for jar in sorted((HOME / "lib").glob("*.jar")))
    program = "/opt/launcher/elasticsearch_main.py"
    os.execv(sys.executable, [sys.executable, "-P", program, str(HOME), str(JVM), jars, *options])  # noqa: S606 - the launcher of the image


if __name__ == "__main__":
    main()
