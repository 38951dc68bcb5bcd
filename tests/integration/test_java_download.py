"""Where no Java is installed one is downloaded: a real Java 17, from an index and an archive served over TLS."""

import json
import platform
import ssl
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from infra.embedded.homes.errors import StackError
from infra.embedded.servers.java import find_java, unfit_because
from infra.settings.settings import Settings

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
NO_JAVA: dict[str, Any] = {"environment": {"PATH": ""}, "installed": ()}
# What no program needs, and most of the size.
LEFT_OUT = ("demo", "docs", "jmods", "legal", "man")


@dataclass
class JavaSite:
    """A server of Java archives, in the form of the index that cjdk reads, and what was asked of it."""

    folder: Path
    address: str
    asked: list[str] = field(default_factory=list)

    def offer(self, archive: str) -> None:
        versions = {"17.0.2": f"tgz+{self.address}/{archive}", "17.0.1": self._nowhere(), "21.0.1": self._nowhere()}
        system = {ARCHITECTURES[platform.machine()]: {"jdk@adoptium": versions}}
        (self.folder / "index.json").write_text(json.dumps({"linux": system}))

    def _nowhere(self) -> str:
        return f"tgz+{self.address}/not-to-be-taken.tar.gz"


class RecordingHandler(SimpleHTTPRequestHandler):
    """Serves the folder and keeps what was asked for."""

    def __init__(self, site: JavaSite, *arguments: Any) -> None:
        self._site = site
        super().__init__(*arguments, directory=str(site.folder))

    def log_message(self, form: str, *values: Any) -> None:
        self._site.asked.append(self.path)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this machine's own Java 17 as vendors pack theirs, and the same cut off in the middle."""
    folder = tmp_path_factory.mktemp("archives")
    home = find_java(Settings().java_home, Settings().cache).home
    with tarfile.open(folder / "java.tar.gz", "w:gz", compresslevel=1, dereference=True) as archive:
        for path in sorted(path for path in home.rglob("*") if path.is_file()):
            inside = path.relative_to(home)
            if inside.parts[0] not in LEFT_OUT and path.name != "src.zip":
                archive.add(path, f"jdk-17.0.2/{inside}")
    content = (folder / "java.tar.gz").read_bytes()
    (folder / "cut-off.tar.gz").write_bytes(content[: len(content) // 2])
    return folder


@pytest.fixture
def site(archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JavaSite]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    site = JavaSite(archives, "")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(RecordingHandler, site)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        site.address = f"https://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("CJDK_INDEX_URL", f"{site.address}/index.json")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
        thread = threading.Thread(target=server.serve_forever, name="java-site")
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def test_a_java_17_is_downloaded_once_and_fits(site: JavaSite, tmp_path: Path) -> None:
    site.offer("java.tar.gz")
    java = find_java(None, tmp_path / "cache", **NO_JAVA)
    again = find_java(None, tmp_path / "cache", **NO_JAVA)

    assert java.home.is_relative_to(tmp_path / "cache" / "java")
    assert unfit_because(java.executable) is None
    assert java.jvm_library.is_relative_to(java.home)
    shown = subprocess.run([java.executable, "-version"], capture_output=True, text=True, check=True).stderr
    assert 'version "17.' in shown
    assert again == java
    assert site.asked == ["/index.json", "/java.tar.gz"]


def test_a_download_that_breaks_off_says_so_and_the_next_one_succeeds(site: JavaSite, tmp_path: Path) -> None:
    site.offer("cut-off.tar.gz")
    with pytest.raises(StackError, match=r"(?s)apt-get install openjdk-17.*Fetching one failed too"):
        find_java(None, tmp_path / "cache", **NO_JAVA)
    # The index is kept for a day; what is put right is the archive that it names.
    (site.folder / "cut-off.tar.gz").unlink()
    (site.folder / "cut-off.tar.gz").hardlink_to(site.folder / "java.tar.gz")

    assert unfit_because(find_java(None, tmp_path / "cache", **NO_JAVA).executable) is None


def test_an_index_that_nobody_vouches_for_is_not_taken(
    site: JavaSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.offer("java.tar.gz")
    trustme.CA().cert_pem.write_to_path(tmp_path / "another.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "another.pem"))
    with pytest.raises(StackError, match="CERTIFICATE_VERIFY_FAILED"):
        find_java(None, tmp_path / "cache", **NO_JAVA)
    assert site.asked == []
