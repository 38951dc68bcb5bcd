"""Writes ``jar_locks/``: resolves each server's dependencies with jgo and pins every jar's version and checksum.

Run ``python -m infra.embedded.servers.lock_jars`` after a change of ROOTS, and commit what it wrote.
"""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

from jgo.maven import MavenContext

from infra.embedded.servers.jars import default_repositories

# The newest patch of each line. Not every Elasticsearch version has its transport-netty4 published.
ROOTS = {
    "kafka": ["org.apache.kafka:kafka_2.13:4.1.2", "org.slf4j:slf4j-simple:1.7.36"],
    "cassandra": ["org.apache.cassandra:cassandra-all:5.0.9"],
    "elasticsearch": [
        "org.elasticsearch:elasticsearch:8.19.21",
        "org.elasticsearch.plugin:transport-netty4:8.19.21",
    ],
}
HEADER = "# Written by python -m infra.embedded.servers.lock_jars: coordinate, size in bytes, sha256.\n"


def main() -> None:
    folder = Path(__file__).parent / "jar_locks"
    with TemporaryDirectory() as cache:
        for server, roots in ROOTS.items():
            (folder / f"{server}.lock").write_text(HEADER + "".join(_lock(roots, Path(cache))))


def _lock(roots: list[str], cache: Path) -> list[str]:
    maven = MavenContext(repo_cache=cache, remote_repos=default_repositories(), timeout=60)
    inputs, transitive = maven.resolver.resolve([maven.create_dependency(root) for root in roots])
    artifacts = [dependency.artifact for dependency in (*inputs, *transitive)]
    return [_line(str(artifact), artifact.resolve()) for artifact in artifacts]


def _line(coordinate: str, path: Path) -> str:
    content = path.read_bytes()
    return f"{coordinate} {len(content)} {hashlib.sha256(content).hexdigest()}\n"


if __name__ == "__main__":
    main()
